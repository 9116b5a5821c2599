"""What the calls return, and that repeating one with the same ids changes nothing."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg import Connection

from orderstamp import DuplicateMismatch, Orderstamp

Conn = Connection[Any]


def events(client: Orderstamp, order_id: int) -> list[str]:
    return [event.event_type for event in client.timeline(order_id)]


def test_an_order_from_entry_to_exit(client: Orderstamp) -> None:
    entry = client.place_order("INFY", "buy", 10, "limit", Decimal("102.5"), client_order_id="entry", variety="amo")
    assert (entry.status, entry.reason) == ("pending", "Order placed - waiting for market open")
    assert (entry.quantity, entry.leaves_qty, entry.version) == (Decimal(10), Decimal(10), 1)
    happened = datetime(2026, 3, 2, 9, 15, 0, 123456, tzinfo=UTC)
    entry = client.mark_executed(entry.order_id, Decimal("102.5"), exec_id="T-1", occurred_at=happened)
    assert (entry.status, entry.reason) == ("ongoing", "Order executed at Rs 102.50")
    assert entry.execution_time == happened
    exit_order = client.place_order("INFY", "sell", 10, client_order_id="exit")
    client.mark_executed(exit_order.order_id, 104, exec_id="T-2")
    entry = client.get_order(entry.order_id)
    assert (entry.status, entry.open_qty) == ("closed", Decimal(0))
    assert entry.closed_at == entry.updated_at
    timeline = client.timeline(entry.order_id)
    assert [event.event_type for event in timeline] == ["placed", "executed", "closed"]
    assert [event.actor for event in timeline] == ["ana"] * 3
    assert timeline[0].since_previous is None
    assert timeline[1].since_previous == timeline[1].recorded_at - timeline[0].recorded_at > timedelta(0)
    assert (timeline[1].exec_id, timeline[1].last_qty, timeline[1].last_price) == ("T-1", Decimal(10), Decimal("102.5"))
    assert timeline[1].changes["execution_price"] == Decimal("102.5")
    assert type(timeline[1].changes["execution_price"]) is Decimal


def test_results_are_frozen(client: Orderstamp) -> None:
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    with pytest.raises(FrozenInstanceError):
        order.status = "closed"  # type: ignore[misc]
    assert order == client.get_order(order.order_id)


def test_placing_twice_is_placing_once(client: Orderstamp) -> None:
    first = client.place_order("INFY", "buy", 10, client_order_id="a", metadata={"strategy": "gap"})
    client.modify_order(first.order_id, quantity=12)
    again = client.place_order("INFY", "buy", 10, client_order_id="a", metadata={"strategy": "gap"})
    assert (again.order_id, again.quantity, again.version) == (first.order_id, Decimal(12), 2)
    with pytest.raises(DuplicateMismatch) as caught:
        client.place_order("INFY", "buy", 10, client_order_id="a")
    assert caught.value.detail["client_order_id"] == "a"
    assert events(client, first.order_id) == ["placed", "quantity_adjusted"]


def test_booking_twice_is_booking_once(client: Orderstamp) -> None:
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    first = client.mark_executed(order.order_id, 100, 4, exec_id="1")
    assert client.mark_executed(order.order_id, 100, 4, exec_id="1") == first
    with pytest.raises(DuplicateMismatch):
        client.mark_executed(order.order_id, 100, 5, exec_id="1")
    assert events(client, order.order_id) == ["placed", "executed"]


def test_ends_can_be_repeated(client: Orderstamp) -> None:
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    cancelled = client.mark_cancelled(order.order_id)
    assert client.mark_cancelled(order.order_id) == cancelled
    order = client.place_order("INFY", "buy", 10, client_order_id="b")
    rejected = client.mark_rejected(order.order_id, "no margin")
    assert client.mark_rejected(order.order_id, "no margin") == rejected
    assert rejected.reason == "Broker rejected: no margin"
    order = client.place_order("INFY", "buy", 10, client_order_id="c")
    expired = client.expire_order(order.order_id)
    assert client.expire_order(order.order_id) == expired
    manual = client.record_manual_order("WEB-1", "INFY", "buy", 5)
    assert client.record_manual_order("WEB-1", "INFY", "buy", 5) == manual


def test_ids_are_required(client: Orderstamp) -> None:
    with pytest.raises(TypeError, match="client_order_id"):
        client.place_order("INFY", "buy", 10)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="exec_id"):
        client.mark_executed(1, 100)  # type: ignore[call-arg]


def test_pages_follow_each_other(client: Orderstamp) -> None:
    placed = [client.place_order("INFY", "buy", n + 1, client_order_id=f"c-{n}").order_id for n in range(7)]
    client.mark_cancelled(placed[0])
    seen: list[int] = []
    page = client.list_orders(max_rows=3)
    while page:
        seen += [order.order_id for order in page]
        page = client.list_orders(updated_since=page[-1].updated_at, after=page[-1].order_id, max_rows=3)
    assert seen == [*placed[1:], placed[0]]
    assert [order.order_id for order in client.list_orders("cancelled")] == [placed[0]]


def test_numbers_stay_exact(client: Orderstamp) -> None:
    price = Decimal("0.1000000000000000000000000000000001")
    order = client.place_order("BTC", "buy", Decimal("0.3"), "limit", price, client_order_id="a")
    assert (order.quantity, order.limit_price) == (Decimal("0.3"), price)
    assert client.timeline(order.order_id)[0].changes["limit_price"] == price
    large = client.place_order("SHIB", "buy", 10**18, client_order_id="b")
    assert large.quantity == 10**18


def test_a_position_is_set_and_closed(client: Orderstamp) -> None:
    order = client.place_order("INFY", "buy", 10, client_order_id="a", book="swing")
    client.mark_executed(order.order_id, 100, exec_id="1")
    position = client.adjust_position("INFY", 12, 90, book="swing")
    assert position.average_price is not None
    assert (position.quantity, round(position.average_price, 4)) == (Decimal(12), Decimal("98.3333"))
    (closed,) = client.close_position("INFY", 101, "square off", "swing")
    assert (closed.order_id, closed.status) == (order.order_id, "closed")
    position = client.adjust_position("INFY", 0, book="swing")
    assert position.quantity == 0
    assert position.average_price is None
    assert position.closed_at is not None


def test_the_past_can_be_asked(client: Orderstamp) -> None:
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    later = client.mark_cancelled(order.order_id)
    assert client.order_as_of(order.order_id, order.updated_at) == order
    then = client.order_as_of(order.order_id, later.updated_at)
    assert then is not None
    assert then.status == "cancelled"
    assert client.order_as_of(order.order_id, order.placed_at - timedelta(microseconds=1)) is None
