"""Batch steps and manual orders in two sessions: the second waits, and decides on what is there then."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from .conftest import Blocked, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

ADJUST = "SELECT order_id, quantity FROM oms.adjust_quantities(%s)"
CALL_OFF = "SELECT order_id, status FROM oms.cancel_pending_reentries('TCS')"
CLAIM = "SELECT * FROM oms.claim_manual_order(%s, %s, 'ours', actor => 'ana')"
DISMISS = "SELECT * FROM oms.dismiss_manual_order(%s, 'not ours', actor => 'ana')"
ATTEMPT = "SELECT * FROM oms.record_attempt(%s, 'timed out')"


def _order(conn: Conn, **terms: str) -> int:
    query = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, variety => %s, entry_type => %s)"
    return int(one(conn, query, terms.get("variety", "regular"), terms.get("entry_type", "initial"))["order_id"])


def _manual(conn: Conn) -> int:
    return int(one(conn, "SELECT order_id FROM oms.record_manual_order('B1', 'TCS', 'buy', 10)")["order_id"])


def _quantities(ids: list[int], quantity: int) -> str:
    return json.dumps([{"order_id": order_id, "quantity": quantity} for order_id in ids])


def test_two_batches_in_opposite_order(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    """Locked by id, whatever the list says: one waits for the other, and neither is the victim of a deadlock."""
    ids = [_order(trader, variety="amo") for _ in range(4)]
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT FROM oms.orders WHERE order_id = %s FOR UPDATE", ids[0])
    waiting = blocked(behind, ADJUST, _quantities(ids[::-1], 12))
    assert [row["order_id"] for row in rows(ahead, ADJUST, _quantities(ids, 11))] == ids
    ahead.commit()
    assert waiting.result(10) == [{"order_id": order_id, "quantity": 12} for order_id in ids[::-1]]
    assert {row["version"] for row in rows(trader, "SELECT version FROM oms.orders")} == {3}


def test_an_order_that_executes_meanwhile_refuses_the_batch(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    ids = [_order(trader, variety="amo") for _ in range(2)]
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.mark_executed(%s, 100, 4)", ids[1])
    waiting = blocked(behind, ADJUST, _quantities(ids, 12))
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM002"
    assert rows(trader, "SELECT DISTINCT quantity FROM oms.orders") == [{"quantity": 10}]


@pytest.mark.parametrize(
    ("first", "status"),
    [("oms.accept_order(%s, 'B1')", "pending"), ("oms.record_attempt(%s, 'timed out')", "pending")],
)
def test_a_reentry_that_reaches_the_broker_meanwhile_is_not_cancelled(
    connect: Connect, blocked: Blocked, trader: Conn, first: str, status: str
) -> None:
    order_id = _order(trader, entry_type="reentry")
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, f"SELECT * FROM {first}", order_id)
    waiting = blocked(behind, CALL_OFF)
    ahead.commit()
    assert waiting.result(10) == [{"order_id": order_id, "status": status}]


def test_a_reentry_that_executes_meanwhile_is_none_any_more(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    order_id = _order(trader, entry_type="reentry")
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, "SELECT * FROM oms.mark_executed(%s, 100)", order_id)
    waiting = blocked(behind, CALL_OFF)
    ahead.commit()
    assert waiting.result(10) == []


def test_the_sender_sees_that_its_reentry_was_called_off(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    order_id = _order(trader, entry_type="reentry")
    ahead, behind = connect(autocommit=False), connect()
    assert rows(ahead, CALL_OFF) == [{"order_id": order_id, "status": "cancelled"}]
    waiting = blocked(behind, "SELECT status FROM oms.accept_order(%s, 'B1')", order_id)
    ahead.commit()
    assert waiting.result(10) == [{"status": "cancelled"}]


def test_two_strategies_claim_one_order(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    order_id = _manual(trader)
    ahead, behind, third = connect(autocommit=False), connect(), connect()
    rows(ahead, CLAIM, order_id, "momentum")
    same, other = blocked(behind, CLAIM, order_id, "momentum"), blocked(third, CLAIM, order_id, "value")
    ahead.commit()
    assert same.result(10)[0]["strategy_id"] == "momentum"
    with pytest.raises(psycopg.Error) as error:
        other.result(10)
    assert error.value.sqlstate == "OM005"
    assert one(trader, "SELECT version FROM oms.get_order(%s)", order_id) == {"version": 2}


def test_two_people_dismiss_one_order(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    order_id = _manual(trader)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, DISMISS, order_id)
    waiting = blocked(behind, DISMISS, order_id)
    ahead.commit()
    assert waiting.result(10)[0]["version"] == 2


def test_attempts_are_all_counted(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    order_id = _order(trader)
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, ATTEMPT, order_id)
    waiting = blocked(behind, ATTEMPT, order_id)
    ahead.commit()
    assert waiting.result(10)[0]["version"] == 3
    assert one(trader, "SELECT attempts FROM oms.unconfirmed_orders") == {"attempts": 2}
