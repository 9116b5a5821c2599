"""When each stamp is written, by whom it can't be, and which text explains a change that nobody explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.fold_orders import STATES, call, execute, place, raw_fill, reach, update
from support.fold_tables import Conn, event_count, events, gaps, order, refused, row, snapshot, value

PAST = datetime(2001, 1, 1, tzinfo=UTC)

# What a caller may write into a column that the database owns, to no effect.
OWNED: dict[str, Any] = {
    "updated_at": PAST,
    "execution_time": PAST,
    "filled_at": PAST,
    "first_failed_at": PAST,
    "last_retry_attempt": PAST,
    "quantity_adjusted_at": PAST,
    "closed_at": PAST,
    "cancelled_qty": 3,
    "leaves_qty": 3,
    "open_qty": 3,
    "last_fill_id": 99,
    "version": 99,
    "last_event": "closed",
    "placed_at": None,
}

STAMPS = (
    "accepted_at", "execution_time", "filled_at", "first_failed_at", "last_retry_attempt", "quantity_adjusted_at",
    "manual_detected_at", "closed_at",
)  # fmt: skip

# The stamps that are set in each state, and the others are not.
SET: dict[str, set[str]] = {
    "pending": set(),
    "working, part filled": {"accepted_at", "execution_time", "filled_at"},
    "working, nothing held": {"accepted_at", "execution_time", "filled_at"},
    "filled, held": {"accepted_at", "execution_time", "filled_at"},
    "part filled, remainder cancelled, held": {"accepted_at", "execution_time", "filled_at"},
    "closed by its exit": {"accepted_at", "execution_time", "filled_at", "closed_at"},
    "part filled, remainder cancelled, closed": {"accepted_at", "execution_time", "filled_at", "closed_at"},
    "rejected": {"first_failed_at"},
    "failed": {"first_failed_at", "last_retry_attempt"},
    "cancelled": {"closed_at"},
    "expired": {"closed_at"},
}


@pytest.mark.parametrize("state", STATES)
def test_owned_columns_are_replaced_silently(trader: Conn, state: str) -> None:
    order_id = reach(trader, state, "INFY")
    before = snapshot(trader)
    assert {stamp for stamp in STAMPS if order(trader, order_id)[stamp] is not None} == SET[state]
    for column, written in OWNED.items():
        assert update(trader, order_id, **{column: written}) == 1, "a no-op still finds its row"
    assert update(trader, order_id, **OWNED) == 1
    assert snapshot(trader) == before
    assert trader.execute("UPDATE oms.orders SET status = status, symbol = symbol, reason = reason").rowcount > 0
    assert snapshot(trader) == before


def test_owned_columns_of_a_new_order(trader: Conn) -> None:
    plain = place(trader)
    trader.execute(
        "INSERT INTO oms.orders (symbol, side, quantity, updated_at, execution_time, filled_at, first_failed_at,"
        " last_retry_attempt, quantity_adjusted_at, closed_at, placed_at, last_status_check, cancelled_qty, leaves_qty,"
        " open_qty, last_fill_id, version, last_event, retry_count, end_reason, execution_price)"
        " VALUES ('INFY', 'buy', 10, %(t)s, %(t)s, %(t)s, %(t)s, %(t)s, %(t)s, %(t)s, %(t)s, %(t)s,"
        " 3, 3, 3, 99, 99, 'closed', 5, 'closed', 7)",
        {"t": PAST},
    )
    made, wanted = order(trader, plain + 1), order(trader, plain)
    differ = {column for column in made if made[column] != wanted[column]}
    assert differ == {"order_id", "placed_at", "updated_at"}
    assert made["placed_at"] == made["updated_at"] > wanted["placed_at"]
    assert gaps(trader) == []


@pytest.mark.parametrize("state", STATES)
def test_a_heartbeat_in_every_status(trader: Conn, state: str) -> None:
    order_id = reach(trader, state, "INFY")
    before, logged = order(trader, order_id), event_count(trader)
    for beat in ("'2001-01-01'", "now() + interval '1 day'", "NULL"):
        seen = value(trader, "SELECT oms.clock()")
        assert trader.execute(f"UPDATE oms.orders SET last_status_check = {beat} WHERE order_id = {order_id}".encode())
        after = order(trader, order_id)
        assert seen < after["last_status_check"] < seen + timedelta(minutes=1), "it means: now"
        assert after == {**before, "last_status_check": after["last_status_check"]}
    (called,) = call(trader, "record_status_check", order_id)
    assert called["last_status_check"] > after["last_status_check"]
    assert value(trader, "SELECT oms.record_status_checks(ARRAY[%s]::bigint[])", [order_id]) == 1
    assert order(trader, order_id)["last_status_check"] > called["last_status_check"]
    assert event_count(trader) == logged
    assert gaps(trader) == []


def test_a_heartbeat_beside_a_change_is_part_of_it(trader: Conn) -> None:
    order_id = place(trader)
    update(trader, order_id, limit_price=5, last_status_check=PAST)
    changed = order(trader, order_id)
    assert changed["last_status_check"] == changed["updated_at"]
    assert "last_status_check" not in events(trader, order_id)[-1]["changes"]


def test_first_failed_at_is_written_once(trader: Conn) -> None:
    order_id = place(trader)
    (first,) = call(trader, "mark_failed", order_id, "no network")
    (again,) = call(trader, "mark_failed", order_id, "no network")
    call(trader, "retry_order", order_id)
    (rejected,) = call(trader, "mark_rejected", order_id, "no margin")
    (other,) = call(trader, "mark_rejected", order_id, "market shut")
    call(trader, "retry_order", order_id)
    (failed,) = call(trader, "mark_failed", order_id, "no network")
    execute(trader, order_id)
    late = order(trader, order_id)
    everywhere = {found["first_failed_at"] for found in (first, again, rejected, other, failed, late)}
    assert everywhere == {first["updated_at"]}
    assert [found["retry_count"] for found in (first, again, rejected, other, failed, late)] == [1, 2, 2, 2, 3, 3]
    assert [found["last_retry_attempt"] for found in (again, rejected, failed, late)] == [
        again["updated_at"], again["updated_at"], failed["updated_at"], failed["updated_at"],
    ]  # fmt: skip
    assert (rejected["rejection_reason"], other["rejection_reason"]) == ("no margin", "market shut")
    assert (failed["rejection_reason"], other["version"]) == (None, rejected["version"] + 1)
    assert gaps(trader) == []


def test_closed_at_belongs_to_an_end(trader: Conn) -> None:
    order_id = place(trader)
    (cancelled,) = call(trader, "mark_cancelled", order_id)
    assert cancelled["closed_at"] == cancelled["updated_at"]
    update(trader, order_id, strategy_id="x")
    assert order(trader, order_id)["closed_at"] == cancelled["closed_at"], "a later change of something else keeps it"
    execute(trader, order_id)
    assert order(trader, order_id)["closed_at"] is None
    exit_ = place(trader, side="sell")
    execute(trader, exit_)
    assert order(trader, order_id)["closed_at"] == order(trader, order_id)["updated_at"]


def test_accepted_at_is_written_once(trader: Conn) -> None:
    by_call, by_id, by_fill, at_birth = place(trader), place(trader), place(trader), place(trader, broker_order_id="b0")
    call(trader, "accept_order", by_call)
    update(trader, by_id, broker_order_id="b1")
    execute(trader, by_fill, 4)
    stamps = {order_id: order(trader, order_id)["accepted_at"] for order_id in (by_call, by_id, by_fill, at_birth)}
    assert all(stamps.values())
    for order_id, stamp in stamps.items():
        call(trader, "accept_order", order_id, f"c{order_id}")
        update(trader, order_id, accepted_at=PAST)
        update(trader, order_id, accepted_at=None)
        assert order(trader, order_id)["accepted_at"] == stamp
        assert events(trader, order_id)[-1]["event_type"] == "modified"
        execute(trader, order_id, 1)
        assert order(trader, order_id)["accepted_at"] == stamp
    trader.execute("INSERT INTO oms.orders (symbol, side, quantity, accepted_at) VALUES ('A', 'buy', 1, '2001-01-01')")
    made = row(trader, "SELECT * FROM oms.orders WHERE symbol = 'A'")
    assert made["accepted_at"] == made["placed_at"]


def test_times_of_executions(trader: Conn) -> None:
    """execution_time is the market's, the latest of the net fills; filled_at is ours, of the newest."""
    order_id = place(trader)
    times = ["2026-01-02 10:00+05:30", "2026-01-02 10:05+05:30", "2026-01-02 09:55+05:30"]
    for number, text in enumerate(times):
        execute(trader, order_id, 1, 100, exec_id=f"e{number}", occurred_at=text)
        found = order(trader, order_id)
        assert found["execution_time"] == max(datetime.fromisoformat(time) for time in times[: number + 1])
        assert found["filled_at"] == found["updated_at"]
        assert events(trader, order_id)[-1]["occurred_at"] == datetime.fromisoformat(text)
    raw_fill(trader, order_id=order_id, kind="cancel", exec_ref_id="e1")
    assert order(trader, order_id)["execution_time"] == datetime.fromisoformat(times[0])
    before = value(trader, "SELECT oms.clock()")
    update(trader, order_id, execution_qty=5, execution_price=100)
    assert order(trader, order_id)["execution_time"] > before
    assert gaps(trader) == []


