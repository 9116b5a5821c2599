"""When a failed order is tried again, and when no more."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from support.clock import Clock
from support.fold_orders import call
from support.fold_tables import Conn, order
from support.retry_calls import again, claim, failed, monday, queue, rejected, state

IST = "+05:30"


@pytest.fixture
def clock(owner: Conn) -> Clock:
    """The market is open."""
    return monday(owner)


def test_back_off_is_exact(trader: Conn, clock: Clock) -> None:
    order_id = failed(trader)
    for number, seconds in enumerate((30, 60, 120, 240, 480), 1):
        found = queue(trader, order_id)
        failed_at = order(trader, order_id)["updated_at"]
        assert (found["failed_at"], found["failures"]) == (failed_at, number)
        assert found["due_at"] == failed_at + timedelta(seconds=seconds)
        clock.set(found["due_at"] - timedelta(microseconds=1))
        assert (state(trader, order_id), claim(trader)) == ("waiting", [])
        clock.set(found["due_at"])
        assert (state(trader, order_id), claim(trader)) == ("due", [order_id])
        again(trader, order_id, "connection refused", "mark_failed")
    # Six attempts, five of them retries: no more.
    assert queue(trader, order_id)["failures"] == 6
    clock.forward(hours=2)
    assert (state(trader, order_id), claim(trader)) == ("exhausted", [])
    assert queue(trader, order_id)["due_at"] is None


def test_back_off_follows_its_policy(owner: Conn, trader: Conn, clock: Clock) -> None:
    owner.execute(
        "UPDATE oms.retry_policies SET max_retries = 100, first_delay = '10 s', factor = 3, max_delay = '1 min',"
        " circuit = 1000 WHERE class = 'transient'"
    )
    order_id = failed(trader)
    for seconds in (10, 30, 60, 60):
        found = queue(trader, order_id)
        assert found["due_at"] - found["failed_at"] == timedelta(seconds=seconds)
        clock.forward(minutes=5)
        again(trader, order_id, "connection refused", "mark_failed")
    # Failing without end overflows nothing.
    owner.execute("UPDATE oms.retry_policies SET factor = 10, max_delay = '1 year' WHERE class = 'transient'")
    for number in range(90):
        call(trader, "mark_failed", order_id, f"attempt {number}")
    found = queue(trader, order_id)
    assert (found["failures"], found["due_at"] - found["failed_at"]) == (95, timedelta(days=365.25))


def test_money_takes_longer(trader: Conn, clock: Clock) -> None:
    order_id = rejected(trader, "RMS:Margin Exceeds,Required:95417.84")
    assert queue(trader, order_id)["due_at"] == order(trader, order_id)["updated_at"] + timedelta(minutes=15)
    clock.forward(hours=1)
    again(trader, order_id, "RMS:Margin Exceeds,Required:95417.85")
    assert queue(trader, order_id)["due_at"] == order(trader, order_id)["updated_at"] + timedelta(minutes=30)


def test_a_closed_market_is_tried_at_its_next_open(trader: Conn, clock: Clock) -> None:
    clock.set(f"2026-01-09 16:00{IST}")
    order_id = rejected(trader, "Exchange closed")
    assert queue(trader, order_id)["due_at"] == clock.set(f"2026-01-12 09:15{IST}")
    assert claim(trader) == [order_id]


def test_the_unknown_gets_one_more_chance(trader: Conn, clock: Clock) -> None:
    order_id = rejected(trader)
    clock.forward(minutes=5, seconds=-1)
    assert claim(trader) == []
    clock.forward(seconds=2)
    assert claim(trader) == [order_id]
    again(trader, order_id, "Computer says never")
    clock.forward(hours=1)
    assert (state(trader, order_id), claim(trader)) == ("exhausted", [])


def test_a_permanent_rejection_is_never_handed_out(owner: Conn, trader: Conn, clock: Clock) -> None:
    order_id = rejected(trader, "Unknown symbol")
    for _ in range(30):
        clock.forward(minutes=11)
        assert claim(trader) == []
    assert state(trader, order_id) == "permanent"
    # Not even by another policy.
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE oms.retry_policies SET max_retries = 1 WHERE class = 'permanent'")


def test_identical_rejections_open_the_circuit(trader: Conn, clock: Clock) -> None:
    order_id = rejected(trader, "RMS:Margin Exceeds,Required:95417.84, Available:0.00")
    for amount in ("1,95,417.10", "2.5"):
        clock.forward(hours=1)
        assert claim(trader) == [order_id]
        again(trader, order_id, f"rms:margin exceeds,required:{amount}, Available:0.00")
    found = queue(trader, order_id)
    assert (found["state"], found["identical_rejections"], found["failures"]) == ("circuit_open", 3, 3)
    clock.forward(hours=2)
    assert claim(trader) == []
    # A human may: the circuit stays open until something else is said.
    again(trader, order_id, "RMS:Margin Exceeds,Required:1.00, Available:0.00")
    assert state(trader, order_id) == "circuit_open"
    again(trader, order_id, "too many requests")
    assert (state(trader, order_id), queue(trader, order_id)["identical_rejections"]) == ("waiting", 1)


def test_other_rejections_in_between_close_it(trader: Conn, clock: Clock) -> None:
    texts = ("Too many requests", "Server busy", "Too many requests", "Too many requests 2")
    order_id = rejected(trader, "Too many requests")
    counted = []
    for text in texts:
        clock.forward(minutes=10)
        again(trader, order_id, text)
        counted.append(queue(trader, order_id)["identical_rejections"])
    assert counted == [2, 1, 1, 1]


def test_failing_to_reach_the_broker_is_no_refusal(trader: Conn, clock: Clock) -> None:
    """An outage of ten minutes is not the broker's word; neither does it take that back."""
    order_id = failed(trader)
    for _ in range(3):
        clock.forward(minutes=10)
        assert claim(trader) == [order_id]
        again(trader, order_id, "connection refused", "mark_failed")
    assert (state(trader, order_id), queue(trader, order_id)["identical_rejections"]) == ("waiting", 0)
    other = rejected(trader, "busy")
    again(trader, other, "busy")
    again(trader, other, "connection refused", "mark_failed")
    assert (state(trader, other), queue(trader, other)["identical_rejections"]) == ("waiting", 2)
    again(trader, other, "busy")
    assert state(trader, other) == "circuit_open"
    again(trader, other, "connection refused", "mark_failed")
    assert state(trader, other) == "circuit_open"
