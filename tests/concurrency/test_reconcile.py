"""A book is reconciled while other sessions fill, place, look and die: every fact counts once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from support.reconcile_books import both, said, traded

from .conftest import Blocked, Run, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

RECONCILE = "SELECT decision, order_id, reason FROM oms.reconcile(%s, oms.clock(), 'kite', complete => %s)"
LIVE = {
    "call": "SELECT oms.mark_executed(%s, 100, 4, exec_id => 'T1')",
    "insert": "INSERT INTO oms.fills (order_id, exec_id, quantity, price) VALUES (%s, 'T1', 4, 100)",
    "report": """SELECT oms.apply_execution_report('{"ExecType": "F", "OrderID": "B1", "ExecID": "T1", "LastQty": 4,
        "LastPx": 100}') FROM oms.get_order(%s)""",
}
BOOKS = {
    "total": [said(filled=4)],
    "trade": [traded("T1", 4)],
    "both": both([said(filled=4)], [traded("T1", 4)]),
}


@pytest.fixture
def order_id(trader: Conn) -> int:
    """An order of ours that the broker has as B1."""
    query = """SELECT order_id FROM oms.place_order('INFY', 'buy', 10, 'limit', 100, broker => 'kite',
        broker_order_id => 'B1', client_order_id => 'c1')"""
    return int(one(trader, query)["order_id"])


def _reconcile(conn: Conn, book: Any, *, complete: bool = True) -> list[str]:
    return [row["decision"] for row in rows(conn, RECONCILE, json.dumps(book), complete)]


def _executed(conn: Conn, order_id: int) -> Any:
    return one(conn, "SELECT execution_qty AS qty FROM oms.get_order(%s)", order_id)["qty"]


def _fills(conn: Conn) -> list[str]:
    found = rows(conn, "SELECT exec_id FROM oms.net_fills ORDER BY place, fill_id")
    return ["total" if row["exec_id"].startswith("synthetic-") else row["exec_id"] for row in found]


@pytest.mark.parametrize("live", LIVE)
@pytest.mark.parametrize("book", BOOKS)
def test_the_book_comes_while_a_fill_is_booked(
    connect: Connect, blocked: Blocked, trader: Conn, order_id: int, book: str, live: str
) -> None:
    """It plans without the fill, waits, and plans again with it."""
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, LIVE[live], order_id)
    waiting = blocked(behind, RECONCILE, json.dumps(BOOKS[book]), True)
    ahead.commit()
    # What was there when it looked again is newer than its book, or agrees with it.
    assert {row["decision"] for row in waiting.result(10)} <= {"matched", "stale"}
    assert (_executed(trader, order_id), _fills(trader)) == (4, ["T1"])


@pytest.mark.parametrize("live", LIVE)
@pytest.mark.parametrize("book", BOOKS)
def test_the_fill_comes_while_the_book_is_reconciled(
    connect: Connect, blocked: Blocked, trader: Conn, order_id: int, book: str, live: str
) -> None:
    """It waits, and takes the place of what the book's total told; told of already, it is refused or a no-op."""
    ahead, behind = connect(autocommit=False), connect()
    assert _reconcile(ahead, BOOKS[book]) == ["executed"]
    waiting = blocked(behind, LIVE[live], order_id)
    ahead.commit()
    if (live, book) in (("insert", "trade"), ("insert", "both")):
        with pytest.raises(psycopg.errors.UniqueViolation):
            waiting.result(10)
    else:
        waiting.result(10)
    assert (_executed(trader, order_id), _fills(trader)) == (4, ["T1"])


@pytest.mark.parametrize("book", BOOKS)
def test_a_rolled_back_fill_was_none(
    connect: Connect, blocked: Blocked, trader: Conn, order_id: int, book: str
) -> None:
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, LIVE["call"], order_id)
    waiting = blocked(behind, RECONCILE, json.dumps(BOOKS[book]), True)
    ahead.rollback()
    assert [row["decision"] for row in waiting.result(10)] == ["executed"]
    assert _executed(trader, order_id) == 4


DAY = both(
    [said(filled=4), said("B2", "CANCELLED", 2), said("B3"), said("B4", "ODD", 1)],
    [traded("T1", 4), traded("U1", 1, order_id="B9")],
)


def test_two_runs_of_one_book_at_once(connect: Connect, blocked: Blocked, trader: Conn, order_id: int) -> None:
    ahead, behind = connect(autocommit=False), connect()
    first = _reconcile(ahead, DAY)
    assert {"executed", "manual", "cancelled", "discrepancy"} <= set(first)
    waiting = blocked(behind, RECONCILE, json.dumps(DAY), True)
    ahead.commit()
    assert {row["decision"] for row in waiting.result(10)} <= {"matched", "discrepancy"}
    assert rows(trader, "SELECT count(*) AS n FROM oms.orders") == [{"n": 5}]
    assert _executed(trader, order_id) == 4
    events = rows(trader, "SELECT order_id, event_type, reason, exec_id FROM oms.order_events WHERE seq > 1")
    assert len(events) == len({tuple(event.values()) for event in events}), "each once"
    assert [row["decision"] for row in rows(trader, RECONCILE, json.dumps(DAY), True)].count("executed") == 0


