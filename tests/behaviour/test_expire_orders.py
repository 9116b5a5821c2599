"""Until when a failed order may be tried again, and what ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from support.clock import Clock
from support.fold_orders import call, place
from support.fold_tables import Conn, gaps, order, refused, row, snapshot
from support.retry_calls import again, claim, failed, monday, queue, rejected, state

IST = "+05:30"


@pytest.fixture
def clock(owner: Conn) -> Clock:
    """The market is open."""
    return monday(owner)


def _expired(conn: Conn, *arguments: Any, **named: Any) -> list[int]:
    return [ended["order_id"] for ended in call(conn, "expire_orders", *arguments, **named)]


@pytest.mark.parametrize(
    ("failed", "expires"),
    [
        ("2026-01-06 08:00+05:30", "2026-01-06 15:30+05:30"),
        ("2026-01-06 09:14:59+05:30", "2026-01-06 15:30+05:30"),
        ("2026-01-06 09:15+05:30", "2026-01-07 15:30+05:30"),
        ("2026-01-06 12:00+05:30", "2026-01-07 15:30+05:30"),
        ("2026-01-06 15:30+05:30", "2026-01-07 15:30+05:30"),
        ("2026-01-07 20:00+05:30", "2026-01-09 15:30+05:30"),
        ("2026-01-09 12:00+05:30", "2026-01-12 15:30+05:30"),
        ("2026-01-10 12:00+05:30", "2026-01-12 15:30+05:30"),
        ("2026-01-16 12:00+05:30", "2026-01-19 15:30+05:30"),
    ],
)
def test_a_failed_order_lives_to_the_close_of_the_next_session(
    owner: Conn, trader: Conn, clock: Clock, failed: str, expires: str
) -> None:
    """Thursday the 8th is a holiday; the calendar ends on the 14th."""
    days = "{2026-01-05,2026-01-06,2026-01-07,2026-01-09,2026-01-12,2026-01-13,2026-01-14}"
    owner.execute(
        "SELECT oms.load_sessions('XNSE', '2026-01-05', '2026-01-14', array_agg(day ORDER BY day),"
        " array_agg((day + time '09:15') AT TIME ZONE 'Asia/Kolkata' ORDER BY day),"
        " array_agg((day + time '15:30') AT TIME ZONE 'Asia/Kolkata' ORDER BY day)) FROM unnest(%s::date[]) AS d (day)",
        [days],
    )
    placed = clock.set(failed) - timedelta(seconds=1)
    clock.set(placed)
    order_id = place(trader)
    clock.set(failed)
    call(trader, "mark_failed", order_id, "connection refused")
    over = clock.set(expires)
    assert queue(trader, order_id)["expires_at"] == over
    clock.forward(microseconds=-1)
    assert _expired(trader) == []
    clock.set(over)
    assert (state(trader, order_id), claim(trader)) == ("expired", [])
    assert _expired(trader) == [order_id]


def test_expired_orders_are_cancelled_once(trader: Conn, clock: Clock) -> None:
    ids = [failed(trader, "connection refused"), rejected(trader, "Unknown symbol"), rejected(trader)]
    live = place(trader)
    unconfirmed = place(trader)
    call(trader, "record_attempt", unconfirmed, "read timed out")
    sent = failed(trader)
    call(trader, "record_attempt", sent, "read timed out")
    clock.forward(days=2)
    fresh = failed(trader)
    untouched = {order_id: order(trader, order_id) for order_id in (live, unconfirmed, sent, fresh)}
    ended = call(trader, "expire_orders", actor="bot:close", occurred_at=f"2026-01-06 15:30{IST}")
    assert [(o["order_id"], o["status"], o["end_reason"], o["reason"]) for o in ended] == [
        (order_id, "cancelled", "expired", "Order expired") for order_id in ids
    ]
    for found in ended:
        assert found == order(trader, found["order_id"])
        assert found["closed_at"] == found["updated_at"] == clock.now
        assert (found["leaves_qty"], found["cancelled_qty"]) == (0, 10)
    event = row(trader, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq DESC LIMIT 1", [ids[0]])
    assert (event["event_type"], event["actor"], event["from_status"]) == ("expired", "bot:close", "failed")
    before = snapshot(trader)
    assert _expired(trader) == []
    assert snapshot(trader) == before
    assert {order_id: order(trader, order_id) for order_id in untouched} == untouched
    assert gaps(trader) == []


def test_it_is_what_expire_order_does(trader: Conn, clock: Clock) -> None:
    batch, single = failed(trader), failed(trader)
    clock.forward(days=2)
    call(trader, "expire_order", single, "too late")
    call(trader, "expire_orders", "too late")
    one, other = (
        {
            k: v
            for k, v in order(trader, i).items()
            if k not in ("order_id", "first_failed_at", "last_retry_attempt", "placed_at")
        }
        for i in (batch, single)
    )
    assert one == other
    logged = ("event_type", "from_status", "to_status", "reason", "changes")
    one, other = (
        {
            k: row(trader, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq DESC LIMIT 1", [i])[k]
            for k in logged
        }
        for i in (batch, single)
    )
    assert one == other


def test_so_many_at_once(trader: Conn, clock: Clock) -> None:
    ids = [failed(trader) for _ in range(5)]
    clock.forward(days=2)
    assert _expired(trader, max_orders=2) == ids[:2]
    assert _expired(trader, max_orders=2) == ids[2:4]
    assert _expired(trader, max_orders=2) == ids[4:]
    for wrong in (0, None, 10001):
        with refused(trader, "OM007", argument="max_orders"):
            _expired(trader, max_orders=wrong)


def test_a_retry_does_not_prolong_the_window(trader: Conn, clock: Clock) -> None:
    order_id = failed(trader)
    window = queue(trader, order_id)["expires_at"]
    clock.set(f"2026-01-06 15:00{IST}")
    again(trader, order_id, "connection refused", "mark_failed")
    assert queue(trader, order_id)["expires_at"] == window


def test_the_account_says_how_long(owner: Conn, trader: Conn, clock: Clock) -> None:
    order_id = failed(trader)
    owner.execute(
        "INSERT INTO oms.markets (market, time_zone, opens_at, closes_at)"
        " VALUES ('XNYS', 'America/New_York', '09:30', '16:00')"
    )
    owner.execute("INSERT INTO oms.accounts (account, retry_sessions) VALUES ('default', 3)")
    assert queue(trader, order_id)["expires_at"] == clock.set(f"2026-01-08 15:30{IST}")
    owner.execute("UPDATE oms.accounts SET market = 'XNYS'")
    assert queue(trader, order_id)["expires_at"] == clock.set("2026-01-07 16:00-05:00")
    owner.execute("UPDATE oms.accounts SET retry_sessions = 0")
    clock.forward(days=400)
    assert (queue(trader, order_id)["expires_at"], _expired(trader)) == (None, [])
    assert claim(trader) == [order_id]
    for wrong, error in (("market = 'NOWHERE'", "ForeignKeyViolation"), ("retry_sessions = -1", "CheckViolation")):
        with pytest.raises(getattr(psycopg.errors, error)):
            owner.execute(f"UPDATE oms.accounts SET {wrong}".encode())


def test_a_lease_does_not_outlive_the_window(trader: Conn, clock: Clock) -> None:
    failed(trader)
    clock.set(f"2026-01-06 15:29:50{IST}")
    (claimed,) = call(trader, "claim_retries", "w1")
    clock.forward(seconds=10)
    assert _expired(trader) == [claimed["order_id"]]
    with refused(trader, "OM008", order_id=claimed["order_id"]):
        call(trader, "retry_order", claimed["order_id"], expected_version=claimed["version"])
