"""Failed orders by the client: what a worker takes, sends, and must not send."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from orderstamp import AsyncOrderstamp, InvalidArgument, Order, Orderstamp, StaleVersion, WrongAccount
from support.clock import Clock

Conn = Connection[Any]


@pytest.fixture
def clock(owner: Conn) -> Clock:
    """Monday noon in Mumbai."""
    return Clock(owner, "2026-01-05 12:00+05:30")


@pytest.fixture
def failed(client: Orderstamp, clock: Clock) -> Order:
    """An order that failed and is due."""
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    failed = client.mark_failed(order.order_id, "connection refused")
    clock.forward(minutes=1)
    return failed


def test_a_worker_claims_retries_and_sends(client: Orderstamp, failed: Order) -> None:
    (claimed,) = client.claim_retries("w1")
    assert claimed == failed
    pending = client.retry_order(claimed.order_id, expected_version=claimed.version)
    assert (pending.status, pending.retry_count) == ("pending", 1)
    assert client.claim_retries("w1") == []


def test_a_late_worker_is_told(client: Orderstamp, clock: Clock, failed: Order) -> None:
    (first,) = client.claim_retries("w1", lease=timedelta(seconds=5))
    clock.forward(seconds=5)
    (second,) = client.claim_retries("w2", 1)
    assert first == second == failed
    client.retry_order(second.order_id, expected_version=second.version)
    with pytest.raises(StaleVersion):
        client.retry_order(first.order_id, expected_version=first.version)


def test_the_window_of_a_failed_order(client: Orderstamp, clock: Clock, failed: Order) -> None:
    assert client.expire_orders() == []
    clock.set("2026-01-06 15:30+05:30")
    (ended,) = client.expire_orders("given up")
    assert (ended.order_id, ended.status, ended.end_reason, ended.reason) == (
        *(failed.order_id, "cancelled", "expired", "given up"),
    )
    assert client.timeline(ended.order_id)[-1].actor == "ana"
    assert client.expire_orders() == []


@pytest.mark.parametrize(
    "arguments", [(" ",), ("w", 0), ("w", 1, timedelta(0)), ("w", 1, timedelta(seconds=-1))], ids=str
)
def test_bad_arguments(client: Orderstamp, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidArgument) as error:
        client.claim_retries(*arguments)
    assert error.value.hint


def test_another_account(trader: Conn) -> None:
    other = Orderstamp(trader, "other")
    with pytest.raises(WrongAccount):
        other.claim_retries("w")
    with pytest.raises(WrongAccount):
        other.expire_orders()


@pytest.mark.usefixtures("failed")
async def test_awaited(async_client: AsyncOrderstamp) -> None:
    (claimed,) = await async_client.claim_retries("w1")
    assert claimed.status == "failed"
    assert await async_client.expire_orders() == []
