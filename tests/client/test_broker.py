"""What a broker says by itself: busts, corrections, holds, restatements, FIX's own words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from orderstamp import DuplicateMismatch, InvalidArgument, Order, OrderNotFound, Orderstamp, StaleVersion


@pytest.fixture
def order(client: Orderstamp) -> Order:
    """A working order of ten, four of them executed at 100."""
    placed = client.place_order("INFY", "buy", 10, "limit", 100, time_in_force="gtc", client_order_id="a")
    client.accept_order(placed.order_id, "B-1")
    return client.mark_executed(placed.order_id, 100, 4, exec_id="1")


def test_a_cash_order_learns_its_quantity(client: Orderstamp) -> None:
    placed = client.place_order("INFY", "buy", None, client_order_id="a", cash_quantity=1000)
    assert (placed.quantity, placed.leaves_qty) == (None, None)
    accepted = client.accept_order(placed.order_id, "B-1", Decimal("9.75"))
    assert (accepted.quantity, accepted.leaves_qty) == (Decimal("9.75"), Decimal("9.75"))
    assert client.accept_order(placed.order_id, "B-1", Decimal("9.75")) == accepted


def test_an_execution_is_busted(client: Orderstamp, order: Order) -> None:
    busted = client.bust_fill(order.order_id, "1", "clearly erroneous", "2")
    assert (busted.status, busted.execution_qty, busted.leaves_qty) == ("pending", Decimal(0), Decimal(10))
    assert busted.open_qty == 0
    assert client.bust_fill(order.order_id, "1", "clearly erroneous", "2") == busted
    event = client.timeline(order.order_id)[-1]
    assert (event.event_type, event.exec_id, event.reason) == ("busted", "2", "clearly erroneous")
    with pytest.raises(DuplicateMismatch):
        client.correct_fill(order.order_id, "1", price=99)


def test_an_execution_is_corrected(client: Orderstamp, order: Order) -> None:
    corrected = client.correct_fill(order.order_id, "1", price=Decimal("99.5"), new_exec_id="2")
    assert (corrected.execution_qty, corrected.execution_price) == (Decimal(4), Decimal("99.5"))
    assert client.correct_fill(order.order_id, "1", price=Decimal("99.5"), new_exec_id="2") == corrected
    corrected = client.correct_fill(order.order_id, "2", 5, reason="one more", new_exec_id="3")
    assert (corrected.execution_qty, corrected.execution_price) == (Decimal(5), Decimal("99.5"))
    assert corrected.leaves_qty == 5
    with pytest.raises(DuplicateMismatch):
        client.bust_fill(order.order_id, "1")


def test_an_execution_that_nobody_knows_is_refused(client: Orderstamp, order: Order) -> None:
    with pytest.raises(InvalidArgument) as busted:
        client.bust_fill(order.order_id, "9")
    assert busted.value.detail["argument"] == "exec_ref_id"
    with pytest.raises(InvalidArgument) as corrected:
        client.correct_fill(order.order_id, "9", 5)
    assert corrected.value.detail["argument"] == "exec_ref_id"
    with pytest.raises(OrderNotFound):
        client.bust_fill(order.order_id + 1_000_000, "1")
    with pytest.raises(OrderNotFound):
        client.correct_fill(order.order_id + 1_000_000, "1", 5)
    with pytest.raises(StaleVersion):
        client.bust_fill(order.order_id, "1", expected_version=1)
    with pytest.raises(StaleVersion):
        client.correct_fill(order.order_id, "1", 5, expected_version=1)


def test_an_order_is_held_and_resumed(client: Orderstamp, order: Order) -> None:
    held = client.hold_order(order.order_id, "suspended", "halted", date(2026, 3, 2))
    assert (held.hold, held.trade_date, held.status) == ("suspended", date(2026, 3, 2), "ongoing")
    assert client.hold_order(order.order_id, "suspended", "halted", date(2026, 3, 2)) == held
    assert client.fix_fields(order.order_id).ord_status == "Suspended"
    resumed = client.resume_order(order.order_id, "open again", date(2026, 3, 3))
    assert (resumed.hold, resumed.trade_date) == (None, date(2026, 3, 3))
    assert client.resume_order(order.order_id) == resumed
    with pytest.raises(InvalidArgument) as unknown:
        client.hold_order(order.order_id, "paused")  # type: ignore[arg-type]
    assert unknown.value.detail["argument"] == "hold"
    for call in (client.resume_order, client.restate_order):
        with pytest.raises(OrderNotFound):
            call(order.order_id + 1_000_000)
        with pytest.raises(StaleVersion):
            call(order.order_id, expected_version=1)
    with pytest.raises(OrderNotFound):
        client.hold_order(order.order_id + 1_000_000, "suspended")
    with pytest.raises(StaleVersion):
        client.hold_order(order.order_id, "suspended", expected_version=1)
    ended = client.mark_cancelled(order.order_id)
    assert client.hold_order(order.order_id, "suspended") == ended, "an order that has ended isn't suspended"


def test_a_day_order_ends_with_its_day(client: Orderstamp) -> None:
    placed = client.place_order("INFY", "buy", 10, client_order_id="a")
    done = client.hold_order(placed.order_id, "done_for_day")
    assert (done.status, done.end_reason, done.cancelled_qty) == ("cancelled", "done_for_day", Decimal(10))
    assert done.closed_at is not None


def test_a_broker_restates(client: Orderstamp, order: Order) -> None:
    restated = client.restate_order(order.order_id, 9, Decimal("99.5"), reason="odd lot")
    assert (restated.quantity, restated.limit_price, restated.leaves_qty) == (Decimal(9), Decimal("99.5"), Decimal(5))
    assert restated.restated_at == restated.updated_at
    held = client.hold_order(order.order_id, "done_for_day", trade_date=date(2026, 3, 2))
    assert held.hold == "done_for_day"
    renewed = client.restate_order(order.order_id, trade_date=date(2026, 3, 3))
    assert (renewed.hold, renewed.trade_date) == (None, date(2026, 3, 3))
    split = client.restate_order(order.order_id, split_ratio=2)
    assert (split.quantity, split.execution_qty, split.execution_price) == (Decimal(18), Decimal(8), Decimal(50))
    with pytest.raises(StaleVersion):
        client.restate_order(order.order_id, split_ratio=2, expected_version=renewed.version)
    with pytest.raises(InvalidArgument) as nothing:
        client.restate_order(order.order_id, split_ratio=0)
    assert nothing.value.detail["argument"] == "split_ratio"


def test_an_order_in_the_words_of_fix(client: Orderstamp, order: Order) -> None:
    fix = client.fix_fields(order.order_id)
    assert (fix.ord_status, fix.cl_ord_id, fix.orig_cl_ord_id, fix.order_id) == ("Partially Filled", "a", None, "B-1")
    assert (fix.order_qty, fix.cum_qty, fix.leaves_qty) == (Decimal(10), Decimal(4), Decimal(6))
    assert (fix.day_order_qty, fix.day_cum_qty, fix.avg_px) == (Decimal(10), Decimal(4), Decimal(100))
    assert type(fix.avg_px) is Decimal
    with pytest.raises(OrderNotFound):
        client.fix_fields(order.order_id + 1_000_000)


def test_an_order_that_nobody_knows_in_the_words_of_fix(client: Orderstamp) -> None:
    fix = client.fix_fields(None)
    assert (fix.ord_status, fix.order_id) == ("Rejected", "NONE")
    assert (fix.order_qty, fix.cum_qty, fix.leaves_qty) == (Decimal(0), Decimal(0), Decimal(0))
    assert (fix.avg_px, fix.cl_ord_id, fix.orig_cl_ord_id) == (None, None, None)
