"""Every status by every way into it, times every status asked for by a raw UPDATE."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from support.fold_orders import STATES, reach, update
from support.fold_tables import Conn, event_count, events, gaps, order, refused, snapshot

STATUSES = ("pending", "ongoing", "closed", "failed", "cancelled")
BOOKKEEPING = {"version", "updated_at", "last_event"}


@dataclass(frozen=True)
class Becomes:
    """The status and the event, and every other column that changes: a value, or NOW for the event's time."""

    status: str
    event: str
    changes: dict[str, Any]


NOW = object()
ANY = object()
NOTHING = "nothing"
REFUSED = "refused"
TEN, SIX = Decimal(10), Decimal(6)

CANCELLED = {"reason": "Cancelled", "end_reason": "cancelled", "leaves_qty": 0, "last_status_check": NOW}
FAILED = {"reason": "Order failed", "leaves_qty": 0, "first_failed_at": NOW}
CLOSED = {"reason": "Position closed", "closed_at": NOW}
GIVEN_UP = {**CANCELLED, "leaves_qty": NOTHING, "cancelled_qty": TEN, "closed_at": NOW}
REST_FAILED = {**FAILED, "end_reason": "failed", "cancelled_qty": SIX}
REST_CLOSED = {"end_reason": "closed", "leaves_qty": 0, "cancelled_qty": SIX}
RELEASED = {**CLOSED, "open_qty": 0, "last_fill_id": ANY}

EXPECTED: dict[str, dict[str, Becomes | str]] = {
    "pending": {
        "pending": NOTHING,
        "ongoing": REFUSED,
        "closed": REFUSED,
        "failed": Becomes("failed", "failed", {**FAILED, "last_retry_attempt": NOW, "retry_count": 1}),
        "cancelled": Becomes("cancelled", "cancelled", {**CANCELLED, "cancelled_qty": TEN, "closed_at": NOW}),
    },
    "working, part filled": {
        "pending": REFUSED,
        "ongoing": NOTHING,
        "closed": Becomes("closed", "closed", {**RELEASED, **REST_CLOSED}),
        "failed": Becomes("ongoing", "failed", REST_FAILED),
        "cancelled": Becomes("ongoing", "cancelled", {**CANCELLED, "cancelled_qty": SIX}),
    },
    "working, nothing held": {
        "pending": REFUSED,
        "ongoing": NOTHING,
        "closed": Becomes("closed", "closed", {**CLOSED, **REST_CLOSED}),
        "failed": Becomes("closed", "failed", {**REST_FAILED, "closed_at": NOW}),
        "cancelled": Becomes("closed", "cancelled", {**CANCELLED, "cancelled_qty": SIX, "closed_at": NOW}),
    },
    "filled, held": {
        "pending": REFUSED,
        "ongoing": NOTHING,
        "closed": Becomes("closed", "closed", RELEASED),
        "failed": REFUSED,
        "cancelled": REFUSED,
    },
    "part filled, remainder cancelled, held": {
        "pending": REFUSED,
        "ongoing": NOTHING,
        "closed": Becomes("closed", "closed", RELEASED),
        "failed": NOTHING,
        "cancelled": NOTHING,
    },
    "closed by its exit": {
        "pending": REFUSED,
        "ongoing": REFUSED,
        "closed": NOTHING,
        "failed": REFUSED,
        "cancelled": REFUSED,
    },
    "part filled, remainder cancelled, closed": {
        "pending": REFUSED,
        "ongoing": REFUSED,
        "closed": NOTHING,
        "failed": NOTHING,
        "cancelled": NOTHING,
    },
    "rejected": {
        "pending": Becomes(
            "pending", "retried", {"reason": "Order retried", "leaves_qty": TEN, "rejection_reason": None}
        ),
        "ongoing": REFUSED,
        "closed": REFUSED,
        "failed": NOTHING,
        "cancelled": Becomes("cancelled", "cancelled", GIVEN_UP),
    },
    "failed": {
        "pending": Becomes("pending", "retried", {"reason": "Order retried", "leaves_qty": TEN}),
        "ongoing": REFUSED,
        "closed": REFUSED,
        "failed": NOTHING,
        "cancelled": Becomes("cancelled", "cancelled", GIVEN_UP),
    },
    "cancelled": {
        "pending": REFUSED,
        "ongoing": REFUSED,
        "closed": REFUSED,
        "failed": REFUSED,
        "cancelled": NOTHING,
    },
    "expired": {
        "pending": REFUSED,
        "ongoing": REFUSED,
        "closed": REFUSED,
        "failed": REFUSED,
        "cancelled": NOTHING,
    },
}  # fmt: skip

