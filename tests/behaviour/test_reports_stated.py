"""What a report states beside its news: where the books know otherwise, they stand, and it is noted."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, place
from support.fold_tables import Conn, events, gaps, order, refused
from support.report_calls import discrepancies, of, report, reported, status, told


def test_an_overfill_is_booked_and_noted(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    over = report(trader, "E1", "F", LastQty="12", LastPx="100", OrdStatus="2", CumQty="12", LeavesQty="0")
    assert of(over, "quantity", "execution_qty", "leaves_qty", "open_qty") == (10, 12, 0, 12)
    assert discrepancies(trader) == ["more executed than ordered: 12 of 10"]
    assert status(trader, order_id) == "Filled"
    with refused(trader, "OM006", order_id=order_id):
        call(trader, "mark_executed", order_id, 100, 1)
    report(trader, "E2", "H", ExecRefID="E1", OrdStatus="0", CumQty="0", LeavesQty="10")
    assert (len(discrepancies(trader)), gaps(trader)) == (1, [])


@pytest.mark.parametrize(
    ("stated", "noted"),
    [
        ({"OrdStatus": "2"}, "OrdStatus Filled, here Partially Filled"),
        ({"CumQty": "5"}, "CumQty 5, here 4"),
        ({"LeavesQty": 5}, "LeavesQty 5, here 6"),
        ({"AvgPx": "100.26"}, "AvgPx 100.26, here 100.25"),
    ],
)
def test_what_is_stated_otherwise_is_noted_once(trader: Conn, stated: dict[str, Any], noted: str) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", "F", LastQty="3", LastPx="100")
    report(trader, "E2", "F", LastQty="1", LastPx="101")
    before = order(trader, order_id)
    for exec_id in ("E3", "E3", "E4"):
        report(trader, exec_id, "A", **stated)
    (found,) = discrepancies(trader)
    assert found.startswith(f"Pending New states {noted}")
    after = order(trader, order_id)
    assert {name for name in before if before[name] != after[name]} <= {"version", "updated_at", "last_status_check"}
    report(trader, "E5", "F", LastQty="1", LastPx="100", OrdStatus="1", CumQty="5", LeavesQty="5", AvgPx="100.2")
    assert (len(discrepancies(trader)), gaps(trader)) == (1, [])


def test_the_rejection_of_a_copy_is_no_rejection(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    for exec_id in ("E1", "E1"):
        report(trader, exec_id, "8", OrderID="NONE", OrdRejReason="Duplicate order", Text="sent twice")
    assert told(trader, order_id)[-1] == ("duplicate_rejected", "Duplicate order: sent twice")
    assert (status(trader, order_id), discrepancies(trader), gaps(trader)) == ("New", [], [])


def test_what_the_broker_says_of_a_rejection(trader: Conn) -> None:
    order_id = reported(trader, "E0")
    report(trader, "E1", "8", OrdRejReason="3", Text="limit 5", OrdStatus="8", LeavesQty="0")
    rejected = order(trader, order_id)
    assert of(rejected, "status", "rejection_reason") == ("failed", "Order exceeds limit: limit 5")
    assert rejected["reason"] == "Broker rejected: Order exceeds limit: limit 5"
    assert (discrepancies(trader), gaps(trader)) == ([], [])


def test_who_handed_it_over(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a")
    message = '{"ClOrdID": "a", "ExecType": "New"}'
    trader.execute(b"SELECT oms.apply_execution_report(%s::jsonb, 'zerodha', 'drop copy')", [message])
    last = events(trader, order_id)[-1]
    assert of(last, "event_type", "actor", "db_user") == ("accepted", "drop copy", "trader")
