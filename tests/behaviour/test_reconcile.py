"""Every decision of a reconciliation: what brings it about, what it does to the row and the log, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support.fold_orders import place
from support.fold_tables import Conn, events, gaps, order, rows, snapshot
from support.reconcile_books import (
    Entry,
    Start,
    accepted,
    cancelled,
    filled,
    given_up,
    part_filled,
    rejected,
    said,
    sent,
    traded,
)
from support.reconcile_calls import names, now, reconcile, rehearsed
from support.reconcile_cases import (
    ALL_10,
    ANY,
    CANCELLED,
    FILL_4,
    FILL_10,
    FIRST_4,
    REJECTED,
    Case,
    changed,
    check_case,
)

CASES: dict[str, Case] = {
    "agrees: matched": Case(accepted, said(), {"matched": {}}),
    "agrees, part-filled: matched": Case(part_filled, said(filled=4), {"matched": {}}),
    "agrees, filled: matched": Case(filled, said(status="COMPLETE", filled=10), {"matched": {}}),
    "agrees, cancelled: matched": Case(cancelled, said(status="CANCELLED"), {"matched": {}}),
    "agrees, rejected: matched": Case(rejected, said(status="REJECTED"), {"matched": {}}),
    "agrees, with its trades: matched": Case(part_filled, said(filled=4), {"matched": {}}, trades=[traded("T1", 4)]),
    "more executed, by the total": Case(
        accepted, said(filled=4), {"executed": FILL_4}, FIRST_4, ["executed"]
    ),
    "more executed, by a trade": Case(
        accepted, said(filled=4),
        {"executed": {"fills": [{"exec_id": "T1", "quantity": 4, "price": 100}]}},
        FIRST_4, ["executed"], [traded("T1", 4)],
    ),
    "the rest, at the price that the average implies": Case(
        part_filled, said(status="COMPLETE", filled=10, average_price=100.6),
        {"executed": {"fills": [{"exec_id": ANY, "quantity": 6, "price": 101}]}},
        {"execution_qty": 10, "execution_price": Decimal("100.6"), "leaves_qty": 0, "open_qty": 10, "reason": ANY,
         "filled_at": ANY, "execution_time": ANY}, ["executed"],
    ),
    "cancelled": Case(
        accepted, said(status="CANCELLED"), {"cancelled": {"end_reason": "cancelled"}}, CANCELLED, ["cancelled"]
    ),
    "expired": Case(
        accepted, said(status="LAPSED"), {"cancelled": {"end_reason": "expired"}},
        CANCELLED | {"reason": "ended at the broker: LAPSED", "end_reason": "expired"}, ["expired"],
    ),
    "the rest cancelled": Case(
        part_filled, said(status="CANCELLED", filled=4), {"cancelled": {"end_reason": "cancelled"}},
        {"end_reason": "cancelled", "leaves_qty": 0, "cancelled_qty": 6, "reason": "ended at the broker: CANCELLED"},
        ["cancelled"],
    ),
    "executed and cancelled since": Case(
        accepted, said(status="CANCELLED", filled=4),
        {"executed": FILL_4, "cancelled": {"end_reason": "cancelled"}},
        FIRST_4 | {"end_reason": "cancelled", "leaves_qty": 0, "cancelled_qty": 6,
                   "reason": "ended at the broker: CANCELLED"}, ["executed", "cancelled"],
    ),
    "rejected": Case(
        accepted, said(status="REJECTED", status_message_raw="no margin"),
        {"rejected": {"rejection_reason": "no margin"}}, REJECTED, ["rejected"],
    ),
    "other terms": Case(
        accepted, said(quantity=12, price=99.5), {"modified": {"quantity": 12, "limit_price": 99.5}},
        {"quantity": 12, "limit_price": Decimal("99.5"), "leaves_qty": 12, "restated_at": ANY,
         "quantity_adjusted_at": ANY, "reason": "Modified at the broker"}, ["restated"],
    ),
    "less ordered, part-filled": Case(
        part_filled, said(quantity=8, filled=4), {"modified": {"quantity": 8}},
        {"quantity": 8, "leaves_qty": 4, "restated_at": ANY, "quantity_adjusted_at": ANY,
         "reason": "Modified at the broker"}, ["restated"],
    ),
    "more ordered, and all executed": Case(
        accepted, said(status="COMPLETE", quantity=12, filled=12),
        {"modified": {"quantity": 12}, "executed": {"fills": [{"exec_id": ANY, "quantity": 12, "price": 100}]}},
        ALL_10 | {"quantity": 12, "execution_qty": 12, "open_qty": 12, "restated_at": ANY,
                  "quantity_adjusted_at": ANY}, ["restated", "executed"],
    ),
    "late: executed although cancelled here": Case(
        cancelled, said(status="CANCELLED", filled=4), {"executed": FILL_4},
        {key: FIRST_4[key] for key in FIRST_4 if key != "leaves_qty"} | {"cancelled_qty": 6, "closed_at": None},
        ["executed"],
    ),
    "late: executed although rejected here": Case(
        rejected, said(status="COMPLETE", filled=10), {"executed": FILL_10},
        {key: ALL_10[key] for key in ALL_10 if key != "leaves_qty"} | {"end_reason": "rejected"}, ["executed"],
    ),
    "alive, but cancelled here": Case(cancelled, said(), {"discrepancy": {}}, {}, ["discrepancy"]),
    "alive, but rejected here": Case(
        rejected, said(), {"accepted": {}, "discrepancy": {}},
        {"status": "pending", "reason": "Alive at the broker", "leaves_qty": 10, "rejection_reason": None},
        ["retried", "discrepancy"],
    ),
    "less executed than here": Case(part_filled, said(filled=2), {"discrepancy": {}}, {}, ["discrepancy"]),
    "another average": Case(
        part_filled, said(filled=4, average_price=90), {"discrepancy": {}}, {}, ["discrepancy"]
    ),
    "another side": Case(
        accepted, said(transaction_type="SELL", filled=4), {"discrepancy": {}}, {}, ["discrepancy"]
    ),
    "another symbol": Case(
        accepted, said(tradingsymbol="TCS", filled=4), {"discrepancy": {}}, {}, ["discrepancy"]
    ),
    "a status nobody knows": Case(accepted, said(status="ODD"), {"discrepancy": {}}, {}, ["discrepancy"]),
    "a status nobody knows, and executed": Case(
        accepted, said(status="ODD", filled=4), {"executed": FILL_4, "discrepancy": {}}, FIRST_4,
        ["executed", "discrepancy"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_decision_does_this_and_no_more(trader: Conn, name: str) -> None:
    check_case(trader, CASES[name])


REASONS = {
    "alive, but cancelled here": "alive at the broker (OPEN), here cancelled",
    "alive, but rejected here": "alive at the broker (OPEN), here failed",
    "less executed than here": "2 executed, here 4",
    "another average": "average price 90, here 100.00000000",
    "another side": "side sell, here buy",
    "another symbol": "symbol TCS, here INFY",
    "a status nobody knows": 'unknown status "ODD"',
}


@pytest.mark.parametrize("name", REASONS)
def test_a_discrepancy_says_what_contradicts(trader: Conn, name: str) -> None:
    order_id = CASES[name].start(trader)
    *_, decision = reconcile(trader, [CASES[name].entry], now(trader))
    assert decision["reason"].startswith(REASONS[name])
    assert events(trader, order_id)[-1]["reason"] == decision["reason"]
    query = "SELECT discrepancy FROM oms.discrepancies WHERE order_id = %s"
    assert [row["discrepancy"] for row in rows(trader, query, [order_id])] == [decision["reason"]]


# -- orders that are not in the book ---------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [accepted, part_filled])
def test_missing_then_lost_then_back(trader: Conn, start: Start) -> None:
    order_id = start(trader)
    alive = order(trader, order_id)
    done = rehearsed(trader, [], now(trader))
    assert [(row["decision"], row["order_id"]) for row in done] == [("missing", order_id)]
    assert names(rehearsed(trader, [], now(trader))) == ["lost"]
    assert names(rehearsed(trader, [], now(trader))) == ["lost"]
    assert [event["event_type"] for event in events(trader, order_id)[alive["version"] :]] == ["missing", "lost"]
    assert changed(alive, order(trader, order_id)) == {}
    assert [row["order_id"] for row in rows(trader, "SELECT order_id FROM oms.open_exposure")] == [order_id]

    assert names(rehearsed(trader, [said(filled=alive["execution_qty"])], now(trader))) == ["matched"]
    # And what is found again can be missed again.
    assert names(reconcile(trader, [], now(trader))) == ["missing"]
    assert gaps(trader) == []


def test_the_same_book_again_confirms_no_loss(trader: Conn) -> None:
    """Missing becomes lost by a later look, not by the same one."""
    accepted(trader)
    at = now(trader)
    assert [names(reconcile(trader, [], at)) for _ in range(3)] == [["missing"]] * 3


@pytest.mark.parametrize(
    ("book", "complete"),
    [
        ([], False),
        ([said("B2")], False),
        ({"trades": []}, True),
        ([traded("T9", 1, order_id="B2")], True),
        (said("B2"), True),
        ({"data": said("B2")}, True),
    ],
)
def test_a_partial_book_misses_nothing(trader: Conn, book: Any, complete: bool) -> None:
    order_id = accepted(trader)
    before = events(trader, order_id)
    decisions = names(reconcile(trader, book, now(trader), complete=complete))
    assert not {"missing", "lost"} & set(decisions)
    assert events(trader, order_id) == before
    assert [row["complete"] for row in rows(trader, "SELECT complete FROM oms.reconciliations")] == [False]


@pytest.mark.parametrize("empty", [[], {"data": []}, {"orders": []}, {"status": "success", "data": []}])
def test_in_an_empty_complete_book_everything_is_missing(trader: Conn, empty: Any) -> None:
    ids = [place(trader, broker="kite"), place(trader, "TCS", broker="kite", broker_order_id="B2"), place(trader)]
    done = rehearsed(trader, empty, now(trader))
    assert [(row["decision"], row["order_id"]) for row in done] == [("missing", order_id) for order_id in ids]


def _paper(conn: Conn) -> int:
    return accepted(conn, trade_mode="paper", book="paper")


def _elsewhere(conn: Conn) -> int:
    return accepted(conn, broker="alpaca")


def _done(conn: Conn) -> int:
    return filled(conn)


@pytest.mark.parametrize("start", [_paper, _elsewhere, _done, cancelled, rejected, given_up])
def test_what_the_broker_need_not_show_is_not_missing(trader: Conn, start: Start) -> None:
    start(trader)
    before = snapshot(trader)
    assert rehearsed(trader, [], now(trader)) == []
    assert snapshot(trader) == before


def test_an_order_of_another_broker_is_not_touched(trader: Conn) -> None:
    """The same ids at another broker are another order."""
    order_id = accepted(trader, broker="alpaca")
    before = order(trader, order_id)
    (made,) = reconcile(trader, [said(tag="c1")], now(trader))
    assert (made["decision"], made["order_id"] != order_id) == ("manual", True)
    assert order(trader, order_id) == before
    assert order(trader, made["order_id"])["broker"] == "kite"


def test_a_shared_tag_finds_nobody(trader: Conn) -> None:
    """Two orders of the broker carry it: neither can be told to be ours."""
    order_id = sent(trader)
    before = order(trader, order_id)
    done = reconcile(trader, [said("B1", tag="c1"), said("B2", tag="c1")], now(trader), complete=False)
    assert names(done) == ["manual", "manual"]
    assert order(trader, order_id) == before


@pytest.mark.parametrize("entry", [said(), said(filled=4), said("B1", "CANCELLED"), said(price=99)])
@pytest.mark.parametrize("broker_order_id", ["B1", None])
def test_a_paper_order_is_no_order_of_the_broker(trader: Conn, entry: Entry, broker_order_id: str | None) -> None:
    """Even where a book has an id of it, the broker's or ours: what is traded on paper doesn't live there."""
    order_id = sent(trader, trade_mode="paper", book="paper", broker_order_id=broker_order_id)
    before = order(trader, order_id)
    reconcile(trader, [entry | {"tag": "c1"}], now(trader))
    assert order(trader, order_id) == before


def test_a_discrepancy_is_said_once(trader: Conn) -> None:
    """Cancelled here, alive and executed there: booked and flagged, and the next look has nothing to add."""
    accepted_id = cancelled(trader)
    book = [said(filled=4)]
    assert names(rehearsed(trader, book, now(trader))) == ["executed", "discrepancy"]
    types = [event["event_type"] for event in events(trader, accepted_id)]
    assert types == ["placed", "accepted", "cancelled", "executed", "discrepancy"]
