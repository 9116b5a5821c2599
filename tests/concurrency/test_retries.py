"""Workers that want the same retries: no order has two, whoever waits, dies or comes late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection, IsolationLevel

from support.clock import Clock

from .conftest import Blocked, Run, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

CLAIM = "SELECT order_id, version FROM oms.claim_retries(%s)"
RETRY = "SELECT status FROM oms.retry_order(%s, expected_version => %s)"
EXPIRE = "SELECT order_id, status FROM oms.expire_orders()"


@pytest.fixture
def clock(owner: Conn) -> Clock:
    """Monday noon in Mumbai."""
    return Clock(owner, "2026-01-05 12:00+05:30")


@pytest.fixture
def due(trader: Conn, clock: Clock) -> list[int]:
    """Orders that failed in turn and are due."""
    ids = []
    for _ in range(4):
        clock.forward(seconds=1)
        order_id = one(trader, "SELECT order_id FROM oms.place_order('TCS', 'buy', 10)")["order_id"]
        rows(trader, "SELECT oms.mark_failed(%s, 'connection refused')", order_id)
        ids.append(order_id)
    clock.forward(minutes=1)
    return ids


def _claimed(conn: Conn, worker: str, *arguments: Any) -> list[int]:
    query = f"SELECT order_id FROM oms.claim_retries(%s{', %s' * len(arguments)})"
    return [row["order_id"] for row in rows(conn, query, worker, *arguments)]


def test_two_workers_get_different_orders(connect: Connect, due: list[int]) -> None:
    """The second neither waits for the first nor gets what it has, before its commit as after it."""
    ahead, behind, third = connect(autocommit=False), connect(autocommit=False), connect()
    rows(behind, "SET lock_timeout = 1")
    assert _claimed(ahead, "w1", 2) == due[:2]
    assert _claimed(behind, "w2", 3) == due[2:]
    assert _claimed(third, "w3") == []
    ahead.commit()
    behind.commit()
    assert _claimed(third, "w3") == []


def test_a_rollback_gives_the_orders_back(connect: Connect, due: list[int]) -> None:
    ahead, behind = connect(autocommit=False), connect()
    assert _claimed(ahead, "w1") == due
    ahead.rollback()
    assert _claimed(behind, "w2") == due


def test_an_order_that_is_being_written_is_skipped(connect: Connect, due: list[int]) -> None:
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT oms.mark_cancelled(%s)", due[0])
    assert _claimed(behind, "w1") == due[1:]
    ahead.rollback()
    assert _claimed(behind, "w2") == due[:1]


def test_what_was_claimed_between_reading_and_locking_is_seen(
    owner: Conn, connect: Connect, blocked: Blocked, due: list[int]
) -> None:
    """The second worker has read that all are due, and locks rows that the first has let go of meanwhile."""
    rows(
        owner,
        """
        CREATE OR REPLACE FUNCTION oms.match_reject_rule(refusal text, broker text DEFAULT '') RETURNS oms.reject_rules
        LANGUAGE plpgsql VOLATILE PARALLEL SAFE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
        AS $$ BEGIN
          IF session_user = 'trader' AND current_setting('oms.slow', true) = 'on' THEN
            PERFORM pg_advisory_xact_lock(4711);
          END IF;
          RETURN NULL;
        END $$
        """,
    )
    gate, slow, fast = connect("owner"), connect(), connect()
    rows(gate, "SELECT pg_advisory_lock(4711)")
    rows(slow, "SET oms.slow = 'on'")
    waiting = blocked(slow, CLAIM, "slow")
    assert _claimed(fast, "fast") == due
    rows(gate, "SELECT pg_advisory_unlock(4711)")
    assert waiting.result(10) == []
    assert {row["worker"] for row in rows(owner, "SELECT worker FROM oms.retry_claims")} == {"fast"}


def test_a_killed_workers_orders_come_back(connect: Connect, clock: Clock, due: list[int]) -> None:
    """Its lease is all that tells: the session is gone, the clock moves on."""
    killed, other = connect(), connect()
    assert _claimed(killed, "w1") == due
    rows(connect("admin"), "SELECT pg_terminate_backend(%s)", killed.info.backend_pid)
    with pytest.raises(psycopg.OperationalError):
        rows(killed, "SELECT 1")
    clock.forward(seconds=59)
    assert _claimed(other, "w2") == []
    clock.forward(seconds=1)
    assert _claimed(other, "w2") == due


def test_of_two_that_retry_one_sends(connect: Connect, blocked: Blocked, clock: Clock, due: list[int]) -> None:
    """The lease ran out, another worker has the order, and both make it pending at once."""
    late, next_one = connect(), connect(autocommit=False)
    (first, *_) = rows(late, CLAIM, "w1")
    clock.forward(minutes=1)
    (second, *_) = rows(next_one, CLAIM, "w2")
    assert first == second
    next_one.commit()
    assert rows(next_one, RETRY, second["order_id"], second["version"]) == [{"status": "pending"}]
    waiting = blocked(late, RETRY, first["order_id"], first["version"])
    next_one.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM008"
    assert one(late, "SELECT status, version FROM oms.get_order(%s)", due[0]) == {"status": "pending", "version": 3}


def test_many_workers_share_the_orders_out(connect: Connect, run: Run, trader: Conn, clock: Clock) -> None:
    rows(
        trader,
        "INSERT INTO oms.orders (symbol, side, quantity, status)"
        " SELECT 'TCS', 'buy', 1, 'failed' FROM generate_series(1, 60)",
    )
    ids = {row["order_id"] for row in rows(trader, "SELECT order_id FROM oms.orders")}
    clock.forward(minutes=1)
    query = "SELECT order_id FROM oms.claim_retries(%s, 7)"
    got: list[int] = []
    workers = [(connect(), f"w{number}") for number in range(6)]
    while len(got) < 60:
        found = [run(conn, query, worker) for conn, worker in workers]
        got += [row["order_id"] for claimed in found for row in claimed.result(30)]
    assert (len(got), set(got)) == (60, ids)


def test_a_repeatable_read_worker_claims_nothing_twice(connect: Connect, due: list[int]) -> None:
    """Its snapshot doesn't see the other's claims: a serialisation failure, never two workers."""
    old = connect(autocommit=False)
    old.isolation_level = IsolationLevel.REPEATABLE_READ
    rows(old, "SELECT FROM oms.orders")
    assert _claimed(connect(), "w1") == due
    with pytest.raises(psycopg.errors.SerializationFailure):
        rows(old, CLAIM, "w2")
    old.rollback()


def test_expiry_leaves_alone_what_is_retried_meanwhile(
    connect: Connect, blocked: Blocked, clock: Clock, due: list[int]
) -> None:
    clock.forward(days=2)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.retry_order(%s)", due[1])
    waiting = blocked(behind, EXPIRE)
    ahead.commit()
    assert [row["order_id"] for row in waiting.result(10)] == [due[0], *due[2:]]


def test_expiry_leaves_alone_what_is_sent_meanwhile(
    connect: Connect, blocked: Blocked, clock: Clock, due: list[int]
) -> None:
    """An attempt that ended unknown: the order may live at the broker."""
    clock.forward(days=2)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.record_attempt(%s, 'read timed out')", due[0])
    waiting = blocked(behind, EXPIRE)
    ahead.commit()
    assert [row["order_id"] for row in waiting.result(10)] == due[1:]


def test_two_expiries_at_once(connect: Connect, blocked: Blocked, clock: Clock, due: list[int]) -> None:
    """Locked by id: one waits for the other and finds nothing left; no deadlock."""
    clock.forward(days=2)
    ahead, behind = connect(autocommit=False), connect()
    assert [row["order_id"] for row in rows(ahead, EXPIRE)] == due
    waiting = blocked(behind, EXPIRE)
    ahead.commit()
    assert waiting.result(10) == []


def test_a_worker_that_is_overtaken_by_the_end_is_refused(
    connect: Connect, blocked: Blocked, clock: Clock, due: list[int]
) -> None:
    worker, closing = connect(), connect(autocommit=False)
    (claimed, *_) = rows(worker, CLAIM, "w1")
    clock.forward(days=2)
    rows(closing, EXPIRE)
    waiting = blocked(worker, RETRY, claimed["order_id"], claimed["version"])
    closing.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM008"
    assert one(worker, "SELECT status FROM oms.get_order(%s)", due[0]) == {"status": "cancelled"}
