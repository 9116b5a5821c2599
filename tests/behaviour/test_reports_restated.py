"""What a broker changes by itself: terms, splits, and the quantity of an order for cash."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support.fold_orders import call, execute, held, place
from support.fold_tables import Conn, event_types, gaps, order, refused, row, rows, snapshot
from support.report_calls import discrepancies, fields, of, report, reported, status, told


def test_restated_terms(trader: Conn) -> None:
    order_id = place(trader, order_type="stop_limit", limit_price=100, stop_price=99)
    (restated,) = call(trader, "restate_order", order_id, 8, 101, 98, reason="halved", actor="desk")
    assert of(restated, "quantity", "leaves_qty", "limit_price", "stop_price") == (8, 8, 101, 98)
    assert restated["restated_at"] == restated["quantity_adjusted_at"] == restated["updated_at"]
    before = snapshot(trader)
    call(trader, "restate_order", order_id, 8, 101)
    assert snapshot(trader) == before
    assert told(trader, order_id)[1:] == [("restated", "halved")]
    assert gaps(trader) == []


def test_restated_executed_orders(trader: Conn) -> None:
    order_id = place(trader)
    execute(trader, order_id, 6)
    call(trader, "restate_order", order_id, quantity=4)
    assert (order(trader, order_id)["quantity"], status(trader, order_id)) == (6, "Filled")
    execute(trader, place(trader, side="sell", quantity=6))
    assert order(trader, order_id)["status"] == "closed"
    call(trader, "restate_order", order_id, quantity=9)
    again = order(trader, order_id)
    assert of(again, "status", "leaves_qty", "closed_at") == ("ongoing", 3, None)
    assert event_types(trader, order_id)[-1] == "restated"
    assert gaps(trader) == []


@pytest.mark.parametrize(("ratio", "factor"), [(2, 2), ("0.1", "0.1"), ("1.5", "1.5")])
def test_a_split(trader: Conn, ratio: Any, factor: str) -> None:
    times = Decimal(factor)
    order_id = place(trader, quantity=100, order_type="limit", limit_price=60, time_in_force="gtc")
    execute(trader, order_id, 30, 60, exec_id="a", trade_date="2026-03-02")
    execute(trader, order_id, 10, 30, exec_id="b", trade_date="2026-03-03")
    call(trader, "restate_order", order_id, split_ratio=ratio, reason="split")
    split = order(trader, order_id)
    assert of(split, "quantity", "execution_qty", "leaves_qty") == (100 * times, 40 * times, 60 * times)
    assert split["open_qty"] == held(trader) == 40 * times
    assert (split["limit_price"] * times, round(split["execution_price"] * times, 8)) == (60, Decimal("52.5"))
    lots = rows(trader, "SELECT quantity, price FROM oms.position_lots ORDER BY fill_id")
    assert [(lot["quantity"], round(lot["price"] * times, 8)) for lot in lots] == [(30 * times, 60), (10 * times, 30)]
    assert of(fields(trader, order_id), "day_cum_qty", "day_order_qty") == (10 * times, 70 * times)
    assert set(event_types(trader, order_id)[3:]) == {"corrected", "restated"}
    call(trader, "bust_fill", order_id, "a")
    assert order(trader, order_id)["execution_qty"] == held(trader) == 10 * times
    assert gaps(trader) == []


def test_a_split_leaves_other_orders_alone(trader: Conn) -> None:
    """What was sold before the split was sold in the units of then; what is left is split."""
    entry, exit_ = place(trader, quantity=10), place(trader, side="sell", quantity=4)
    execute(trader, entry, 10, 100)
    execute(trader, exit_, 4, 120)
    call(trader, "restate_order", entry, split_ratio=2)
    assert of(order(trader, entry), "execution_qty", "open_qty") == (20, 12)
    assert of(order(trader, exit_), "status", "execution_qty", "open_qty") == ("closed", 4, 0)
    assert of(row(trader, "SELECT quantity, average_price FROM oms.positions"), "quantity", "average_price") == (12, 50)
    assert gaps(trader) == []


@pytest.mark.parametrize(
    ("written", "times"), [("2:1", 2), ("2/1", 2), ("2 for 1", 2), ("2", 2), (2, 2), ("1:2", "0.5"), ("0.5", "0.5")]
)
def test_a_split_of_a_report(trader: Conn, written: Any, times: Any) -> None:
    order_id = reported(trader, "E1", TimeInForce="1", Price="60", OrdType="2")
    report(trader, "E2", "F", LastQty="4", LastPx="60")
    for _ in range(2):
        report(trader, "E3", "D", SplitRatio=written, ExecRestatementReason="0", CumQty=str(4 * Decimal(times)))
    split = order(trader, order_id)
    assert of(split, "quantity", "execution_qty") == (10 * Decimal(times), 4 * Decimal(times))
    assert (split["limit_price"] * Decimal(times), split["execution_price"] * Decimal(times)) == (60, 60)
    assert (discrepancies(trader), gaps(trader)) == ([], [])


@pytest.mark.parametrize("ratio", [0, -1, "NaN", "Infinity"])
def test_a_bad_split_is_refused(trader: Conn, ratio: Any) -> None:
    order_id = place(trader)
    with refused(trader, "OM007", order_id=order_id, argument="split_ratio"):
        call(trader, "restate_order", order_id, split_ratio=ratio)


@pytest.mark.parametrize("written", ["2:0", "two", "2:1:1", "1e9999", "-2"])
def test_a_bad_split_of_a_report_is_refused(trader: Conn, written: str) -> None:
    reported(trader, "E1")
    with refused(trader, "OM007"):
        report(trader, "E2", "D", SplitRatio=written)


def test_an_order_for_cash_learns_its_quantity(trader: Conn) -> None:
    order_id = place(trader, quantity=None, cash_quantity=1000)  # type: ignore[arg-type]
    assert of(fields(trader, order_id), "order_qty", "leaves_qty", "day_order_qty") == (None, None, None)
    for quantity in (10, 12):
        call(trader, "accept_order", order_id, "B-1", quantity)
    assert of(order(trader, order_id), "quantity", "leaves_qty", "cash_quantity") == (10, 10, 1000)
    assert event_types(trader, order_id) == ["placed", "accepted"]
    assert gaps(trader) == []


@pytest.mark.parametrize("known", [False, True])
def test_an_order_for_cash_in_reports(trader: Conn, known: bool) -> None:
    if known:
        place(trader, quantity=None, cash_quantity=1000, client_order_id="a")  # type: ignore[arg-type]
    else:
        reported(trader, "E0", ExecType="A", OrderQty=None, CashOrderQty="1000")
    report(trader, "E1", "0", OrderQty="10", OrdStatus="0", CumQty="0", LeavesQty="10")
    filled = report(trader, "E2", "F", LastQty="10", LastPx="100", OrdStatus="2", CumQty="10", LeavesQty="0")
    assert of(filled, "quantity", "cash_quantity", "execution_qty") == (10, 1000, 10)
    assert (status(trader, filled["order_id"]), discrepancies(trader), gaps(trader)) == ("Filled", [], [])


def test_an_order_for_cash_that_executes_first(trader: Conn) -> None:
    order_id = place(trader, quantity=None, cash_quantity=1000, client_order_id="a")  # type: ignore[arg-type]
    report(trader, "E2", "F", LastQty="10", LastPx="100")
    assert of(order(trader, order_id), "leaves_qty", "status") == (None, "ongoing")
    report(trader, "E1", "0", OrderQty="10")
    assert (order(trader, order_id)["leaves_qty"], status(trader, order_id)) == (0, "Filled")
    assert (discrepancies(trader), gaps(trader)) == ([], [])
