"""A broker's stream: each report once, what it contradicts noted, what can't be refused."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, place
from support.fold_tables import Conn, event_types, events, gaps, order, row, rows, snapshot
from support.report_calls import discrepancies, report, reported, told

TIME = "20260302-04:00:00.250"
FILL: dict[str, Any] = {"LastQty": "4", "LastPx": "100"}


def test_a_report_becomes_an_event(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a")
    report(trader, "E1", "0", TransactTime=TIME)
    filled = report(
        trader, "E2", "F", **FILL, TransactTime="2026-03-02T09:31:00+05:30", Commission="1.5", Currency="INR"
    )
    assert filled == order(trader, order_id)
    assert (filled["broker_order_id"], filled["execution_qty"], filled["trade_date"].isoformat()) == (
        "B-1",
        4,
        "2026-03-02",
    )
    fill = row(trader, "SELECT exec_id, fees, fee_currency, occurred_at FROM oms.fills")
    assert (fill["exec_id"], fill["fees"], fill["fee_currency"]) == ("E2", 1.5, "INR")
    assert fill["occurred_at"] == filled["execution_time"] == events(trader, order_id)[-1]["occurred_at"]
    assert event_types(trader, order_id) == ["placed", "accepted", "executed"]
    kept = rows(trader, "SELECT order_id, exec_id, exec_type, report ->> 'ClOrdID' AS id FROM oms.execution_reports")
    assert [tuple(one.values()) for one in kept] == [(order_id, "E1", "New", "a"), (order_id, "E2", "Trade", "a")]
    assert (discrepancies(trader), gaps(trader)) == ([], [])


EVERY: list[tuple[str, dict[str, Any]]] = [
    ("0", {}),
    ("F", FILL),
    ("1", {"ExecTransType": "0", "LastShares": 4, "LastPx": 100}),
    ("G", {"ExecRefID": "E1", "LastQty": "3", "LastPx": "99"}),
    ("H", {"ExecRefID": "E1"}),
    ("3", {}),
    ("4", {}),
    ("4", {"ClOrdID": "b", "OrigClOrdID": "a"}),
    ("5", {"ClOrdID": "b", "OrigClOrdID": "a", "OrderQty": "20"}),
    ("5", {"OrderQty": "20"}),
    ("6", {"ClOrdID": "b", "OrigClOrdID": "a"}),
    ("E", {"ClOrdID": "b", "OrigClOrdID": "a"}),
    ("7", FILL),
    ("8", {"OrdRejReason": "3"}),
    ("8", {"OrdRejReason": "6"}),
    ("9", {}),
    ("A", {}),
    ("B", {}),
    ("C", {}),
    ("D", {"OrderQty": "20", "Price": "100"}),
    ("D", {"WorkingIndicator": "Y"}),
    ("L", {}),
    ("I", {"OrdStatus": "2"}),
    ("J", {}),
    ("K", {}),
]


@pytest.mark.parametrize(("exec_type", "said"), EVERY)
def test_every_report_twice_is_once(trader: Conn, exec_type: str, said: dict[str, Any]) -> None:
    reported(trader, "E0")
    if "ExecRefID" in said:
        report(trader, "E1", "F", **FILL)
    first = report(trader, "E2", exec_type, **said, TransactTime=TIME)
    before = snapshot(trader)
    again = report(trader, "E2", exec_type, **said, TransactTime=TIME)
    after = snapshot(trader)
    if exec_type == "I":
        # An answer to whoever asked how it stands: a heartbeat.
        for one in (first, again, before["orders"][0], after["orders"][0]):
            del one["last_status_check"]
    assert (again, after) == (first, before)
    assert gaps(trader) == []


@pytest.mark.parametrize("exec_id", [None, "E9"])
def test_a_cancel_reject_twice_is_once(trader: Conn, exec_id: str | None) -> None:
    """In FIX it has no ExecID."""
    order_id = reported(trader, "E0")
    said: dict[str, Any] = {"MsgType": "9", "ClOrdID": "b", "OrigClOrdID": "a", "CxlRejReason": "0", "OrdStatus": "0"}
    report(trader, exec_id, "0", **said)
    report(trader, "E1", "F", **FILL)
    before = order(trader, order_id)
    report(trader, exec_id, "0", **said)
    assert order(trader, order_id) == before
    assert told(trader, order_id)[-2][1] == "cancel rejected as b: Too late to cancel"
    assert (discrepancies(trader), gaps(trader)) == ([], [])


def test_other_content_under_a_known_exec_id(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", "F", **FILL)
    for _ in range(2):
        assert report(trader, "E1", "F", LastQty="5", LastPx="100")["execution_qty"] == 4
    assert discrepancies(trader) == ["ExecID E1 again, with other content: Trade 5 100"]
    before = snapshot(trader)
    report(trader, "E1", "Trade", LastShares=4.0, LastPx="100.00", ClOrdID=None)
    assert snapshot(trader) == before, "written otherwise, but the same"
    assert event_types(trader, order_id)[-2:] == ["executed", "discrepancy"]
    assert gaps(trader) == []


def test_an_execution_known_from_elsewhere(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    call(trader, "mark_executed", order_id, 100, 4, "E1")
    version = order(trader, order_id)["version"]
    assert report(trader, "E1", "F", **FILL)["version"] == version
    unpriced = report(trader, "E2", "F", LastQty="1", LastPx="0", OrdStatus="1", CumQty="5", LeavesQty="5")
    assert unpriced["execution_price"] is None
    assert (discrepancies(trader), gaps(trader)) == ([], [])
