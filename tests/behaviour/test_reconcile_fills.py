"""Totals and trades of one order, in any order: what executed counts once, and nothing that was told is dropped."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support.fold_invariants import check_state
from support.fold_orders import call, execute, raw_fill, update
from support.fold_tables import Conn, events, gaps, order, rows, snapshot
from support.reconcile_books import Entry, accepted, both, said, traded
from support.reconcile_calls import names, now, reasons, reconcile, rehearsed, repeated


def _net(conn: Conn) -> list[Any]:
    """The fills that count; one that only a total tells of is called so."""
    found = rows(conn, "SELECT exec_id, quantity, price FROM oms.net_fills ORDER BY place, fill_id")
    return [
        ("total" if f["exec_id"].startswith("synthetic-") else f["exec_id"], f["quantity"], f["price"]) for f in found
    ]


def _told(conn: Conn, *books: Any) -> list[list[str]]:
    return [names(rehearsed(conn, book, now(conn))) for book in books]


TOTAL_4 = [said(filled=4)]
ALL = [said(status="COMPLETE", filled=10)]

# books in turn: their decisions, the fills that count, executed, average
MEETINGS: dict[str, tuple[list[Any], list[list[str]], list[tuple[str, Any, Any]]]] = {
    "a total, then its trade": (
        [TOTAL_4, both(TOTAL_4, [traded("T1", 4)])], [["executed"], ["executed"]], [("T1", 4, 100)],
    ),
    "a total, then its trade alone": (
        [TOTAL_4, [traded("T1", 4)]], [["executed"], ["executed"]], [("T1", 4, 100)],
    ),
    "a total, then a part of it": (
        [TOTAL_4, [traded("T1", 3)]], [["executed"], ["executed"]], [("total", 1, 100), ("T1", 3, 100)],
    ),
    "a total, then its trades one by one": (
        [TOTAL_4, [traded("T1", 1)], [traded("T2", 2)], [traded("T3", 1)]], [["executed"]] * 4,
        [("T1", 1, 100), ("T2", 2, 100), ("T3", 1, 100)],
    ),
    "a total, then its trades together": (
        [TOTAL_4, both(TOTAL_4, [traded("T1", 1), traded("T2", 3)])], [["executed"]] * 2,
        [("T1", 1, 100), ("T2", 3, 100)],
    ),
    "a total, then its trade at another price": (
        [TOTAL_4, [traded("T1", 4, 101)]], [["executed"], ["executed"]], [("T1", 4, 101)],
    ),
    "a total, a part at another price: what is left keeps the value": (
        [TOTAL_4, [traded("T1", 2, 101)]], [["executed"], ["executed"]], [("total", 2, 99), ("T1", 2, 101)],
    ),
    "a total, then a trade of more": (
        [TOTAL_4, both([said(filled=6)], [traded("T1", 6)])], [["executed"], ["executed"]], [("T1", 6, 100)],
    ),
    "a total, then a higher one": (
        [TOTAL_4, ALL], [["executed"], ["executed"]], [("total", 4, 100), ("total", 6, 100)],
    ),
    "two totals, then a trade of both": (
        [TOTAL_4, ALL, both(ALL, [traded("T1", 10)])], [["executed"]] * 3, [("T1", 10, 100)],
    ),
    "a trade, then its total": (
        [[traded("T1", 4)], TOTAL_4], [["executed"], ["matched"]], [("T1", 4, 100)],
    ),
    "a trade, then a higher total": (
        [[traded("T1", 4)], [said(filled=10, status="COMPLETE", average_price=101)]], [["executed"], ["executed"]],
        [("T1", 4, 100), ("total", 6, Decimal("101.66666667"))],
    ),
    "a total without a price, then its trade": (
        [[said(filled=4, average_price=0)], [traded("T1", 4)]], [["executed", "discrepancy"], ["executed"]],
        [("T1", 4, 100)],
    ),
    "a rounded average is no contradiction": (
        [[traded("T1", 1, "100.005"), traded("T2", 1, "100.01")], [said(filled=2, average_price=100.01)]],
        [["executed"], ["matched"]], [("T1", 1, Decimal("100.005")), ("T2", 1, Decimal("100.01"))],
    ),
    "the same trade twice in a book": (
        [both(TOTAL_4, [traded("T1", 4), traded("T1", 4)])], [["executed"]], [("T1", 4, 100)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEETINGS)
def test_totals_and_trades_meet(trader: Conn, name: str) -> None:
    books, decisions, fills = MEETINGS[name]
    order_id = accepted(trader)
    assert _told(trader, *books) == decisions
    assert _net(trader) == fills
    row = order(trader, order_id)
    executed = sum(quantity for _, quantity, _ in fills)
    assert row["execution_qty"] == executed
    worth = sum(quantity * price for _, quantity, price in fills)
    assert round(row["execution_price"], 6) == round(worth / executed, 6)
    assert row["leaves_qty"] == 10 - executed
    assert names(repeated(trader, books[-1], now(trader))) == ["matched"]
    check_state(snapshot(trader))


def _by_call(conn: Conn, order_id: int, exec_id: str, quantity: int) -> None:
    execute(conn, order_id, quantity, 100, exec_id=exec_id)


def _by_report(conn: Conn, order_id: int, exec_id: str, quantity: int) -> None:
    report = f'{{"ExecType": "F", "OrderID": "B1", "ExecID": "{exec_id}", "LastQty": {quantity}, "LastPx": 100}}'
    conn.execute("SELECT oms.apply_execution_report(%s::jsonb)", [report])
    assert order_id


def _by_insert(conn: Conn, order_id: int, exec_id: str, quantity: int) -> None:
    raw_fill(conn, order_id=order_id, exec_id=exec_id, quantity=quantity, price=100)


LIVE = {"call": _by_call, "report": _by_report, "insert": _by_insert}


@pytest.mark.parametrize("way", LIVE)
def test_a_live_fill_after_the_total_of_a_book(trader: Conn, way: str) -> None:
    order_id = accepted(trader)
    reconcile(trader, TOTAL_4, now(trader))
    LIVE[way](trader, order_id, "T1", 3)
    assert order(trader, order_id)["execution_qty"] == 4
    LIVE[way](trader, order_id, "T2", 1)
    assert (_net(trader), order(trader, order_id)["execution_qty"]) == ([("T1", 3, 100), ("T2", 1, 100)], 4)
    assert _told(trader, both(TOTAL_4, [traded("T1", 3), traded("T2", 1)])) == [["matched"]]
    check_state(snapshot(trader))


@pytest.mark.parametrize("way", LIVE)
def test_a_live_fill_before_the_book(trader: Conn, way: str) -> None:
    order_id = accepted(trader)
    LIVE[way](trader, order_id, "T1", 3)
    assert _told(trader, both(TOTAL_4, [traded("T1", 3)])) == [["executed"]]
    assert _net(trader) == [("T1", 3, 100), ("total", 1, 100)]
    LIVE[way](trader, order_id, "T2", 1)
    assert (_net(trader), order(trader, order_id)["execution_qty"]) == ([("T1", 3, 100), ("T2", 1, 100)], 4)
    check_state(snapshot(trader))


def test_a_corrected_trade_is_not_told_again(trader: Conn) -> None:
    """Neither as it was, nor as the correction has it."""
    order_id = accepted(trader)
    execute(trader, order_id, 4, 100, exec_id="T1")
    call(trader, "correct_fill", order_id, "T1", 4, 101, new_exec_id="T1c")
    for price in (100, 101):
        assert _told(trader, [traded("T1", 4, price)]) == [["matched"]]
    assert _net(trader) == [("T1c", 4, 101)]


def test_a_busted_trade_is_not_booked_again(trader: Conn) -> None:
    order_id = accepted(trader)
    execute(trader, order_id, 4, 100, exec_id="T1")
    call(trader, "bust_fill", order_id, "T1")
    assert _told(trader, [traded("T1", 4)], [said()]) == [["matched"], ["matched"]]
    assert order(trader, order_id)["execution_qty"] == 0


# -- ids that a broker uses twice ------------------------------------------------------------------------------------

COLLISIONS: dict[str, list[list[Entry]]] = {
    "in two books": [[traded("T1", 3)], [traded("T1", 2)]],
    "in one book": [[traded("T1", 3), traded("T1", 2)]],
    "backwards": [[traded("T1", 3), traded("T1", 2)], [traded("T1", 2), traded("T1", 3)]],
    "again and again": [[traded("T1", 3)], [traded("T1", 2)], [traded("T1", 3)], [traded("T1", 2)]],
}


@pytest.mark.parametrize("name", COLLISIONS)
def test_one_id_with_two_contents_is_kept_and_flagged_once(trader: Conn, name: str) -> None:
    order_id = accepted(trader)
    found = [reconcile(trader, book, now(trader)) for book in COLLISIONS[name]]
    flagged = [reason for decisions in found for reason in reasons(decisions)]
    assert flagged == ["trade T1 again, with other content: 2 at 100"]
    assert [quantity for _, quantity, _ in _net(trader)] == [3, 2]
    assert order(trader, order_id)["execution_qty"] == 5
    assert [e["event_type"] for e in events(trader, order_id)].count("discrepancy") == 1
    for book in COLLISIONS[name]:
        repeated(trader, book, now(trader))


def test_one_id_at_two_prices_is_two_fills(trader: Conn) -> None:
    order_id = accepted(trader)
    (_, flag) = reconcile(trader, [traded("T1", 3), traded("T1", 3, 101)], now(trader))
    assert flag["reason"] == "trade T1 again, with other content: 3 at 101"
    assert order(trader, order_id)["execution_qty"] == 6


def test_one_id_of_two_orders_is_two_fills(trader: Conn) -> None:
    done = reconcile(trader, [traded("T1", 3), traded("T1", 2, order_id="B2")], now(trader))
    assert names(done) == ["manual", "executed", "manual", "executed"]
    assert [(f[0], f[1]) for f in _net(trader)] == [("T1", 3), ("T1", 2)]


def test_ids_that_a_profile_says_are_reused(trader: Conn, owner: Conn) -> None:
    """Content and time count, too: no id is doubtful then."""
    owner.execute("UPDATE oms.broker_profiles SET trade_ids = 'reused' WHERE broker = 'kite'")
    order_id = accepted(trader)
    times = ("2026-01-05 09:16:00", "2026-01-05 09:17:00")
    book = [traded("T1", 3, fill_timestamp=time) for time in times] + [traded("T1", 2, fill_timestamp=times[0])]
    assert _told(trader, book, book[::-1]) == [["executed"], ["matched"]]
    assert order(trader, order_id)["execution_qty"] == 8


# -- more than was ordered, less than was told -----------------------------------------------------------------------


@pytest.mark.parametrize("book", [[said(filled=12)], [traded("T1", 12)], both([said(filled=12)], [traded("T1", 12)])])
def test_more_than_ordered_is_booked_and_flagged(trader: Conn, book: Any) -> None:
    order_id = accepted(trader)
    rehearsed(trader, book, now(trader))
    row = order(trader, order_id)
    assert (row["execution_qty"], row["leaves_qty"], row["quantity"]) == (12, 0, 10)
    query = "SELECT discrepancy FROM oms.discrepancies"
    assert rows(trader, query) == [{"discrepancy": "more executed than ordered: 12 of 10"}]
    assert gaps(trader) == []


def test_a_total_takes_nothing_back(trader: Conn) -> None:
    order_id = accepted(trader)
    execute(trader, order_id, 4, 100, exec_id="T1")
    done = rehearsed(trader, [said(filled=2)], now(trader))
    assert reasons(done) == ["2 executed, here 4"]
    assert order(trader, order_id)["execution_qty"] == 4


def test_what_was_filled_while_we_thought_it_failed(trader: Conn) -> None:
    order_id = accepted(trader)
    call(trader, "mark_failed", order_id, "gateway says no")
    assert names(rehearsed(trader, [said(filled=4)], now(trader))) == ["accepted", "executed"]
    row = order(trader, order_id)
    assert (row["status"], row["execution_qty"], row["leaves_qty"]) == ("ongoing", 4, 6)
    check_state(snapshot(trader))


def test_the_position_follows(trader: Conn) -> None:
    """Exits that only a book tells of close their entries; what replaces them changes nothing of it."""
    order_id = accepted(trader)
    sell = {"transaction_type": "SELL"}
    reconcile(trader, ALL, now(trader))
    call(trader, "place_order", "INFY", "sell", 10, broker="kite", broker_order_id="S1")
    exit_book = [*ALL, said("S1", "COMPLETE", 10, average_price=105, **sell)]
    reconcile(trader, exit_book, now(trader))
    assert order(trader, order_id)["status"] == "closed"
    trades = [traded("T1", 6), traded("T2", 4), traded("U1", 10, 105, "S1", **sell)]
    assert names(rehearsed(trader, both(exit_book, trades), now(trader))) == ["executed", "executed"]
    assert [row["status"] for row in rows(trader, "SELECT status FROM oms.orders")] == ["closed", "closed"]
    assert rows(trader, "SELECT quantity FROM oms.positions") == [{"quantity": 0}]
    check_state(snapshot(trader))


# -- totals written raw ----------------------------------------------------------------------------------------------


def test_a_raw_total_is_no_second_execution(trader: Conn) -> None:
    """The row says 4 executed, then the book names the trades: they are the same 4."""
    order_id = accepted(trader)
    update(trader, order_id, execution_qty=4, execution_price=100)
    rehearsed(trader, both(TOTAL_4, [traded("T1", 3), traded("T2", 1)]), now(trader))
    assert order(trader, order_id)["execution_qty"] == 4
    check_state(snapshot(trader))


def test_a_raw_total_after_the_total_of_a_book(trader: Conn) -> None:
    """What the caller wrote is what the row says."""
    order_id = accepted(trader)
    reconcile(trader, TOTAL_4, now(trader))
    update(trader, order_id, execution_qty=6, execution_price=100)
    assert order(trader, order_id)["execution_qty"] == 6
    rehearsed(trader, both([said(filled=6)], [traded("T1", 4), traded("T2", 2)]), now(trader))
    assert order(trader, order_id)["execution_qty"] == 6
    check_state(snapshot(trader))


@pytest.mark.parametrize("way", ["forwards", "backwards"])
def test_of_several_entries_of_one_id_the_most_counts(trader: Conn, way: str) -> None:
    """An order's history, or pages that overlap: the latest has the say, and what once executed has."""
    times = ("2026-01-05 09:16:00", "2026-01-05 09:17:00", "2026-01-05 09:18:00")
    told = [said(filled=filled, price=price, order_timestamp=time)
            for filled, price, time in zip((2, 7, 4), (100, 101, 102), times, strict=True)]  # fmt: skip
    (made, executed) = rehearsed(trader, told if way == "forwards" else told[::-1], now(trader))
    assert (made["decision"], made["changes"]["limit_price"]) == ("manual", 102)
    assert [fill["quantity"] for fill in executed["changes"]["fills"]] == [7]
