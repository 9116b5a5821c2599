"""A broker's report: applied once, its values exact, what can't be sent refused before it is sent."""

from __future__ import annotations

import json
from collections import UserDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from psycopg import Connection

from orderstamp import InvalidArgument, OrderNotFound, Orderstamp
from orderstamp._calls.report import as_json

Conn = Connection[Any]

WHEN = datetime(2026, 3, 2, 9, 15, 0, 123456, tzinfo=UTC)


def fill(**fields: Any) -> dict[str, Any]:
    """A report of a first execution of four of ten."""
    report = {"OrderID": "B-1", "ClOrdID": "a", "ExecID": "E-1", "ExecType": "F", "OrdStatus": "1", "Symbol": "INFY"}
    report |= {"Side": "1", "OrderQty": "10", "LastQty": "4", "LastPx": "100.5", "CumQty": "4", "LeavesQty": "6"}
    return report | {"TransactTime": WHEN} | fields


def test_a_report_becomes_the_orders(client: Orderstamp) -> None:
    placed = client.place_order("INFY", "buy", 10, client_order_id="a")
    order = client.apply_execution_report(fill())
    assert order is not None
    assert (order.order_id, order.status, order.broker_order_id) == (placed.order_id, "ongoing", "B-1")
    assert (order.execution_qty, order.execution_price, order.execution_time) == (Decimal(4), Decimal("100.5"), WHEN)
    assert client.apply_execution_report(fill()) == order
    assert client.timeline(placed.order_id)[-1].actor == "ana"


def test_an_order_of_a_report_becomes_a_row(client: Orderstamp) -> None:
    order = client.apply_execution_report(fill(), "zerodha")
    assert order is not None
    assert (order.symbol, order.side, order.quantity, order.broker) == ("INFY", "buy", Decimal(10), "zerodha")
    with pytest.raises(OrderNotFound):
        client.apply_execution_report({"OrderID": "B-9", "ClOrdID": "z", "ExecType": "0", "OrdStatus": "0"})


def test_a_cancel_reject_of_no_order_is_none(client: Orderstamp) -> None:
    report = {"MsgType": "9", "ClOrdID": "x-2", "OrigClOrdID": "x-1", "OrderID": "NONE", "OrdStatus": "8"}
    assert client.apply_execution_report(report) is None
    with client.batch() as batch:
        pending = batch.apply_execution_report(report)
    assert pending.result is None
    assert client.list_orders() == []


def test_what_a_report_contradicts_is_kept(client: Orderstamp, trader: Conn) -> None:
    order = client.apply_execution_report(fill(CumQty="5"))
    assert order is not None
    assert order.execution_qty == 4, "the fills count, not what is said of their sum"
    rows = trader.execute("SELECT order_id FROM oms.discrepancies").fetchall()
    assert rows == [(order.order_id,)]


@pytest.mark.parametrize("price", ["100.1000000000000000000000000000000001", "1E+2", "7.50", "1E-30"])
def test_a_decimal_keeps_its_digits(client: Orderstamp, trader: Conn, price: str) -> None:
    order = client.apply_execution_report(fill(LastPx=Decimal(price), LastQty=4))
    assert order is not None
    assert order.execution_price == Decimal(price)
    row = trader.execute("SELECT report ->> 'LastPx' FROM oms.execution_reports").fetchone()
    assert row is not None
    assert row[0] == format(Decimal(price), "f")


def test_a_value_that_is_no_number_is_refused(client: Orderstamp) -> None:
    for field, value in (("LastPx", Decimal("NaN")), ("LastQty", "four")):
        with pytest.raises(InvalidArgument) as caught:
            client.apply_execution_report(fill(**{field: value}))
        assert (caught.value.detail["argument"], caught.value.detail["field"]) == ("report", field)
    assert client.list_orders() == []


class Code(StrEnum):
    """Enumerations of the caller's own."""

    TRADE = "F"


class Number(IntEnum):
    """Enumerations of the caller's own."""

    BUY = 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('a "quoted" ₹\n', None),
        (Code.TRADE, '"F"'),
        (Number.BUY, "1"),
        (10**30, "1" + "0" * 30),
        (True, "true"),
        (None, "null"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1E+3"),
        (Decimal("-0.000"), "-0.000"),
        (Decimal("Infinity"), '"Infinity"'),
        (WHEN, '"2026-03-02T09:15:00.123456+00:00"'),
        (WHEN.astimezone(timezone(timedelta(hours=5, minutes=30))), '"2026-03-02T14:45:00.123456+05:30"'),
        (date(2026, 3, 2), '"2026-03-02"'),
        ([{"PartyID": "A"}, {"PartyID": Decimal(2)}], '[{"PartyID": "A"}, {"PartyID": 2}]'),
        (UserDict({"Symbol": ("A", 1)}), '{"Symbol": ["A", 1]}'),
    ],
)
def test_a_value_becomes_json(value: object, text: str | None) -> None:
    assert as_json(value) == (text or json.dumps(value))
    json.loads(as_json({"x": value}), parse_float=Decimal)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.5, "a float has lost digits"),
        (float("nan"), "a float has lost digits"),
        (datetime(2026, 1, 1), "time zone"),
        ([{"x": datetime(2026, 1, 1)}], "time zone"),
        ({"inner": 0.5}, "a float has lost digits"),
        (time(9, 15), "pass text"),
        (b"F", "pass text"),
        ({"F"}, "pass text"),
    ],
)
def test_a_value_that_loses_something_is_refused(client: Orderstamp, value: object, why: str) -> None:
    with pytest.raises(InvalidArgument, match=why) as caught:
        client.apply_execution_report(fill(LastPx=value))
    assert caught.value.detail["argument"] == "report"
    assert caught.value.detail["field"] in ("LastPx", "inner", "x")
    assert client.list_orders() == []
