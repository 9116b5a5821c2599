"""Reports that overtake each other, one by one: they end where the right order would have. All that went wrong once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.fold_tables import Conn, gaps, order, row
from support.report_calls import NEW, fields, of, report
from support.report_words import BEGIN

Told = tuple[int, str, dict[str, Any]]

TRADE, BUST, CORRECT, DONE, STOPPED, SUSPENDED, TRIGGERED = "F", "H", "G", "3", "7", "9", "L"
CANCELED, RESTATED, REPLACED, PENDING_CANCEL, PENDING_REPLACE = "4", "D", "5", "6", "E"
FIRST: Told = (1, "0", {})
WAITING: Told = (1, "0", {"WorkingIndicator": "N"})
GOOD_TILL: Told = (1, "0", {"TimeInForce": "1"})
WORKING: Told = (1, RESTATED, {"WorkingIndicator": "Y"})
SAME: Told = (1, RESTATED, {"OrderQty": 10})
GRANTED = {"ClOrdID": "b", "OrigClOrdID": "a"}
REFUSED = GRANTED | {"MsgType": "9"}
RENEWED = {"ExecRestatementReason": "1"}


def _fill(quantity: int, of_id: str | None = None) -> dict[str, Any]:
    """An execution, or another's correction."""
    return {"LastQty": quantity, "LastPx": 100} | ({"ExecRefID": of_id} if of_id else {})


def _busts(number: int, day: int = 1) -> Told:
    return day, BUST, {"ExecRefID": f"E{number}"}


# In the order they happened, with their day; then the order in which they arrive, by number.
CASES: dict[str, tuple[list[Told], list[int]]] = {
    "a replace after a restatement": ([FIRST, (1, REPLACED, GRANTED), (1, RESTATED, {"OrderQty": 20})], [1, 3, 2]),
    "replaces out of their chain": (
        [FIRST, (1, REPLACED, GRANTED), (1, REPLACED, {"ClOrdID": "c", "OrigClOrdID": "b", "OrderQty": 12})],
        [1, 3, 2]),
    "a replace below what a bust takes back": (
        [FIRST, (1, TRADE, _fill(10)), _busts(2), (1, REPLACED, GRANTED | {"OrderQty": 5}), (1, TRADE, _fill(5))],
        [1, 2, 5, 4, 3]),
    "a correction after its bust": (
        [FIRST, (1, TRADE, _fill(1)), (1, CORRECT, _fill(8, "E2")), _busts(3)], [1, 2, 4, 3]),
    "a correction of the next day before the first": (
        [FIRST, (1, TRADE, _fill(4)), (2, CORRECT, _fill(3, "E2")), (2, CORRECT, _fill(2, "E3"))], [1, 2, 4, 3]),
    "a done day after a bust of the next": (
        [FIRST, (1, TRADE, _fill(3)), (1, DONE, {}), _busts(2, day=2)], [1, 2, 4, 3]),
    "a done day of a filled order after its bust": (
        [FIRST, (1, TRADE, _fill(10)), (1, DONE, {}), _busts(2)], [1, 2, 4, 3]),
    "a done day after a cancel reject of the next": ([FIRST, (1, DONE, {}), (2, "0", REFUSED)], [1, 3, 2]),
    "a renewal after its day is done": (
        [FIRST, (2, RESTATED, RENEWED), (2, DONE, {}), (2, TRADE, _fill(1))], [1, 3, 2, 4]),
    # A day order has no next day to be rejected on.
    "a done day after a rejection of the next": ([GOOD_TILL, (1, DONE, {}), (2, "8", {})], [1, 3, 2]),
    "a done day after a suspension of the next": ([FIRST, (1, DONE, {}), (2, SUSPENDED, {})], [1, 3, 2]),
    "a done day before its stop": ([FIRST, (1, STOPPED, {}), (1, DONE, {}), (2, TRADE, _fill(1))], [1, 3, 4, 2]),
    "a new order that waits after a renewal": ([WAITING, (1, DONE, {}), (2, RESTATED, RENEWED)], [3, 1, 2]),
    "a new order that waits after a replace": ([WAITING, (1, REPLACED, GRANTED)], [2, 1]),
    "a new order that waits after a suspension": ([WAITING, (1, SUSPENDED, {}), (1, TRIGGERED, {})], [2, 1, 3]),
    "a new order that waits after it triggered": ([WAITING, (1, TRIGGERED, {}), (1, DONE, {})], [3, 1, 2]),
    "a new order that waits after a stop": ([WAITING, (1, STOPPED, {}), WORKING], [2, 3, 1]),
    "a trade that triggers after its bust": ([WAITING, (1, TRADE, _fill(3)), _busts(2)], [1, 3, 2]),
    "a suspension before the end of a stop": ([FIRST, (1, STOPPED, {}), WORKING, (1, SUSPENDED, {})], [1, 2, 4, 3]),
    "calculated after a bust of the next day": (
        [FIRST, (1, TRADE, _fill(1)), (1, DONE, {}), (1, "B", {}), _busts(2, day=2)], [1, 2, 3, 5, 4]),
    "a restatement while too much is executed": (
        [FIRST, SAME, (1, TRADE, _fill(10)), _busts(3), (1, TRADE, _fill(1))], [1, 3, 5, 2, 4]),
    "the same of an ended order": (
        [FIRST, SAME, (1, CANCELED, {}), (1, TRADE, _fill(10)), _busts(4), (1, TRADE, _fill(1))], [1, 3, 4, 6, 2, 5]),
    "a decision before what it decides": (
        [FIRST, (1, PENDING_CANCEL, GRANTED), (1, CANCELED, GRANTED), (1, TRADE, _fill(4))], [1, 4, 3, 2]),
    "a refusal before what it refuses": ([FIRST, (1, PENDING_REPLACE, GRANTED), (1, "0", REFUSED)], [1, 3, 2]),
    "a pending after the end": ([FIRST, (1, PENDING_CANCEL, GRANTED), (1, "C", {})], [1, 3, 2]),
}  # fmt: skip


def _outcome(conn: Conn, told: list[Told], arrival: list[int], tif: str) -> tuple[Any, ...]:
    """What an order is after these reports; they leave no trace."""
    with conn.transaction(force_rollback=True):
        for number in arrival:
            day, exec_type, said = told[number - 1]
            when = (BEGIN + timedelta(days=day, seconds=number)).isoformat()
            first = NEW if number == arrival[0] else {}
            named = first | {"ExecType": exec_type, "TransactTime": when, "TimeInForce": tif} | said
            report(conn, f"E{number}", exec_type, **named)
        found = order(conn, row(conn, "SELECT order_id FROM oms.orders")["order_id"])
        now = fields(conn, found["order_id"])
        assert gaps(conn) == []
        said_now = of(now, "ord_status", "order_qty", "cum_qty", "leaves_qty", "avg_px", "day_order_qty", "day_cum_qty")
        return *said_now, *of(found, "status", "end_reason", "hold", "client_order_id", "open_qty")


@pytest.mark.parametrize("tif", ["0", "1"], ids=["day", "gtc"])
@pytest.mark.parametrize("case", CASES)
def test_they_end_where_the_right_order_would_have(trader: Conn, case: str, tif: str) -> None:
    told, arrival = CASES[case]
    assert _outcome(trader, told, arrival, tif) == _outcome(trader, told, sorted(arrival), tif)
