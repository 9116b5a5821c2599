"""Whatever ends an order, by whichever path of SQL, leaves none of its requests open, and no other order's closed."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, place
from support.fold_tables import Conn, event_types, gaps, order, refused, rows, snapshot, value
from support.report_calls import ask, asked, of

NESTED = """
DO $$ BEGIN
  BEGIN
    UPDATE oms.orders SET status = 'failed' WHERE client_order_id = 'a';
    RAISE EXCEPTION USING ERRCODE = 'P0001';
  EXCEPTION WHEN raise_exception THEN NULL;
  END;
  PERFORM oms.expire_order(order_id) FROM oms.orders WHERE client_order_id = 'a';
END $$
"""
ENDS = {
    "update": ("UPDATE oms.orders SET status = 'cancelled' WHERE client_order_id = 'a'", "cancelled"),
    "rejection alone": ("UPDATE oms.orders SET rejection_reason = 'margin' WHERE client_order_id = 'a'", "rejected"),
    "end_reason alone": ("UPDATE oms.orders SET end_reason = 'expired' WHERE client_order_id = 'a'", "expired"),
    "with another id": (
        "UPDATE oms.orders SET status = 'cancelled', client_order_id = 'z' WHERE client_order_id = 'a'",
        "cancelled",
    ),
    "merge": (
        "MERGE INTO oms.orders o USING (VALUES ('a'), ('absent')) v (id) ON o.client_order_id = v.id"
        " WHEN MATCHED THEN UPDATE SET status = 'failed'",
        "failed",
    ),
    "upsert": (
        "INSERT INTO oms.orders (client_order_id, symbol, side, quantity) VALUES ('a', 'INFY', 'buy', 10)"
        " ON CONFLICT (client_order_id, account) WHERE client_order_id IS NOT NULL DO UPDATE SET status = 'cancelled'",
        "cancelled",
    ),
    "nested, after an attempt undone": (NESTED, "expired"),
}


def _asked_for(conn: Conn) -> int:
    """Order a with a request to cancel it and one to replace it, beside another order with one of its own."""
    order_id = place(conn, client_order_id="a")
    place(conn, client_order_id="other")
    ask(conn, "cancel", "a", "b")
    ask(conn, "replace", "a", "c", quantity=20)
    ask(conn, "cancel", "other", "o")
    return order_id


def _states(conn: Conn) -> list[str]:
    return [asked(conn, request_id)["state"] for request_id in "bco"]


@pytest.mark.parametrize("end", ENDS)
def test_an_end_by_any_path_supersedes_what_is_open(trader: Conn, end: str) -> None:
    statement, event_type = ENDS[end]
    order_id = _asked_for(trader)
    before = event_types(trader, order_id)
    trader.execute(statement.encode())
    ended = order(trader, order_id)
    assert event_types(trader, order_id) == [*before, event_type]
    assert _states(trader) == ["superseded", "superseded", "received"]
    assert of(asked(trader, "b"), "decided_at") == (ended["updated_at"],)
    assert gaps(trader) == []


def test_an_end_undone_leaves_them_open(trader: Conn) -> None:
    _asked_for(trader)
    before = snapshot(trader)
    with trader.transaction(force_rollback=True):
        trader.execute("UPDATE oms.orders SET status = 'cancelled'")
        assert _states(trader) == ["superseded"] * 3
    assert _states(trader) == ["received"] * 3
    assert snapshot(trader) == before


def test_many_orders_of_which_few_have_requests(trader: Conn) -> None:
    _asked_for(trader)
    for _ in range(3):
        place(trader)
    trader.execute("UPDATE oms.orders SET status = 'failed', rejection_reason = 'margin'")
    assert _states(trader) == ["superseded"] * 3
    assert value(trader, "SELECT count(*) FROM oms.order_events WHERE event_type = 'rejected'") == 5
    assert gaps(trader) == []


def test_the_same_ids_in_another_account_stay_as_they_are(owner: Conn) -> None:
    _asked_for(owner)
    owner.execute("SET oms.account = 'second'")
    _asked_for(owner)
    owner.execute("UPDATE oms.orders SET status = 'cancelled' WHERE account = 'second' AND client_order_id = 'a'")
    states = "SELECT account, client_order_id, state FROM oms.order_requests WHERE state = 'superseded' ORDER BY 1, 2"
    assert [tuple(found.values()) for found in rows(owner, states)] == [
        ("second", "b", "superseded"),
        ("second", "c", "superseded"),
    ]


@pytest.mark.parametrize("columns", [{"status": "failed"}, {"end_reason": "expired"}], ids=str)
def test_an_end_by_nobody_is_refused_and_leaves_them_open(owner: Conn, trader: Conn, columns: dict[str, Any]) -> None:
    order_id = _asked_for(trader)
    owner.execute("INSERT INTO oms.accounts (account, require_actor) VALUES ('default', true)")
    before = snapshot(trader)
    (name, text), *_ = columns.items()
    with refused(trader, "OM012", account="default"):
        trader.execute(f"UPDATE oms.orders SET {name} = '{text}' WHERE order_id = {order_id}".encode())
    assert snapshot(trader) == before
    call(trader, "mark_cancelled", order_id, actor="asha")
    assert _states(trader) == ["superseded", "superseded", "received"]