def test_quantity_adjusted_at_and_manual_detected_at(trader: Conn) -> None:
    order_id = place(trader)
    (first,) = call(trader, "adjust_quantity", order_id, 12)
    assert first["quantity_adjusted_at"] == first["updated_at"]
    (terms,) = call(trader, "modify_order", order_id, limit_price=5)
    assert terms["quantity_adjusted_at"] == first["quantity_adjusted_at"]
    # Whatever else changes with it, a changed quantity is stamped.
    update(trader, order_id, status="failed", quantity=14)
    failed = order(trader, order_id)
    assert (failed["last_event"], failed["quantity_adjusted_at"]) == ("failed", failed["updated_at"])
    (manual,) = call(trader, "record_manual_order", "b1", "INFY", "buy", 14, order_id=order_id)
    assert (manual["status"], manual["manual_detected_at"]) == ("pending", manual["updated_at"])
    assert manual["quantity_adjusted_at"] == failed["quantity_adjusted_at"]
    update(trader, order_id, manual_detected_at=PAST)
    assert order(trader, order_id) == manual
    assert gaps(trader) == []


def test_updated_at_rises_and_equals_its_event(owner: Conn, trader: Conn) -> None:
    """Even where the clock stands still, or is set back."""
    stopped = "CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '{}' $$"
    owner.execute(stopped.format("2026-01-02 10:00Z").encode())
    order_id = place(trader)
    for price in (1, 2, 3):
        update(trader, order_id, limit_price=price)
    owner.execute(stopped.format("2020-01-01 10:00Z").encode())
    update(trader, order_id, status="cancelled")
    stamps = [event["recorded_at"] for event in events(trader, order_id)]
    start = datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert stamps == [start + timedelta(microseconds=n) for n in range(5)]
    assert order(trader, order_id)["updated_at"] == order(trader, order_id)["closed_at"] == stamps[-1]
    assert gaps(trader) == []


