"""Busts and corrections: rows of fills that undo or replace an execution; matching runs again as if it had been so."""

from __future__ import annotations

import pytest

from support.fold_orders import call, execute, held, place, raw_fill, update
from support.fold_tables import Conn, event_types, events, gaps, order, refused, value


def test_a_bust_opens_again_what_it_had_closed(trader: Conn) -> None:
    entry, exit_ = place(trader), place(trader, side="sell")
    execute(trader, entry, exec_id="in")
    execute(trader, exit_, 10, 110, exec_id="out")
    raw_fill(trader, order_id=exit_, kind="cancel", exec_ref_id="out")
    busted, reopened = order(trader, exit_), order(trader, entry)
    assert (busted["status"], busted["execution_qty"], busted["leaves_qty"]) == ("pending", 0, 10)
    assert (busted["execution_price"], busted["closed_at"], busted["execution_time"]) == (None, None, None)
    assert (reopened["status"], reopened["open_qty"], reopened["closed_at"]) == ("ongoing", 10, None)
    assert event_types(trader, exit_)[-1] == "busted"
    assert event_types(trader, entry)[-1] == "reopened"
    assert held(trader) == 10
    execute(trader, exit_, 10, 111)
    assert order(trader, entry)["status"] == "closed"
    assert gaps(trader) == []


def test_a_bust_of_a_cancelled_rest(trader: Conn) -> None:
    order_id = place(trader)
    execute(trader, order_id, 4, exec_id="in")
    call(trader, "mark_cancelled", order_id)
    raw_fill(trader, order_id=order_id, kind="cancel", exec_ref_id="in")
    busted = order(trader, order_id)
    assert (busted["status"], busted["cancelled_qty"], busted["leaves_qty"]) == ("cancelled", 10, 0)
    assert busted["closed_at"] == busted["updated_at"]
    assert held(trader) == 0
    assert gaps(trader) == []


@pytest.mark.parametrize(("quantity", "price", "left"), [(8, 100, -1), (10, 90, 1), (3, 101, -6), (9, 100, 0)])
def test_a_correction_takes_the_place_of_what_it_corrects(trader: Conn, quantity: int, price: int, left: int) -> None:
    entry, later, exit_ = place(trader), place(trader), place(trader, side="sell", quantity=9)
    execute(trader, entry, 10, 100, exec_id="in")
    execute(trader, exit_, 9, 110)
    raw_fill(trader, order_id=entry, kind="correct", exec_ref_id="in", exec_id="in2", quantity=quantity, price=price)
    corrected = order(trader, entry)
    assert (corrected["execution_qty"], corrected["execution_price"]) == (quantity, price)
    assert corrected["open_qty"] == max(left, 0)
    assert order(trader, exit_)["open_qty"] == max(-left, 0)
    assert held(trader) == left
    assert event_types(trader, entry)[-1] == "corrected"
    execute(trader, later, 5, 120)
    assert held(trader) == left + 5
    if left > 0:
        assert value(trader, "SELECT array_agg(order_id ORDER BY fill_id) FROM oms.position_lots") == [entry, later]
    assert gaps(trader) == []


def test_a_corrected_execution_stays_first_in_the_queue(trader: Conn) -> None:
    first, second = place(trader), place(trader)
    execute(trader, first, 10, 100, exec_id="in")
    execute(trader, second, 10, 200)
    raw_fill(trader, order_id=first, kind="correct", exec_ref_id="in", exec_id="in2", quantity=10, price=110)
    raw_fill(trader, order_id=first, kind="correct", exec_ref_id="in2", quantity=9, price=111)
    execute(trader, place(trader, side="sell", quantity=9), price=150)
    assert [order(trader, order_id)["open_qty"] for order_id in (first, second)] == [0, 10]
    assert value(trader, "SELECT average_price FROM oms.positions") == 200
    assert gaps(trader) == []


def test_busts_and_executions_in_one_statement(trader: Conn) -> None:
    """A day's reports as one batch: what is legal one by one is legal together."""
    order_id = place(trader)
    trader.execute(
        "INSERT INTO oms.fills (order_id, exec_id, kind, exec_ref_id, quantity, price) VALUES"
        " (%(id)s, 'a', 'trade', NULL, 2, 100), (%(id)s, 'b', 'trade', NULL, 3, 101),"
        " (%(id)s, 'c', 'cancel', 'a', NULL, NULL), (%(id)s, 'd', 'correct', 'b', 4, 102)",
        {"id": order_id},
    )
    booked = order(trader, order_id)
    assert (booked["status"], booked["execution_qty"], booked["execution_price"]) == ("ongoing", 4, 102)
    assert [event["exec_id"] for event in events(trader, order_id)] == [None, "a", "b", "c", "d"]
    assert gaps(trader) == []


@pytest.mark.parametrize("bust", [False, True])
def test_a_release_of_what_the_same_statement_takes(trader: Conn, bust: bool) -> None:
    """It is refused, whether or not something else of that statement has all its books matched anew."""
    entry, exit_, other = place(trader, side="sell"), place(trader), place(trader, "TCS")
    execute(trader, entry, 1)
    execute(trader, other, exec_id="in")
    values = [f"({exit_}, 'trade', NULL, 1, 100)", f"({entry}, 'adjust', NULL, 1, NULL)"]
    if bust:
        values.insert(1, f"({other}, 'cancel', 'in', NULL, NULL)")
    query = f"INSERT INTO oms.fills (order_id, kind, exec_ref_id, quantity, price) VALUES {', '.join(values)}"
    with refused(trader, "OM007", order_id=entry, argument="quantity"):
        trader.execute(query.encode())


def test_a_bust_finds_nothing_of_a_release(trader: Conn) -> None:
    order_id = place(trader)
    execute(trader, order_id, exec_id="in")
    update(trader, order_id, status="closed")
    raw_fill(trader, order_id=order_id, kind="cancel", exec_ref_id="in")
    assert order(trader, order_id)["execution_qty"] == 0
    assert held(trader) == 0
    assert gaps(trader) == []
