"""Trading days: a day order has one; a good-till order rests when its day is done, until the next begins."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, execute, place, update
from support.fold_tables import Conn, event_types, gaps, order, refused, rows
from support.report_calls import fields, of, status, working

DAYS = ("2026-03-02", "2026-03-03", "2026-03-04")


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("executed", [0, 4])
def test_a_day_order_that_is_done_ends(trader: Conn, executed: int, raw: bool) -> None:
    order_id = place(trader)
    if executed:
        execute(trader, order_id, executed)
    if raw:
        update(trader, order_id, hold="done_for_day")
    else:
        call(trader, "hold_order", order_id, "done_for_day")
    done = order(trader, order_id)
    assert of(done, "end_reason", "leaves_qty", "cancelled_qty") == ("done_for_day", 0, 10 - executed)
    assert done["status"] == ("ongoing" if executed else "cancelled")
    assert (done["closed_at"] is None) == bool(executed)
    assert (event_types(trader, order_id)[-1], status(trader, order_id)) == ("done_for_day", "Done for Day")
    with refused(trader, "OM002", order_id=order_id):
        call(trader, "modify_order", order_id, quantity=20)
    assert gaps(trader) == []


def test_a_bust_of_a_day_order_that_is_done(trader: Conn) -> None:
    """The day is over: what the bust takes back isn't traded again."""
    order_id = place(trader)
    execute(trader, order_id, exec_id="e")
    call(trader, "hold_order", order_id, "done_for_day")
    assert status(trader, order_id) == "Done for Day"
    call(trader, "bust_fill", order_id, "e")
    assert of(order(trader, order_id), "status", "leaves_qty") == ("cancelled", 0)
    assert status(trader, order_id) == "Done for Day"
    assert gaps(trader) == []


def test_the_days_of_a_good_till_order(trader: Conn) -> None:
    order_id = working(trader)
    days: list[tuple[Any, ...]] = []

    def note() -> None:
        now = fields(trader, order_id)
        days.append(of(now, "ord_status", "cum_qty", "leaves_qty", "day_order_qty", "day_cum_qty"))

    execute(trader, order_id, 2, exec_id="a", trade_date=DAYS[0])
    note()
    call(trader, "hold_order", order_id, "done_for_day", trade_date=DAYS[0])
    note()
    call(trader, "restate_order", order_id, trade_date=DAYS[1], reason="GT renewal")
    note()
    execute(trader, order_id, 1, exec_id="b", trade_date=DAYS[1])
    call(trader, "correct_fill", order_id, "a", quantity=1)
    note()
    call(trader, "bust_fill", order_id, "b")
    note()
    assert days == [
        ("Partially Filled", 2, 8, 10, 2),
        ("Done for Day", 2, 8, 10, 2),
        ("Partially Filled", 2, 8, 8, 0),
        ("Partially Filled", 2, 8, 9, 1),
        ("Partially Filled", 1, 9, 9, 0),
    ]
    assert gaps(trader) == []


@pytest.mark.parametrize("begins", ["fill", "hold", "resume", "restate", "raw"])
def test_a_new_day_ends_the_day_before(trader: Conn, begins: str) -> None:
    order_id = working(trader)
    call(trader, "hold_order", order_id, "done_for_day", trade_date=DAYS[1])
    for day in (DAYS[0], DAYS[1]):
        execute(trader, order_id, 1, trade_date=day)
        assert order(trader, order_id)["hold"] == "done_for_day", "reported late"
    if begins == "fill":
        execute(trader, order_id, 1, trade_date=DAYS[2])
    elif begins == "raw":
        update(trader, order_id, trade_date=DAYS[2])
    else:
        named = {"hold": "suspended"} if begins == "hold" else {}
        call(trader, f"{begins}_order", order_id, **named, trade_date=DAYS[2])
    assert order(trader, order_id)["hold"] == ("suspended" if begins == "hold" else None)
    call(trader, "hold_order", order_id, "done_for_day", trade_date=DAYS[2])
    assert [str(row["trade_date"]) for row in rows(trader, "SELECT trade_date FROM oms.orders")] == [DAYS[2]]
    assert (status(trader, order_id), gaps(trader)) == ("Done for Day", [])


@pytest.mark.parametrize("traded", [False, True])
@pytest.mark.parametrize("lasting", ["suspended", "stopped", "not_triggered"])
def test_what_lasts_holds_again_when_the_day_is_over(trader: Conn, lasting: str, traded: bool) -> None:
    order_id = working(trader)
    call(trader, "hold_order", order_id, lasting)
    call(trader, "hold_order", order_id, "done_for_day", trade_date=DAYS[0])
    assert status(trader, order_id) == "Done for Day"
    if traded:
        execute(trader, order_id, 1, trade_date=DAYS[1])
    else:
        call(trader, "restate_order", order_id, trade_date=DAYS[1])
    # What trades is triggered.
    assert order(trader, order_id)["hold"] == (None if traded and lasting == "not_triggered" else lasting)
    call(trader, "resume_order", order_id)
    assert (order(trader, order_id)["hold"], gaps(trader)) == (None, [])
