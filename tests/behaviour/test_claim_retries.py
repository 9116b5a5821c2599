"""Who is handed a failed order: what a claim holds, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from support.clock import Clock
from support.fold_orders import call, execute, place
from support.fold_tables import Conn, event_types, gaps, order, refused, row, rows, snapshot
from support.retry_calls import claim, failed, monday, queue, rejected, state


@pytest.fixture
def clock(owner: Conn) -> Clock:
    """The market is open."""
    return monday(owner)


def test_a_claim_changes_nothing_of_the_order(trader: Conn, clock: Clock) -> None:
    order_id = failed(trader)
    clock.forward(minutes=1)
    before = snapshot(trader)
    (claimed,) = call(trader, "claim_retries", "host-1:4711", 5, "90 s")
    assert claimed == order(trader, order_id)
    assert snapshot(trader) == before
    assert row(trader, "SELECT * FROM oms.retry_claims") == {
        "order_id": order_id,
        "version": 2,
        "account": "default",
        "worker": "host-1:4711",
        "db_user": "trader",
        "claimed_at": clock.now,
        "leased_until": clock.now + timedelta(seconds=90),
    }
    found = queue(trader, order_id)
    assert (found["state"], found["worker"], found["leased_until"]) == (
        *("leased", "host-1:4711", clock.now + timedelta(seconds=90)),
    )
    assert gaps(trader) == []


def test_what_is_in_hand_is_handed_to_nobody_until_its_lease_is_over(trader: Conn, clock: Clock) -> None:
    order_id = failed(trader)
    clock.forward(minutes=1)
    assert claim(trader, "w1") == [order_id]
    assert (claim(trader, "w2"), claim(trader, "w1")) == ([], [])
    clock.forward(minutes=1, microseconds=-1)
    assert claim(trader, "w2") == []
    clock.forward(microseconds=1)
    assert claim(trader, "w2") == [order_id]
    assert row(trader, "SELECT worker, leased_until FROM oms.retry_claims") == {
        "worker": "w2",
        "leased_until": clock.now + timedelta(minutes=1),
    }


def test_a_late_worker_does_not_send_twice(trader: Conn, clock: Clock) -> None:
    """w1 was slow, w2 has the order now: only one of them makes it pending."""
    failed(trader)
    clock.forward(minutes=1)
    (first,) = call(trader, "claim_retries", "w1")
    clock.forward(minutes=1)
    (second,) = call(trader, "claim_retries", "w2")
    assert (first["order_id"], first["version"]) == (second["order_id"], second["version"])
    call(trader, "retry_order", second["order_id"], expected_version=second["version"])
    with refused(trader, "OM008", order_id=first["order_id"]):
        call(trader, "retry_order", first["order_id"], expected_version=first["version"])
    assert event_types(trader, first["order_id"]) == ["placed", "failed", "retried"]


def test_a_retry_spends_the_claim(trader: Conn, clock: Clock) -> None:
    """Failing again, within the lease, the order waits for its back-off and then belongs to anybody."""
    order_id = failed(trader)
    clock.forward(minutes=1)
    assert claim(trader, "w1", lease="1 day") == [order_id]
    call(trader, "retry_order", order_id)
    assert rows(trader, "SELECT * FROM oms.retry_queue") == []
    call(trader, "mark_failed", order_id, "connection refused")
    found = queue(trader, order_id)
    assert (found["state"], found["worker"], found["leased_until"]) == ("waiting", None, None)
    clock.forward(minutes=2)
    assert claim(trader, "w2") == [order_id]


def test_an_annotation_leaves_the_claim_alone(trader: Conn, clock: Clock) -> None:
    order_id = failed(trader, client_order_id="x")
    clock.forward(minutes=1)
    (claimed,) = call(trader, "claim_retries", "w1")
    call(trader, "apply_execution_report", '{"ExecType": "I", "ClOrdID": "x", "CumQty": "3"}')
    assert event_types(trader, order_id)[-1] == "discrepancy"
    assert (state(trader, order_id), claim(trader, "w2")) == ("leased", [])
    call(trader, "retry_order", order_id, expected_version=claimed["version"])
    assert order(trader, order_id)["status"] == "pending"


def test_the_oldest_come_first_and_no_more_than_asked_for(trader: Conn, clock: Clock) -> None:
    ids = []
    for _ in range(5):
        ids.append(failed(trader))
        clock.forward(seconds=1)
    call(trader, "mark_failed", ids[0], "refused again")
    clock.forward(minutes=5)
    assert claim(trader, "w1", 2) == ids[1:3]
    assert claim(trader, "w2", 2) == ids[3:]
    assert claim(trader, "w3", 2) == ids[:1]
    assert claim(trader, "w4", 2) == []


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"worker": None}, "worker"),
        ({"worker": " "}, "worker"),
        ({"max_orders": 0}, "max_orders"),
        ({"max_orders": -1}, "max_orders"),
        ({"max_orders": 10001}, "max_orders"),
        ({"max_orders": None}, "max_orders"),
        ({"lease": "0"}, "lease"),
        ({"lease": "-1 minute"}, "lease"),
        ({"lease": "367 days"}, "lease"),
        ({"lease": None}, "lease"),
    ],
    ids=str,
)
def test_bad_arguments_claim_nothing(trader: Conn, clock: Clock, arguments: dict[str, Any], argument: str) -> None:
    failed(trader)
    clock.forward(minutes=1)
    with refused(trader, "OM007", argument=argument):
        call(trader, "claim_retries", **{"worker": "w1", **arguments})
    assert rows(trader, "SELECT * FROM oms.retry_claims") == []


def test_orders_that_live_or_may_live_are_nobodys_to_retry(trader: Conn, clock: Clock) -> None:
    place(trader)
    execute(trader, place(trader), 4)
    call(trader, "mark_cancelled", place(trader))
    call(trader, "record_attempt", place(trader), "read timed out")
    part_filled = place(trader)
    execute(trader, part_filled, 4)
    call(trader, "mark_rejected", part_filled, "Too many requests")
    assert rows(trader, "SELECT * FROM oms.retry_queue") == []
    # Sent while it was failed, and nobody knows what became of it.
    order_id = failed(trader)
    call(trader, "record_attempt", order_id, "read timed out")
    clock.forward(hours=1)
    assert (state(trader, order_id), claim(trader)) == ("unconfirmed", [])
    call(trader, "mark_failed", order_id, "connection refused")
    clock.forward(hours=1)
    assert (state(trader, order_id), claim(trader)) == ("unconfirmed", []), "that says nothing of the one before"
    call(trader, "mark_rejected", order_id, "Too many requests")
    clock.forward(hours=1)
    assert (state(trader, order_id), claim(trader)) == ("due", [order_id])


def test_an_order_placed_by_hand_is_not_ours_to_retry(trader: Conn, clock: Clock) -> None:
    (manual,) = call(trader, "record_manual_order", "WEB-1", "TCS", "buy", 5)
    call(trader, "mark_rejected", manual["order_id"], "Too many requests")
    clock.forward(hours=1)
    assert (state(trader, manual["order_id"]), claim(trader)) == ("manual", [])
    call(trader, "claim_manual_order", manual["order_id"], "momentum", "ours", actor="ana")
    assert claim(trader) == [manual["order_id"]]


@pytest.mark.parametrize("role", ["reader", "auditor"])
def test_readers_see_the_queue_and_claim_nothing(connect: Any, trader: Conn, clock: Clock, role: str) -> None:
    order_id = rejected(trader, "Exchange closed")
    call(trader, "claim_retries", "w1")
    clock.forward(days=1)
    conn = connect(role)
    assert (state(conn, order_id), rows(conn, "SELECT * FROM oms.retry_claims")) == ("due", [])
    for name, arguments in (("claim_retries", ("w",)), ("expire_orders", ())):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call(conn, name, *arguments)


def test_nobody_writes_claims_by_hand(trader: Conn) -> None:
    for statement in (
        "INSERT INTO oms.retry_claims SELECT 1, 1, 'default', 'w', 'w', now(), now() + interval '1 s'",
        "UPDATE oms.retry_claims SET worker = 'w'",
        "DELETE FROM oms.retry_claims",
        "UPDATE oms.reject_rules SET class = 'transient'",
        "UPDATE oms.retry_policies SET max_retries = 9",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            trader.execute(statement.encode())
