"""Fills that race within one book: each is matched against what the other has left, however they are written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from .conftest import Blocked, Run, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

# Four ways to say that an order was executed in full at 100.
BOOKINGS = {
    "call": "SELECT * FROM oms.mark_executed(%s, 100)",
    "update": "UPDATE oms.orders SET execution_qty = quantity, execution_price = 100 WHERE order_id = %s",
    "price only": "UPDATE oms.orders SET status = 'ongoing', execution_price = 100 WHERE order_id = %s",
    "fill": "INSERT INTO oms.fills (order_id, quantity, price) VALUES (%s, 10, 100)",
}
PAIRS = [(first, second) for first in BOOKINGS for second in BOOKINGS]


def _status(conn: Conn, *order_ids: int) -> list[tuple[str, int]]:
    found = rows(
        conn, "SELECT status, open_qty FROM oms.orders WHERE order_id = ANY (%s) ORDER BY order_id", [*order_ids]
    )
    return [(row["status"], int(row["open_qty"])) for row in found]


def _held(conn: Conn) -> int:
    return int(one(conn, "SELECT coalesce(sum(quantity), 0) AS held FROM oms.positions")["held"])


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_entry_fill_races_exit_fill(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int], first: str, second: str
) -> None:
    entry, leave = place(), place(side="sell")
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, BOOKINGS[first], entry)
    waiting = blocked(behind, BOOKINGS[second], leave)
    ahead.commit()
    waiting.result(10)
    assert _status(trader, entry, leave) == [("closed", 0), ("closed", 0)]
    assert _held(trader) == 0


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_exits_race_for_one_lot(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int], first: str, second: str
) -> None:
    entry, one_exit, other_exit = place(), place(side="sell"), place(side="sell")
    rows(trader, BOOKINGS["call"], entry)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, BOOKINGS[first], one_exit)
    waiting = blocked(behind, BOOKINGS[second], other_exit)
    ahead.commit()
    waiting.result(10)
    # The first took the lot; the second crossed zero and holds a short of its own.
    assert _status(trader, entry, one_exit, other_exit) == [("closed", 0), ("closed", 0), ("ongoing", 10)]
    assert _held(trader) == -10


@pytest.mark.parametrize("second", ["call", "fill"])
def test_one_execution_reported_twice_is_booked_once(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int], second: str
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.mark_executed(%s, 100, 4, 'e1')", order_id)
    again = {
        "call": "SELECT * FROM oms.mark_executed(%s, 100, 4, 'e1')",
        "fill": """
            INSERT INTO oms.fills (order_id, quantity, price, exec_id) VALUES (%s, 4, 100, 'e1')
            ON CONFLICT DO NOTHING""",
    }[second]
    waiting = blocked(behind, again, order_id)
    ahead.commit()
    waiting.result(10)
    order = one(trader, "SELECT execution_qty, leaves_qty, version FROM oms.get_order(%s)", order_id)
    assert order == {"execution_qty": 4, "leaves_qty": 6, "version": 2}


def test_one_exec_id_with_another_price_is_refused(
    connect: Connect, blocked: Blocked, place: Callable[..., int]
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.mark_executed(%s, 100, 4, 'e1')", order_id)
    waiting = blocked(behind, "SELECT * FROM oms.mark_executed(%s, 101, 4, 'e1')", order_id)
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM005"


def test_two_fills_can_not_overfill_together(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int]
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.mark_executed(%s, 100, 6, 'e1')", order_id)
    waiting = blocked(behind, "SELECT * FROM oms.mark_executed(%s, 100, 6, 'e2')", order_id)
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM006"
    assert _status(trader, order_id) == [("ongoing", 6)]


def test_all_that_is_left_means_what_the_first_has_left(
    connect: Connect, blocked: Blocked, place: Callable[..., int]
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.mark_executed(%s, 100, 6)", order_id)
    waiting = blocked(behind, "SELECT * FROM oms.mark_executed(%s, 102)", order_id)
    ahead.commit()
    (order,) = waiting.result(10)
    assert (order["execution_qty"], order["leaves_qty"]) == (10, 0)
    assert order["execution_price"] == Decimal("100.8")


def test_close_position_races_an_exit(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int]
) -> None:
    entry, leave = place(), place(side="sell")
    rows(trader, BOOKINGS["call"], entry)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, BOOKINGS["call"], leave)
    waiting = blocked(behind, "SELECT * FROM oms.close_position('TCS', 101)")
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM011"
    assert _status(trader, entry, leave) == [("closed", 0), ("closed", 0)]


def test_adjust_position_counts_what_was_booked_meanwhile(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int]
) -> None:
    entry = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, BOOKINGS["call"], entry)
    waiting = blocked(behind, "SELECT * FROM oms.adjust_position('TCS', 7)")
    ahead.commit()
    assert waiting.result(10)[0]["quantity"] == 7
    assert _status(trader, entry) == [("ongoing", 7)]


def test_a_raw_close_waits_for_the_exit(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int]
) -> None:
    """What the exit has left is released; here nothing is, and the close repeats what has happened."""
    entry, leave = place(), place(side="sell")
    rows(trader, BOOKINGS["call"], entry)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, BOOKINGS["call"], leave)
    waiting = blocked(behind, "UPDATE oms.orders SET status = 'closed' WHERE order_id = %s", entry)
    ahead.commit()
    waiting.result(10)
    assert _status(trader, entry, leave) == [("closed", 0), ("closed", 0)]
    assert _held(trader) == 0


def test_an_exit_waits_for_the_raw_close(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int]
) -> None:
    entry, leave = place(), place(side="sell")
    rows(trader, BOOKINGS["call"], entry)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "UPDATE oms.orders SET status = 'closed' WHERE order_id = %s", entry)
    waiting = blocked(behind, BOOKINGS["call"], leave)
    ahead.commit()
    waiting.result(10)
    # The position was given up before the exit came, so the exit opened a short.
    assert _status(trader, entry, leave) == [("closed", 0), ("ongoing", 10)]
    assert _held(trader) == -10


def test_accounts_do_not_wait_for_each_other(
    connect: Connect, run: Run, owner: Conn, trader: Conn, place: Callable[..., int]
) -> None:
    rows(owner, "INSERT INTO oms.account_members VALUES ('oms_trader', 'second')")
    query = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, account => 'second')"
    here, there = place(), one(trader, query)["order_id"]
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, BOOKINGS["call"], here)
    (order,) = run(behind, "SELECT * FROM oms.mark_executed(%s, 100, account => 'second')", there).result(10)
    assert order["status"] == "ongoing"
    ahead.commit()
