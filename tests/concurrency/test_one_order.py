"""Two sessions move one order: the second decides on what the first has made of it, never on what it was before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from .conftest import Blocked, Run, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

CANCEL = "SELECT * FROM oms.mark_cancelled(%s)"
FILL = "SELECT * FROM oms.mark_executed(%s, 100)"
FILL_4 = "SELECT * FROM oms.mark_executed(%s, 100, 4)"
REJECT = "SELECT * FROM oms.mark_rejected(%s, 'no margin')"
FAIL = "SELECT * FROM oms.mark_failed(%s, 'connection refused')"
RAW_CANCEL = "UPDATE oms.orders SET status = 'cancelled' WHERE order_id = %s RETURNING *"
RAW_FILL = "UPDATE oms.orders SET execution_qty = 10, execution_price = 100 WHERE order_id = %s RETURNING *"


@pytest.mark.parametrize(
    ("first", "second", "status", "events"),
    [
        (CANCEL, CANCEL, "cancelled", ["placed", "cancelled"]),
        (CANCEL, RAW_CANCEL, "cancelled", ["placed", "cancelled"]),
        (RAW_CANCEL, CANCEL, "cancelled", ["placed", "cancelled"]),
        (CANCEL, FILL, "ongoing", ["placed", "cancelled", "executed"]),
        (CANCEL, RAW_FILL, "ongoing", ["placed", "cancelled", "executed"]),
        (FILL_4, CANCEL, "ongoing", ["placed", "executed", "cancelled"]),
        (FILL_4, RAW_CANCEL, "ongoing", ["placed", "executed", "cancelled"]),
        (FILL_4, REJECT, "ongoing", ["placed", "executed", "rejected"]),
        (FILL_4, RAW_FILL, "ongoing", ["placed", "executed", "executed"]),
        (REJECT, CANCEL, "cancelled", ["placed", "rejected", "cancelled"]),
        (REJECT, REJECT, "failed", ["placed", "rejected"]),
        (REJECT, FILL, "ongoing", ["placed", "rejected", "executed"]),
        (FAIL, FAIL, "failed", ["placed", "failed", "failed"]),
        (FAIL, CANCEL, "cancelled", ["placed", "failed", "cancelled"]),
    ],
)
def test_the_second_waits_and_goes_on_from_there(
    connect: Connect,
    blocked: Blocked,
    trader: Conn,
    place: Callable[..., int],
    first: str,
    second: str,
    status: str,
    events: list[str],
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, first, order_id)
    waiting = blocked(behind, second, order_id)
    ahead.commit()
    waiting.result(10)
    order = one(trader, "SELECT * FROM oms.get_order(%s)", order_id)
    assert order["status"] == status
    assert order["version"] == len(events)
    logged = rows(trader, "SELECT event_type, recorded_at FROM oms.timeline(%s)", order_id)
    assert [row["event_type"] for row in logged] == events
    assert [row["recorded_at"] for row in logged] == sorted({row["recorded_at"] for row in logged})
    assert order["updated_at"] == logged[-1]["recorded_at"]


@pytest.mark.parametrize(
    ("first", "second", "to_status"),
    [
        (FILL, CANCEL, "cancelled"),
        (FILL, RAW_CANCEL, "cancelled"),
        (FILL, REJECT, "failed"),
        (CANCEL, REJECT, "failed"),
    ],
)
def test_the_second_is_refused_where_nothing_is_left(
    connect: Connect,
    blocked: Blocked,
    trader: Conn,
    place: Callable[..., int],
    first: str,
    second: str,
    to_status: str,
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, first, order_id)
    waiting = blocked(behind, second, order_id)
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM002"
    assert f'"to_status": "{to_status}"' in (error.value.diag.message_detail or "")
    assert one(trader, "SELECT version FROM oms.get_order(%s)", order_id)["version"] == 2


@pytest.mark.parametrize("second", [CANCEL, FILL, REJECT, RAW_FILL, RAW_CANCEL])
def test_a_rollback_lets_the_second_do_it(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int], second: str
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, FILL, order_id)
    waiting = blocked(behind, second, order_id)
    ahead.rollback()
    (order,) = waiting.result(10)
    assert order["version"] == 2
    assert len(rows(trader, "SELECT seq FROM oms.timeline(%s)", order_id)) == 2


def test_expected_version_lets_one_through(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int]
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.modify_order(%s, limit_price => 99, expected_version => 1)", order_id)
    waiting = blocked(behind, "SELECT * FROM oms.modify_order(%s, limit_price => 98, expected_version => 1)", order_id)
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM008"
    assert one(trader, "SELECT limit_price FROM oms.get_order(%s)", order_id)["limit_price"] == 99


@pytest.mark.parametrize(
    "second", ["oms.mark_executed(%s, 100, expected_version => 1)", "oms.mark_cancelled(%s, expected_version => 1)"]
)
def test_expected_version_waits_for_a_booking(
    connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int], second: str
) -> None:
    order_id = place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, FILL_4, order_id)
    waiting = blocked(behind, f"SELECT * FROM {second}", order_id)
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM008"
    assert one(trader, "SELECT execution_qty FROM oms.get_order(%s)", order_id)["execution_qty"] == 4


def test_nobody_waits_for_another_order(connect: Connect, run: Run, place: Callable[..., int]) -> None:
    """A change that books nothing holds its own order and nothing else."""
    held, other = place(), place()
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, CANCEL, held)
    assert run(behind, CANCEL, other).result(10)[0]["status"] == "cancelled"
    ahead.commit()