def test_a_long_transaction_does_not_stamp_the_past(trader: Conn) -> None:
    with trader.transaction():
        started = value(trader, "SELECT now()")
        trader.execute("SELECT pg_sleep(0.05)")
        order_id = place(trader)
        assert order(trader, order_id)["placed_at"] > started + timedelta(milliseconds=40)


def test_no_setting_fakes_the_clock_or_the_role(trader: Conn) -> None:
    with trader.transaction():
        trader.execute("SET LOCAL oms.occurred_at = '2001-01-01 00:00:00+00'")
        order_id = place(trader)
        update(trader, order_id, limit_price=4)
    found = order(trader, order_id)
    assert found["placed_at"].year > 2020
    assert found["updated_at"].year > 2020
    assert {event["db_user"] for event in events(trader, order_id)} == {"trader"}


# What is done, and the reason that stands there afterwards.
REASONS: list[tuple[str, str, str]] = [
    ("pending", "status = status", "Order placed"),
    ("pending", "status = 'failed'", "Order failed"),
    ("pending", "status = 'failed', rejection_reason = 'no margin'", "Broker rejected: no margin"),
    ("pending", "status = 'failed', rejection_reason = 'no margin', reason = 'RMS'", "RMS"),
    ("pending", "status = 'cancelled'", "Cancelled"),
    ("pending", "end_reason = 'expired'", "Order expired"),
    ("pending", "execution_qty = 10, execution_price = 102.5", "Order executed at Rs 102.50"),
    ("pending", "execution_qty = 10, execution_price = 102.512345", "Order executed at Rs 102.5123"),
    ("pending", "execution_qty = 10, execution_price = 102", "Order executed at Rs 102.00"),
    ("pending", "execution_qty = 10", "Order executed, price unknown"),
    ("pending", "execution_qty = 10, execution_price = 102, reason = 'IPO'", "IPO"),
    ("pending", "status = 'ongoing', execution_price = 99.95", "Order executed at Rs 99.95"),
    ("working, part filled", "execution_qty = 8, execution_price = 101", "Order executed at Rs 101.00"),
    ("working, part filled", "status = 'cancelled'", "Cancelled"),
    ("filled, held", "status = 'closed'", "Position closed"),
    ("filled, held", "status = 'closed', reason = 'target'", "target"),
    ("closed by its exit", "strategy_id = 'x'", "Position closed"),
    ("failed", "status = 'pending'", "Order retried"),
    ("failed", "status = 'cancelled'", "Cancelled"),
    ("failed", "retry_count = retry_count + 1", "Order failed"),
    ("cancelled", "execution_qty = 4, execution_price = 7", "Order executed at Rs 7.00"),
    ("pending", "entry_type = 'manual'", "Order placed"),
]


