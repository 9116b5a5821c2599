"""A heartbeat never waits: whoever holds the order has just seen it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from .conftest import one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

# A session that had to wait would fail at once.
IMPATIENT = {"options": "-c lock_timeout=1"}
HOLD = {
    "change": "SELECT * FROM oms.modify_order(%s, limit_price => 99)",
    "booking": "SELECT * FROM oms.mark_executed(%s, 100)",
    "heartbeat": "SELECT * FROM oms.record_status_check(%s)",
    "lock": "SELECT FROM oms.orders WHERE order_id = %s FOR UPDATE",
}


def _checked(conn: Conn, order_id: int) -> bool:
    query = "SELECT last_status_check IS NOT NULL AS checked FROM oms.get_order(%s)"
    return bool(one(conn, query, order_id)["checked"])


@pytest.mark.parametrize("hold", HOLD)
def test_one_heartbeat_skips_a_locked_order(connect: Connect, place: Callable[..., int], hold: str) -> None:
    order_id = place()
    holder, impatient = connect(autocommit=False), connect(**IMPATIENT)
    rows(holder, HOLD[hold], order_id)
    order = one(impatient, "SELECT * FROM oms.record_status_check(%s)", order_id)
    assert order["last_status_check"] is None
    assert (order["version"], order["status"]) == (1, "pending")
    holder.rollback()
    assert one(impatient, "SELECT * FROM oms.record_status_check(%s)", order_id)["last_status_check"] is not None


@pytest.mark.parametrize("hold", HOLD)
def test_many_heartbeats_skip_the_locked_ones(
    connect: Connect, trader: Conn, place: Callable[..., int], hold: str
) -> None:
    first, held, last = place(), place(), place()
    holder, impatient = connect(autocommit=False), connect(**IMPATIENT)
    rows(holder, HOLD[hold], held)
    query = "SELECT oms.record_status_checks(%s) AS stamped"
    assert one(impatient, query, [last, held, first]) == {"stamped": 2}
    holder.rollback()
    assert [_checked(trader, order_id) for order_id in (first, held, last)] == [True, False, True]


def test_two_rounds_of_heartbeats_in_opposite_order(connect: Connect, place: Callable[..., int]) -> None:
    ids = [place() for _ in range(20)]
    first, second = connect(autocommit=False), connect(**IMPATIENT)
    query = "SELECT oms.record_status_checks(%s) AS stamped"
    assert one(first, query, ids[:12]) == {"stamped": 12}
    assert one(second, query, ids[:4:-1]) == {"stamped": 8}
    first.commit()


def test_a_heartbeat_leaves_no_trace(connect: Connect, trader: Conn, place: Callable[..., int]) -> None:
    """And so a change that waited for it finds the version it expects."""
    order_id = place()
    before = one(trader, "SELECT * FROM oms.get_order(%s)", order_id)
    rows(connect(), "SELECT * FROM oms.record_status_check(%s)", order_id)
    after = one(trader, "SELECT * FROM oms.get_order(%s)", order_id)
    assert before | {"last_status_check": after["last_status_check"]} == after
    assert len(rows(trader, "SELECT seq FROM oms.timeline(%s)", order_id)) == 1
    query = "SELECT * FROM oms.mark_cancelled(%s, expected_version => %s)"
    assert one(trader, query, order_id, before["version"])["status"] == "cancelled"