# What the hint of a refusal offers, by from and to.
WAY_OUT = {
    ("pending", "ongoing"): "oms.mark_executed()",
    ("pending", "closed"): "oms.mark_executed()",
    ("failed", "ongoing"): "oms.mark_executed()",
    ("failed", "closed"): "oms.mark_executed()",
    ("cancelled", "ongoing"): "oms.mark_executed()",
    ("cancelled", "closed"): "oms.mark_executed()",
    ("ongoing", "failed"): "oms.close_position()",
    ("ongoing", "cancelled"): "oms.close_position()",
}


def test_the_table_is_complete() -> None:
    assert set(EXPECTED) == set(STATES)
    assert all(set(targets) == set(STATUSES) for targets in EXPECTED.values())
    assert {STATES[state][0] for state in EXPECTED} == set(STATUSES)


@pytest.mark.parametrize("state", STATES)
def test_raw_status(trader: Conn, state: str) -> None:
    for target, expected in EXPECTED[state].items():
        order_id = reach(trader, state, f"TO-{target}")
        before, logged, all_logged = order(trader, order_id), len(events(trader, order_id)), event_count(trader)
        if expected == REFUSED:
            _refuses(trader, order_id, before["status"], target)
            continue
        assert update(trader, order_id, status=target) == 1
        after = order(trader, order_id)
        if expected == NOTHING:
            assert after == before
            assert event_count(trader) == all_logged
            continue
        assert isinstance(expected, Becomes)
        (event,) = events(trader, order_id)[logged:]
        assert (event["event_type"], event["from_status"], event["to_status"]) == (
            expected.event, before["status"], expected.status,
        )  # fmt: skip
        assert event_count(trader) == all_logged + 1
        assert (after["status"], after["version"]) == (expected.status, before["version"] + 1)
        _changes(before, after, event["recorded_at"], expected.changes)
    assert gaps(trader) == []


def _changes(before: dict[str, Any], after: dict[str, Any], now: datetime, expected: dict[str, Any]) -> None:
    changed = {column for column in after if after[column] != before[column]}
    wanted = {column: wish for column, wish in expected.items() if wish is not NOTHING}
    assert changed - {"status"} == BOOKKEEPING | set(wanted)
    assert after["updated_at"] == now
    for column, wish in wanted.items():
        if wish is not ANY:
            assert after[column] == (now if wish is NOW else wish), column


def _refuses(conn: Conn, order_id: int, status: str, target: str) -> None:
    with refused(conn, "OM002", order_id=order_id, from_status=status, to_status=target) as refusal:
        update(conn, order_id, status=target)
    assert f"order {order_id} is {status}" in refusal.hint
    assert WAY_OUT.get((status, target), "") in refusal.hint


@pytest.mark.parametrize("status", [s for s in STATUSES if s not in ("pending", "failed")])
def test_an_order_starts_pending_or_failed(trader: Conn, status: str) -> None:
    with refused(trader, "OM002", from_status=None, to_status=status):
        trader.execute("INSERT INTO oms.orders (symbol, side, quantity, status) VALUES ('A', 'buy', 1, %s)", [status])


def test_one_refusal_refuses_the_statement(trader: Conn) -> None:
    reach(trader, "pending", "A")
    reach(trader, "closed by its exit", "B")
    reach(trader, "pending", "C")
    with refused(trader, "OM002", from_status="closed"):
        trader.execute("UPDATE oms.orders SET status = 'cancelled'")


def test_a_condition_on_status_finds_nothing_twice(trader: Conn) -> None:
    order_id = reach(trader, "pending", "A")
    claim = "UPDATE oms.orders SET status = 'cancelled' WHERE order_id = %s AND status = 'pending'"
    assert trader.execute(claim, [order_id]).rowcount == 1
    after = snapshot(trader)
    assert trader.execute(claim, [order_id]).rowcount == 0
    assert snapshot(trader) == after


@pytest.mark.parametrize("name", ["t15_early", "t99_late"])
def test_a_trigger_of_the_application_makes_no_illegal_move(owner: Conn, trader: Conn, name: str) -> None:
    """Nor can one that fires after ours, whose change ours no longer sees before it is written."""
    order_id = reach(trader, "pending", "A")
    owner.execute(
        f"""
        CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.status := 'ongoing'; NEW.execution_qty := 3; NEW.execution_price := 7; RETURN NEW; END $$;
        CREATE TRIGGER {name} BEFORE UPDATE ON oms.orders FOR EACH ROW
          WHEN (NEW.limit_price = 5) EXECUTE FUNCTION public.fail();
        """.encode()
    )
    if name == "t15_early":
        assert update(trader, order_id, limit_price=5) == 1
        assert events(trader, order_id)[-1]["last_qty"] == 3
    else:
        with refused(trader, "OM002", order_id=order_id, from_status="pending", to_status="ongoing"):
            update(trader, order_id, limit_price=5)
    assert gaps(trader) == []
