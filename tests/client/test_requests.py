"""Requests to cancel or replace: what each call returns, and how its refusals are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from psycopg import Connection

from orderstamp import (
    DuplicateMismatch,
    IllegalTransition,
    InvalidArgument,
    Order,
    OrderNotFound,
    Orderstamp,
    WrongAccount,
)


@pytest.fixture
def order(client: Orderstamp) -> Order:
    """A working order, known as a, B-1 at the broker."""
    placed = client.place_order("INFY", "buy", 10, "limit", 100, client_order_id="a")
    return client.accept_order(placed.order_id, "B-1")


def test_a_replace_is_asked_acknowledged_and_granted(client: Orderstamp, order: Order) -> None:
    asked = client.request_replace("a", "a-2", 12, Decimal("101.5"), reason="chase")
    assert (asked.client_order_id, asked.orig_client_order_id, asked.order_id) == ("a-2", "a", order.order_id)
    assert (asked.kind, asked.state, asked.reason, asked.actor) == ("replace", "received", "chase", "ana")
    assert (asked.quantity, asked.limit_price, asked.stop_price) == (Decimal(12), Decimal("101.5"), None)
    assert (asked.account, asked.db_user, asked.pending_at, asked.decided_at) == ("default", "trader", None, None)
    assert client.get_order(order.order_id).quantity == 10, "asking changes no terms"
    pending = client.acknowledge_request("a-2")
    assert pending.state == "pending"
    assert pending.pending_at is not None
    assert client.fix_fields(order.order_id).ord_status == "Pending Replace"
    granted = client.accept_request("a-2", limit_price=101, broker_order_id="B-2")
    assert granted.state == "accepted"
    assert granted.decided_at is not None
    assert (granted.granted_quantity, granted.granted_limit_price) == (Decimal(12), Decimal(101))
    changed = client.get_order(order.order_id)
    assert (changed.quantity, changed.limit_price, changed.broker_order_id) == (Decimal(12), Decimal(101), "B-2")
    fix = client.fix_fields(order.order_id)
    assert (fix.ord_status, fix.cl_ord_id, fix.order_id) == ("New", "a-2", "B-2")


def test_a_cancel_is_asked_and_granted(client: Orderstamp, order: Order) -> None:
    client.mark_executed(order.order_id, 100, 4, exec_id="1")
    asked = client.request_cancel("a", "a-2", "end of day")
    assert (asked.kind, asked.state, asked.reason) == ("cancel", "received", "end of day")
    assert client.accept_request("a-2").state == "accepted"
    changed = client.get_order(order.order_id)
    assert (changed.status, changed.end_reason, changed.cancelled_qty) == ("ongoing", "cancelled", Decimal(6))


def test_a_request_is_refused(client: Orderstamp, order: Order) -> None:
    client.request_cancel("a", "a-2")
    refused = client.reject_request("a-2", "too late to cancel")
    assert (refused.state, refused.rejection_reason) == ("rejected", "too late to cancel")
    assert refused.decided_at is not None
    assert client.get_order(order.order_id).status == "pending"
    assert client.fix_fields(order.order_id).ord_status == "New"


def test_repeating_changes_nothing(client: Orderstamp, order: Order) -> None:
    asked = client.request_replace("a", "a-2", 12)
    assert client.request_replace("a", "a-2", 12) == asked
    pending = client.acknowledge_request("a-2")
    assert client.acknowledge_request("a-2") == pending
    assert client.request_replace("a", "a-2", 12) == pending
    granted = client.accept_request("a-2")
    assert client.accept_request("a-2") == granted
    asked = client.request_cancel("a-2", "a-3")
    assert client.request_cancel("a-2", "a-3") == asked
    refused = client.reject_request("a-3", "no")
    assert client.reject_request("a-3", "no") == refused
    assert client.get_order(order.order_id).version == client.timeline(order.order_id)[-1].seq


def test_a_request_for_nothing_is_rejected_at_once(client: Orderstamp, order: Order) -> None:
    unknown = client.request_cancel("nobody", "n-2")
    assert (unknown.order_id, unknown.state) == (None, "rejected")
    assert unknown.rejection_reason
    client.mark_cancelled(order.order_id)
    late = client.request_replace("a", "a-2", 12)
    assert (late.order_id, late.state) == (order.order_id, "rejected")
    assert late.rejection_reason


@pytest.mark.usefixtures("order")
def test_refusals(client: Orderstamp, trader: Connection[Any]) -> None:
    client.request_replace("a", "a-2", 12)
    with pytest.raises(DuplicateMismatch) as known:
        client.request_replace("a", "a-2", 13)
    assert known.value.detail["client_order_id"] == "a-2"
    with pytest.raises(DuplicateMismatch):
        client.request_cancel("a", "a-2")
    client.place_order("INFY", "buy", 10, client_order_id="b")
    with pytest.raises(DuplicateMismatch):
        client.request_cancel("a", "b")
    with pytest.raises(InvalidArgument) as own:
        client.request_cancel("a", "a")
    assert own.value.detail["argument"] == "client_order_id"
    for decide in (client.acknowledge_request, client.accept_request, client.reject_request):
        with pytest.raises(OrderNotFound) as missing:
            decide("a-9")
        assert missing.value.detail["client_order_id"] == "a-9"
    with pytest.raises(InvalidArgument) as negative:
        client.request_replace("a", "a-3", -1)
    assert negative.value.detail["argument"] == "quantity"
    with pytest.raises(WrongAccount):
        Orderstamp(trader, account="somebody else").request_cancel("a", "a-3")
    client.accept_request("a-2")
    with pytest.raises(IllegalTransition):
        client.reject_request("a-2")
    client.request_cancel("a-2", "a-4")
    client.reject_request("a-4")
    with pytest.raises(IllegalTransition) as decided:
        client.accept_request("a-4")
    assert decided.value.detail["from_state"] == "rejected"