@pytest.mark.parametrize(("state", "assignments", "reason"), REASONS)
def test_default_reasons(trader: Conn, state: str, assignments: str, reason: str) -> None:
    order_id = reach(trader, state, "INFY")
    trader.execute(f"UPDATE oms.orders SET {assignments} WHERE order_id = {order_id}".encode())
    assert order(trader, order_id)["reason"] == reason
    assert gaps(trader) == []


def test_reasons_of_new_orders(owner: Conn, trader: Conn) -> None:
    owner.execute("INSERT INTO oms.accounts (account, currency_label) VALUES ('second', '$')")
    owner.execute("INSERT INTO oms.account_members (role, account) VALUES ('oms_trader', 'second')")
    found = {
        "plain": place(trader),
        "amo": place(trader, variety="amo"),
        "said": place(trader, variety="amo", reason="rebalancing"),
        "manual": call(trader, "record_manual_order", "b1", "INFY", "buy", 1)[0]["order_id"],
        "dollar": place(trader, account="second"),
    }
    for status, rejection in (("failed", None), ("failed", "no margin")):
        trader.execute(
            "INSERT INTO oms.orders (symbol, side, quantity, status, rejection_reason, strategy_id)"
            " VALUES ('INFY', 'buy', 1, %s, %s, 'born')",
            [status, rejection],
        )
    execute(trader, found["dollar"], 10, "102.5", account="second")
    assert {name: order(trader, order_id)["reason"] for name, order_id in found.items()} == {
        "plain": "Order placed",
        "amo": "Order placed - waiting for market open",
        "said": "rebalancing",
        "manual": "Manual order detected",
        "dollar": "Order executed at $ 102.50",
    }
    born = trader.execute("SELECT reason, retry_count FROM oms.orders WHERE strategy_id = 'born' ORDER BY order_id")
    assert born.fetchall() == [("Order failed", 1), ("Broker rejected: no margin", 0)]
    assert gaps(trader) == []


def test_who_and_why(trader: Conn) -> None:
    """Said for a transaction, for a session, or with the call; and forgotten where it ends."""
    order_id = place(trader)
    with trader.transaction():
        trader.execute("SELECT oms.set_context('alice', 'rebalancing', 'req-1')")
        update(trader, order_id, limit_price=1)
        call(trader, "adjust_quantity", order_id, 12, "half the risk", actor="bot", occurred_at="2026-01-02 10:00+00")
        update(trader, order_id, limit_price=2)
    update(trader, order_id, limit_price=3)
    trader.execute("SET oms.actor = 'psql'")
    update(trader, order_id, limit_price=4)
    trader.execute("RESET oms.actor")
    log = [(event["actor"], event["reason"], event["correlation_id"]) for event in events(trader, order_id)]
    assert log[1:] == [
        ("alice", "rebalancing", "req-1"),
        ("bot", "rebalancing", "req-1"),
        ("alice", "rebalancing", "req-1"),
        (None, None, None),
        ("psql", None, None),
    ]
    told = [event["occurred_at"] for event in events(trader, order_id)]
    assert told == [None, None, datetime(2026, 1, 2, 10, tzinfo=UTC), None, None, None]
    assert order(trader, order_id)["reason"] == "half the risk"
    with refused(trader, "OM001"):
        call(trader, "mark_cancelled", 999, actor="mallory")
    update(trader, order_id, limit_price=5)
    assert events(trader, order_id)[-1]["actor"] is None
    assert gaps(trader) == []
