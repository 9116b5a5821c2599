"""What a broker says of requests and executions against what it said before, or what the client asked."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, execute, place
from support.fold_tables import Conn, event_types, gaps, order, refused, rows
from support.report_calls import ask, asked, decide, discrepancies, fields, of, report, reported, status

ANSWER: dict[str, Any] = {"ClOrdID": "b", "OrigClOrdID": "a"}


def test_a_replace_grants_what_the_client_asked(trader: Conn) -> None:
    """Where the report doesn't say what it grants."""
    order_id = reported(trader, "E0", OrdType="2", Price="100")
    ask(trader, "replace", "a", "b", quantity=20, limit_price=101)
    report(trader, "E1", "5", **ANSWER, OrderID="B-2")
    replaced = order(trader, order_id)
    assert of(replaced, "client_order_id", "broker_order_id", "quantity", "limit_price") == ("b", "B-2", 20, 101)
    assert asked(trader, "b")["state"] == "accepted"
    assert (discrepancies(trader), gaps(trader)) == ([], [])


def test_a_request_that_only_the_broker_knows(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", "6", **ANSWER)
    pending = asked(trader, "b")
    assert of(pending, "kind", "state", "orig_client_order_id", "order_id") == ("cancel", "pending", "a", order_id)
    assert ask(trader, "cancel", "a", "b")["state"] == "pending", "our own record of it comes late"
    report(trader, "E2", "4", **ANSWER)
    assert (asked(trader, "b")["state"], status(trader, order_id)) == ("accepted", "Canceled")
    assert (discrepancies(trader), gaps(trader)) == ([], [])


@pytest.mark.parametrize(
    ("first", "then", "noted", "ended"),
    [
        ("reject", "4", "Canceled of b, which is rejected already", "Canceled"),
        ("accept", "9", "Cancel Reject of b, which is accepted already", "Canceled"),
    ],
)
def test_a_cancel_decided_both_ways(trader: Conn, first: str, then: str, noted: str, ended: str) -> None:
    order_id = reported(trader, "E0")
    ask(trader, "cancel", "a", "b")
    decide(trader, first, "b")
    said = ANSWER | ({"MsgType": "9"} if then == "9" else {})
    report(trader, "E1", then, **said)
    assert (discrepancies(trader), status(trader, order_id)) == ([noted], ended)
    assert gaps(trader) == []


def test_a_replace_decided_both_ways(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", "E", **ANSWER)
    report(trader, "E2", "8", **ANSWER, MsgType="9", CxlRejResponseTo="2")
    report(trader, "E3", "5", **ANSWER, OrderQty="20")
    assert discrepancies(trader) == ["Replace of b, which is rejected already"]
    assert order(trader, order_id)["client_order_id"] in ("a", "b")
    assert gaps(trader) == []


def test_an_end_after_the_last_share(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", "F", LastQty="10", LastPx="100")
    report(trader, "E2", "8", OrdRejReason="0")
    assert discrepancies(trader) == ["Rejected, though ongoing already"]
    assert status(trader, order_id) == "Filled"
    report(trader, "E3", "4", OrdStatus="2")
    assert (status(trader, order_id), len(discrepancies(trader)), gaps(trader)) == ("Filled", 1, [])


@pytest.mark.parametrize("end", ["4", "C", "8", "3"])
def test_a_pending_after_the_end(trader: Conn, end: str) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", end, **({"OrdRejReason": "0"} if end == "8" else {}))
    ended = status(trader, order_id)
    report(trader, "E2", "6", **ANSWER)
    report(trader, "E3", "E", **(ANSWER | {"ClOrdID": "c"}))
    assert [asked(trader, request_id)["state"] for request_id in ("b", "c")] == ["superseded", "superseded"]
    assert status(trader, order_id) == ended
    report(trader, "E4", "8", **ANSWER, MsgType="9", CxlRejReason="0")
    assert (asked(trader, "b")["state"], status(trader, order_id)) == ("rejected", ended)
    assert (discrepancies(trader), gaps(trader)) == ([], [])


def test_a_correction_of_a_corrected_execution(trader: Conn) -> None:
    """Named by the id it had first: the newest is meant."""
    order_id = reported(trader, "E0")
    report(trader, "E1", "F", LastQty="4", LastPx="100")
    report(trader, "E2", "G", ExecRefID="E1", LastQty="3")
    report(trader, "E3", "2", ExecTransType="2", ExecRefID="E1", LastShares="2", LastPx="99")
    assert of(order(trader, order_id), "execution_qty", "execution_price") == (2, 99)
    chain = rows(trader, "SELECT exec_id, exec_ref_id FROM oms.fills WHERE kind = 'correct' ORDER BY fill_id")
    assert [tuple(fill.values()) for fill in chain] == [("E2", "E1"), ("E3", "E2")]
    report(trader, "E4", "G", ExecRefID="E3", LastQty="0", OrdStatus="0", CumQty="0", LeavesQty="10", AvgPx="0")
    assert (event_types(trader, order_id)[-1], order(trader, order_id)["execution_qty"]) == ("busted", 0)
    assert (discrepancies(trader), gaps(trader)) == ([], [])


def test_a_bust_of_what_is_busted(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", "F", LastQty="4", LastPx="100")
    report(trader, "E2", "H", ExecRefID="E1")
    for exec_id, exec_type in (("E3", "H"), ("E4", "G")):
        report(trader, exec_id, exec_type, ExecRefID="E1", LastQty="4", LastPx="100")
    assert discrepancies(trader) == [
        "Trade Cancel E3 of E1, which is busted already",
        "Trade Correct E4 of E1, which is busted already",
    ]
    assert (order(trader, order_id)["execution_qty"], gaps(trader)) == (0, [])


def test_a_bust_that_comes_first(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E2", "H", ExecRefID="E1", LastQty="4", LastPx="100", CumQty="0", LeavesQty="10")
    assert order(trader, order_id)["execution_qty"] == 0
    report(trader, "E1", "F", LastQty="4", LastPx="100")
    assert of(order(trader, order_id), "execution_qty", "open_qty") == (0, 0)
    with refused(trader, "OM007", order_id=order_id):
        call(trader, "bust_fill", order_id, "E9", new_exec_id="E10")
    execute(trader, order_id, 1)
    assert (status(trader, order_id), gaps(trader)) == ("Partially Filled", [])
    assert discrepancies(trader) == ["Trade Cancel E2 of E1, which nobody has reported yet"]


def test_the_answer_about_an_order_nobody_knows(trader: Conn) -> None:
    place(trader)
    nothing = fields(trader, None)
    assert of(nothing, "ord_status", "order_qty", "cum_qty", "leaves_qty", "order_id") == ("Rejected", 0, 0, 0, "NONE")
    assert of(nothing, "avg_px", "cl_ord_id", "orig_cl_ord_id") == (None, None, None)
    with refused(trader, "OM001", order_id=999):
        fields(trader, 999)