def test_two_books_of_manual_orders_at_once(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    """Nothing that could be locked is there yet: the booking lock makes one wait for the other."""
    ahead, behind = connect(autocommit=False), connect()
    assert _reconcile(ahead, [said(filled=4)]) == ["manual", "executed"]
    waiting = blocked(behind, RECONCILE, json.dumps([said(filled=4)]), True)
    ahead.commit()
    assert [row["decision"] for row in waiting.result(10)] == ["matched"]
    assert rows(trader, "SELECT version, execution_qty FROM oms.orders") == [{"version": 2, "execution_qty": 4}]


def test_an_order_whose_broker_id_is_committed_meanwhile(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    """A session has placed it under the broker's id and not committed: the book waits for it and finds it."""
    ahead, behind = connect(autocommit=False), connect()
    query = """SELECT order_id FROM oms.place_order('INFY', 'buy', 10, 'limit', 100, broker => 'kite',
        broker_order_id => 'B1', client_order_id => 'c1')"""
    (placed,) = rows(ahead, query)
    waiting = blocked(behind, RECONCILE, json.dumps([said(filled=4)]), False)
    ahead.commit()
    waiting.result(10)
    (order,) = rows(trader, "SELECT order_id, client_order_id FROM oms.orders")
    assert order == placed | {"client_order_id": "c1"}
    assert _reconcile(trader, [said(filled=4)]) in (["executed"], ["matched"])
    assert _executed(trader, placed["order_id"]) == 4


def test_a_run_skips_the_heartbeat_of_a_locked_order(connect: Connect, trader: Conn, order_id: int) -> None:
    """A book that only confirms waits for nobody."""
    holder, impatient = connect(autocommit=False), connect(options="-c lock_timeout=1")
    rows(holder, "SELECT FROM oms.orders WHERE order_id = %s FOR UPDATE", order_id)
    assert _reconcile(impatient, [said()]) == ["matched"]
    checked = "SELECT last_status_check FROM oms.get_order(%s)"
    before = one(trader, checked, order_id)
    holder.rollback()
    assert _reconcile(impatient, [said()]) == ["matched"]
    assert one(trader, checked, order_id) != before


def test_a_book_that_only_confirms_does_not_wait_for_bookings(connect: Connect, trader: Conn, order_id: int) -> None:
    holder, impatient = connect(autocommit=False), connect(options="-c lock_timeout=1")
    rows(holder, "SELECT oms.lock_bookings('default')")
    assert _reconcile(impatient, [said()]) == ["matched"]
    holder.rollback()
    assert one(trader, "SELECT version FROM oms.get_order(%s)", order_id) == {"version": 1}


def test_a_dry_run_waits_for_nobody(connect: Connect, order_id: int) -> None:
    holder, impatient = connect(autocommit=False), connect(options="-c lock_timeout=1")
    rows(holder, LIVE["call"], order_id)
    query = "SELECT decision FROM oms.reconcile(%s, oms.clock(), 'kite', dry_run => true)"
    found = rows(impatient, query, json.dumps(DAY))
    assert "executed" in {row["decision"] for row in found}
    holder.rollback()


def test_a_killed_run_leaves_nothing(
    connect: Connect, run: Run, wait_for_lock: Callable[[int], None], admin: Conn, trader: Conn, order_id: int
) -> None:
    """Killed in the midst of it: it has made orders, and waits for the one that somebody holds."""
    tables = ("orders", "fills", "order_events", "execution_reports", "reconciliations", "reconciliation_decisions")

    def everything() -> list[Any]:
        return [rows(trader, f"SELECT * FROM oms.{table} ORDER BY 1, 2") for table in tables]

    before = everything()
    holder, doomed = connect(autocommit=False), connect()
    # A row that only the insertion of a manual order meets: it is waited for after the run has begun to write.
    rows(
        holder,
        """SELECT order_id FROM oms.place_order('INFY', 'buy', 10, broker => 'kite', broker_order_id => 'B4',
            client_order_id => 'c4')""",
    )
    waiting = run(doomed, RECONCILE, json.dumps(DAY), True)
    wait_for_lock(doomed.info.backend_pid)
    rows(admin, "SELECT pg_terminate_backend(%s)", doomed.info.backend_pid)
    with pytest.raises(psycopg.OperationalError):
        waiting.result(10)
    holder.rollback()
    assert everything() == before
    assert "executed" in _reconcile(trader, DAY)
    assert _executed(trader, order_id) == 4


def test_other_accounts_do_not_wait(connect: Connect, owner: Conn, order_id: int) -> None:
    """The booking lock is the account's own."""
    rows(owner, "INSERT INTO oms.account_members (role, account) VALUES ('trader', 'default'), ('trader', 'other')")
    holder, impatient = connect(autocommit=False), connect(options="-c lock_timeout=1 -c oms.account=other")
    rows(holder, LIVE["call"], order_id)
    assert _reconcile(impatient, [said(filled=4)]) == ["manual", "executed"]
    holder.rollback()


def _alpaca(filled: int) -> dict[str, Any]:
    return {
        "id": "A1", "client_order_id": "c1", "symbol": "INFY", "side": "buy", "type": "limit", "time_in_force": "day",
        "qty": "10", "limit_price": "100", "status": "new", "filled_qty": str(filled), "filled_avg_price": "100",
    }  # fmt: skip


def test_an_order_whose_placement_is_committed_meanwhile(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    """Known by our id alone, where that is ours alone: one row, at the latest when the book comes again."""
    ahead, behind = connect(autocommit=False), connect()
    query = """SELECT order_id FROM oms.place_order('INFY', 'buy', 10, 'limit', 100, broker => 'alpaca',
        client_order_id => 'c1')"""
    (placed,) = rows(ahead, query)
    book = json.dumps([_alpaca(4)])
    reconcile = "SELECT decision FROM oms.reconcile(%s, oms.clock(), 'alpaca')"
    waiting = blocked(behind, reconcile, book)
    ahead.commit()
    waiting.result(10)
    rows(trader, reconcile, book)
    assert [row["decision"] for row in rows(trader, reconcile, book)] == ["matched"]
    order = rows(trader, "SELECT order_id, broker_order_id, execution_qty FROM oms.orders")
    assert order == [placed | {"broker_order_id": "A1", "execution_qty": 4}]
