"""Orders that the broker has and we don't know it of: found by our own id, whatever became of them there."""

from __future__ import annotations

import pytest

from support.fold_invariants import check_state
from support.fold_orders import call, place
from support.fold_tables import Conn, events, gaps, order, rows, snapshot
from support.reconcile_books import TERMS, Entry, given_up, said, sent
from support.reconcile_calls import names, now, reconcile, rehearsed
from support.reconcile_cases import ACCEPTED, ALL_10, ANY, CANCELLED, FILL_10, REJECTED, Case, check_case

CASES: dict[str, Case] = {
    "open: accepted": Case(
        sent, said(tag="c1"), {"accepted": ACCEPTED}, {"broker_order_id": "B1", "accepted_at": ANY}, ["accepted"]
    ),
    "on its way: accepted": Case(
        sent, said(tag="c1", status="VALIDATION PENDING"), {"accepted": ACCEPTED},
        {"broker_order_id": "B1", "accepted_at": ANY}, ["accepted"],
    ),
    "filled: accepted and executed": Case(
        sent, said(tag="c1", status="COMPLETE", filled=10), {"accepted": ACCEPTED, "executed": FILL_10},
        {"broker_order_id": "B1", "accepted_at": ANY, **ALL_10}, ["accepted", "executed"],
    ),
    "cancelled": Case(
        sent, said(tag="c1", status="CANCELLED"), {"cancelled": {"end_reason": "cancelled", "broker_order_id": "B1"}},
        {"broker_order_id": "B1", "accepted_at": ANY, **CANCELLED}, ["cancelled"],
    ),
    "rejected": Case(
        sent, said(tag="c1", status="REJECTED", status_message="no margin"),
        {"rejected": {"rejection_reason": "no margin", "broker_order_id": "B1"}},
        {"broker_order_id": "B1", "accepted_at": ANY, **REJECTED}, ["rejected"],
    ),
    "failed by us, open: alive": Case(
        given_up, said(tag="c1"), {"accepted": ACCEPTED},
        {"broker_order_id": "B1", "accepted_at": ANY, "status": "pending", "reason": "Alive at the broker",
         "leaves_qty": 10}, ["retried"],
    ),
    "failed by us, rejected": Case(
        given_up, said(tag="c1", status="REJECTED", status_message="no margin"),
        {"rejected": {"rejection_reason": "no margin", "broker_order_id": "B1"}},
        {"broker_order_id": "B1", "accepted_at": ANY, "reason": "Broker rejected: no margin",
         "rejection_reason": "no margin"}, ["rejected"],
    ),
    "failed by us, cancelled": Case(
        given_up, said(tag="c1", status="CANCELLED"),
        {"cancelled": {"end_reason": "cancelled", "broker_order_id": "B1"}},
        {"broker_order_id": "B1", "accepted_at": ANY}
        | {key: CANCELLED[key] for key in CANCELLED if key != "leaves_qty"}, ["cancelled"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_order_is_found_by_our_id(trader: Conn, name: str) -> None:
    check_case(trader, CASES[name])


def test_missing_then_lost_then_back(trader: Conn) -> None:
    order_id = sent(trader)
    done = [names(rehearsed(trader, book, now(trader))) for book in ([], [], [said(tag="c1")], [])]
    assert done == [["missing"], ["lost"], ["accepted"], ["missing"]]
    types = ["placed", "missing", "lost", "accepted", "missing"]
    assert [event["event_type"] for event in events(trader, order_id)] == types
    assert gaps(trader) == []


def test_transport_errors_end_nothing_and_a_book_resolves(trader: Conn) -> None:
    order_id = sent(trader)
    for error in ("read timed out", "connection reset", "502"):
        call(trader, "record_attempt", order_id, error)
        reconcile(trader, [], now(trader))
    exposed = "SELECT order_id, unconfirmed, attempts FROM oms.open_exposure"
    assert rows(trader, exposed) == [{"order_id": order_id, "unconfirmed": True, "attempts": 3}]
    assert [row["order_id"] for row in rows(trader, "SELECT order_id FROM oms.unconfirmed_orders")] == [order_id]
    assert names(rehearsed(trader, [said(tag="c1")], now(trader))) == ["accepted"]
    assert rows(trader, exposed) == [{"order_id": order_id, "unconfirmed": False, "attempts": 3}]
    assert rows(trader, "SELECT order_id FROM oms.unconfirmed_orders") == []


def test_an_id_that_a_replace_left_behind_still_finds_the_order(trader: Conn) -> None:
    order_id = sent(trader)
    call(trader, "request_replace", "c1", "c2", 12)
    call(trader, "accept_request", "c2")
    (decision,) = reconcile(trader, [said(tag="c1", quantity=12)], now(trader))
    assert (decision["decision"], decision["order_id"]) == ("accepted", order_id)


def test_an_order_without_a_broker_is_anybodys(trader: Conn) -> None:
    order_id = place(trader, client_order_id="c1", **(TERMS | {"broker": ""}))
    (decision,) = reconcile(trader, [said(tag="c1")], now(trader))
    assert (decision["decision"], decision["order_id"]) == ("accepted", order_id)


def test_an_updated_terms_book_ends_where_the_broker_is(trader: Conn) -> None:
    """A day of one order, snapshot by snapshot."""
    order_id = sent(trader)
    story: list[tuple[Entry, list[str]]] = [
        (said(tag="c1", status="PUT ORDER REQ RECEIVED"), ["accepted"]),
        (said(), ["matched"]),
        (said(price=101), ["modified"]),
        (said(price=101, filled=3), ["executed"]),
        (said(price=101, filled=3, quantity=8), ["modified"]),
        (said(price=101, filled=3, quantity=8, status="CANCEL PENDING"), ["matched"]),
        (said(price=101, filled=5, quantity=8, status="CANCELLED"), ["executed", "cancelled"]),
        (said(price=101, filled=5, quantity=8, status="CANCELLED"), ["matched"]),
    ]
    for entry, decisions in story:
        assert names(rehearsed(trader, [entry], now(trader))) == decisions, entry["status"]
    row = order(trader, order_id)
    assert (row["quantity"], row["execution_qty"], row["cancelled_qty"], row["leaves_qty"]) == (8, 5, 3, 0)
    assert (row["status"], row["end_reason"], row["limit_price"]) == ("ongoing", "cancelled", 101)
    check_state(snapshot(trader))
