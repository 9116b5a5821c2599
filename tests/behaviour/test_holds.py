"""Orders that live but don't trade now: said by call or by raw SQL, over when they trade again or end."""

from __future__ import annotations

import pytest

from support.fold_orders import call, place, update
from support.fold_tables import Conn, event_types, gaps, order, refused, snapshot
from support.report_calls import of, status, told, working

HOLDS = {
    "suspended": ("Suspended", "resumed"),
    "stopped": ("Stopped", "resumed"),
    "not_triggered": ("New", "triggered"),
    "calculated": ("Calculated", "resumed"),
    "done_for_day": ("Done for Day", "resumed"),
}
LASTING = ("suspended", "stopped", "not_triggered")


@pytest.mark.parametrize("hold", HOLDS)
def test_a_hold_and_its_end(trader: Conn, hold: str) -> None:
    order_id = working(trader)
    for _ in range(2):
        (held,) = call(trader, "hold_order", order_id, hold, reason="halt", actor="ana")
        assert of(held, "hold", "status", "leaves_qty", "reason") == (hold, "pending", 10, "halt")
    assert status(trader, order_id) == HOLDS[hold][0]
    for _ in range(2):
        (resumed,) = call(trader, "resume_order", order_id, reason="over")
        assert of(resumed, "hold", "status", "leaves_qty") == (None, "pending", 10)
    assert status(trader, order_id) == "New"
    assert told(trader, order_id)[2:] == [(hold, "halt"), (HOLDS[hold][1], "over")]
    assert gaps(trader) == []


@pytest.mark.parametrize("hold", HOLDS)
def test_raw_sql_says_it_too(trader: Conn, hold: str) -> None:
    by_call, raw = working(trader), place(trader, time_in_force="gtc", broker_order_id="B-2")
    call(trader, "hold_order", by_call, hold)
    call(trader, "resume_order", by_call)
    update(trader, raw, hold=hold)
    held = order(trader, raw)
    assert (held["hold"], held["trade_date"] is None) == (hold, hold in LASTING)
    update(trader, raw, hold=None)
    assert event_types(trader, raw)[1:] == event_types(trader, by_call)[2:] == [hold, HOLDS[hold][1]]
    assert gaps(trader) == []


@pytest.mark.parametrize("hold", LASTING)
@pytest.mark.parametrize("end", ["mark_cancelled", "expire_order", "mark_rejected", "mark_failed"])
def test_an_end_ends_the_hold(trader: Conn, hold: str, end: str) -> None:
    order_id = working(trader)
    call(trader, "hold_order", order_id, hold)
    call(trader, end, order_id, *(["no margin"] if end.startswith("mark_") else []))
    assert order(trader, order_id)["hold"] is None
    before = snapshot(trader)
    call(trader, "hold_order", order_id, hold)
    assert snapshot(trader) == before, "an ended order isn't held"
    assert gaps(trader) == []


def test_bad_holds_are_refused(trader: Conn) -> None:
    order_id = working(trader)
    for hold in (None, "", "paused"):
        with refused(trader, "OM007", order_id=order_id, argument="hold"):
            call(trader, "hold_order", order_id, hold)
    for name, arguments in (("hold_order", ["stopped"]), ("resume_order", []), ("restate_order", [])):
        with refused(trader, "OM001", order_id=999):
            call(trader, name, 999, *arguments)
        with refused(trader, "OM008", order_id=order_id):
            call(trader, name, order_id, *arguments, expected_version=1)
