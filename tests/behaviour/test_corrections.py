"""Busts and corrections by call: idempotent, whatever has become of the order, and what follows from them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support.fold_orders import call, execute, held, place, reach
from support.fold_tables import Conn, event_types, events, gaps, order, refused, rows, snapshot
from support.report_calls import of, status, told


def _filled(conn: Conn, **named: Any) -> int:
    order_id = place(conn, **named)
    execute(conn, order_id, 4, 100, exec_id="e1")
    execute(conn, order_id, 6, 110, exec_id="e2")
    return order_id


def test_a_bust_of_a_filled_order(trader: Conn) -> None:
    order_id = _filled(trader)
    (busted,) = call(trader, "bust_fill", order_id, "e2", "erroneous", "e3", actor="ana")
    assert busted == order(trader, order_id)
    assert of(busted, "status", "execution_qty", "execution_price") == ("ongoing", 4, 100)
    assert of(busted, "leaves_qty", "open_qty") == (6, 4)
    last = events(trader, order_id)[-1]
    assert of(last, "event_type", "reason", "exec_id", "actor") == ("busted", "erroneous", "e3", "ana")
    assert of(last, "last_qty", "last_price") == (6, 110)
    assert (status(trader, order_id), held(trader)) == ("Partially Filled", Decimal(4))
    assert gaps(trader) == []


@pytest.mark.parametrize("new_exec_id", [None, "e3"])
def test_a_bust_again_changes_nothing(trader: Conn, new_exec_id: str | None) -> None:
    order_id = _filled(trader)
    call(trader, "bust_fill", order_id, "e2", new_exec_id=new_exec_id)
    before = snapshot(trader)
    for again in (None, new_exec_id):
        call(trader, "bust_fill", order_id, "e2", "again", new_exec_id=again, expected_version=1)
    assert snapshot(trader) == before
    for name, named in (("bust_fill", {"new_exec_id": "other"}), ("correct_fill", {"quantity": 5})):
        with refused(trader, "OM005", order_id=order_id):
            call(trader, name, order_id, "e2", **named)


def test_a_correction_again_changes_nothing(trader: Conn) -> None:
    order_id = _filled(trader)
    call(trader, "correct_fill", order_id, "e2", 5, 111, new_exec_id="e3")
    before = snapshot(trader)
    for named in ({"quantity": 5, "price": 111}, {"quantity": 5, "price": 111, "new_exec_id": "e3"}):
        call(trader, "correct_fill", order_id, "e2", **named)
    assert snapshot(trader) == before
    for other in ({"quantity": 4, "price": 111}, {"quantity": 5, "price": 111, "new_exec_id": "e4"}):
        with refused(trader, "OM005", order_id=order_id):
            call(trader, "correct_fill", order_id, "e2", **other)
    with refused(trader, "OM005", order_id=order_id):
        call(trader, "bust_fill", order_id, "e2")


def test_a_correction_keeps_what_isnt_said(trader: Conn) -> None:
    order_id = _filled(trader)
    call(trader, "correct_fill", order_id, "e1", quantity=3)
    call(trader, "correct_fill", order_id, "e2", price=120, reason="wrong price")
    fills = rows(trader, "SELECT exec_ref_id, quantity, price FROM oms.fills WHERE kind = 'correct' ORDER BY fill_id")
    assert [tuple(fill.values()) for fill in fills] == [("e1", 3, 100), ("e2", 6, 120)]
    assert of(order(trader, order_id), "status", "execution_qty", "leaves_qty") == ("ongoing", 9, 1)
    assert told(trader, order_id)[-1] == ("corrected", "wrong price")
    assert gaps(trader) == []


def test_a_correction_is_corrected_and_busted_by_its_own_id(trader: Conn) -> None:
    order_id = _filled(trader)
    call(trader, "correct_fill", order_id, "e2", 5, new_exec_id="e3")
    call(trader, "correct_fill", order_id, "e3", 4, new_exec_id="e4")
    call(trader, "bust_fill", order_id, "e4")
    assert order(trader, order_id)["execution_qty"] == 4
    assert event_types(trader, order_id)[-3:] == ["corrected", "corrected", "busted"]
    with refused(trader, "OM005", order_id=order_id):
        call(trader, "correct_fill", order_id, "e3", 6)
    assert gaps(trader) == []


@pytest.mark.parametrize(("name", "named"), [("bust_fill", {}), ("correct_fill", {"quantity": 1})])
def test_an_execution_nobody_knows(trader: Conn, name: str, named: dict[str, Any]) -> None:
    order_id, other = _filled(trader), place(trader, "TCS")
    execute(trader, other, exec_id="t1")
    call(trader, "bust_fill", order_id, "e2", new_exec_id="e3")
    for exec_id in ("nobody", "t1", "e3"):
        with refused(trader, "OM007", argument="exec_ref_id"):
            call(trader, name, order_id, exec_id, **named)
    with refused(trader, "OM007", argument="exec_id"):
        call(trader, name, order_id, None, **({"quantity": 1} if name == "correct_fill" else {}))
    with refused(trader, "OM001", order_id=999):
        call(trader, name, 999, "e1", **named)


def test_bad_corrections_are_refused(trader: Conn) -> None:
    order_id = _filled(trader)
    for argument, value in (("quantity", 0), ("quantity", -1), ("price", 0), ("price", "NaN")):
        with refused(trader, "OM007", argument=argument):
            call(trader, "correct_fill", order_id, "e2", **{argument: value})
    with refused(trader, "OM006", order_id=order_id):
        call(trader, "correct_fill", order_id, "e2", quantity=7)
    with refused(trader, "OM007", argument="quantity"):
        call(trader, "correct_fill", order_id, "e2")
    for name, said in (("bust_fill", {}), ("correct_fill", {"quantity": 5})):
        with refused(trader, "OM005", order_id=order_id):
            call(trader, name, order_id, "e2", new_exec_id="e1", **said)
        with refused(trader, "OM008", order_id=order_id):
            call(trader, name, order_id, "e2", expected_version=1, **said)


def test_a_bust_opens_a_closed_order_and_what_it_had_closed(trader: Conn) -> None:
    entry, exit_ = _filled(trader), place(trader, side="sell")
    execute(trader, exit_, 10, 120, exec_id="out")
    assert [of(order(trader, each), "status", "open_qty") for each in (entry, exit_)] == [("closed", 0)] * 2
    call(trader, "bust_fill", entry, "e1")
    opened = order(trader, entry)
    assert of(opened, "status", "execution_qty", "open_qty", "closed_at") == ("ongoing", 6, 0, None)
    assert of(order(trader, exit_), "status", "open_qty") == ("ongoing", 4)
    call(trader, "bust_fill", exit_, "out")
    assert of(order(trader, exit_), "status", "open_qty") == ("pending", 0)
    assert (order(trader, entry)["open_qty"], held(trader)) == (6, Decimal(6))
    assert gaps(trader) == []


@pytest.mark.parametrize("rest", ["held", "closed"])
def test_a_cancelled_order_stays_cancelled(trader: Conn, rest: str) -> None:
    order_id = reach(trader, f"part filled, remainder cancelled, {rest}", "INFY")
    (fill,) = rows(trader, "SELECT exec_id FROM oms.fills WHERE order_id = %s", [order_id])
    call(trader, "correct_fill", order_id, fill["exec_id"], quantity=3, new_exec_id="c")
    corrected = order(trader, order_id)
    assert of(corrected, "execution_qty", "cancelled_qty", "leaves_qty", "end_reason") == (3, 7, 0, "cancelled")
    assert status(trader, order_id) == "Canceled"
    call(trader, "bust_fill", order_id, "c")
    assert of(order(trader, order_id), "status", "cancelled_qty", "leaves_qty") == ("cancelled", 10, 0)
    assert status(trader, order_id) == "Canceled"
    assert gaps(trader) == []
