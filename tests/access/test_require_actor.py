"""accounts.require_actor: no change of an order or a fill without somebody who made it, on every write path."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from .conftest import one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

NEW = "INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'buy', 1)"
# Every way to change something, as a bot writes it. `{id}` is a live order with client_order_id live, executed in part.
WRITES = {
    "insert": NEW,
    "upsert": NEW + " ON CONFLICT (client_order_id, account) WHERE client_order_id IS NOT NULL DO NOTHING",
    "upsert of a known order": """
        INSERT INTO oms.orders (symbol, side, quantity, client_order_id) VALUES ('TCS', 'buy', 1, 'live')
        ON CONFLICT (client_order_id, account) WHERE client_order_id IS NOT NULL DO UPDATE SET limit_price = 5""",
    "update": "UPDATE oms.orders SET limit_price = 5 WHERE order_id = {id}",
    "status": "UPDATE oms.orders SET status = 'cancelled' WHERE order_id = {id}",
    "execution": "UPDATE oms.orders SET execution_qty = 10, execution_price = 100 WHERE order_id = {id}",
    "bulk": "UPDATE oms.orders SET order_metadata = '{{\"a\": 1}}'",
    "merge": """
        MERGE INTO oms.orders o USING (VALUES ({id}::bigint)) AS s (id) ON o.order_id = s.id
        WHEN MATCHED THEN UPDATE SET limit_price = 5""",
    "fill": "INSERT INTO oms.fills (order_id, quantity, price) VALUES ({id}, 1, 100)",
    "bust": "INSERT INTO oms.fills (order_id, kind, exec_ref_id) VALUES ({id}, 'cancel', 'E1')",
    "adjustment": "INSERT INTO oms.fills (symbol, kind, side, quantity) VALUES ('INFY', 'adjust', 'buy', 1)",
    "place_order": "SELECT * FROM oms.place_order('TCS', 'buy', 1{actor})",
    "accept_order": "SELECT * FROM oms.accept_order({id}, 'B1'{actor})",
    "mark_executed": "SELECT * FROM oms.mark_executed({id}, 100{actor})",
    "mark_cancelled": "SELECT * FROM oms.mark_cancelled({id}{actor})",
    "record_attempt": "SELECT * FROM oms.record_attempt({id}, 'timed out'{actor})",
    "modify_order": "SELECT * FROM oms.modify_order({id}, limit_price => 5{actor})",
    "adjust_quantity": "SELECT * FROM oms.adjust_quantity({id}, 12{actor})",
    "bust_fill": "SELECT * FROM oms.bust_fill({id}, 'E1'{actor})",
    "adjust_position": "SELECT * FROM oms.adjust_position('INFY', 5{actor})",
    "record_manual_order": "SELECT * FROM oms.record_manual_order('M1', 'TCS', 'buy', 1{actor})",
    "request_replace": "SELECT * FROM oms.request_replace('live', 'R1', 12{actor})",
    "report": 'SELECT * FROM oms.apply_execution_report(\'{{"ExecType": "4", "ClOrdID": "live"}}\'{actor})',
    "report of a trade": """
        SELECT * FROM oms.apply_execution_report(
          '{{"ExecType": "F", "ClOrdID": "live", "ExecID": "E9", "LastQty": 1, "LastPx": 9}}'{actor})""",
    "reconcile": """
        SELECT * FROM oms.reconcile('[{{"order_id": "K1", "tradingsymbol": "TCS", "transaction_type": "BUY",
          "quantity": 3, "status": "OPEN"}}]', now(), 'kite'{actor})""",
}
BY_CALL = {name: query for name, query in WRITES.items() if "{actor}" in query}


@pytest.fixture
def order_id(owner: Conn, trader: Conn) -> int:
    """A live order, executed in part, of the account default, which demands an actor from then on."""
    order = one(trader, "SELECT * FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'live')")
    rows(trader, "SELECT * FROM oms.mark_executed(%s, 100, 4, 'E1')", order["order_id"])
    rows(owner, "INSERT INTO oms.accounts (account, require_actor) VALUES ('default', true)")
    return int(order["order_id"])


def _books(owner: Conn) -> list[Any]:
    tables = ("orders", "fills", "positions", "order_events", "order_requests", "execution_reports", "reconciliations")
    return [rows(owner, f"SELECT * FROM oms.{name} ORDER BY 1, 2") for name in tables]


@pytest.mark.parametrize("role", ["trader", "owner"])
@pytest.mark.parametrize("name", WRITES)
def test_without_an_actor_it_is_refused(owner: Conn, connect: Connect, order_id: int, name: str, role: str) -> None:
    conn, before = connect(role), _books(owner)
    for empty in (None, "", "  "):
        if empty is not None:
            rows(conn, "SELECT set_config('oms.actor', %s, false)", empty)
        with pytest.raises(psycopg.Error) as error:
            rows(conn, WRITES[name].format(id=order_id, actor=""))
        diag = error.value.diag
        assert (error.value.sqlstate, diag.message_primary) == ("OM012", "a change needs an actor")
        assert json.loads(diag.message_detail or "") == {"account": "default"}
        assert "oms.set_context(actor => …)" in (diag.message_hint or "")
    assert _books(owner) == before


@pytest.mark.parametrize("name", WRITES)
def test_with_an_actor_in_the_session_it_is_done(owner: Conn, trader: Conn, order_id: int, name: str) -> None:
    before = one(owner, "SELECT count(*) AS n FROM oms.order_events")["n"]
    rows(trader, "SET oms.actor = 'bot:1'")
    rows(trader, WRITES[name].format(id=order_id, actor=""))
    events = rows(owner, "SELECT actor FROM oms.order_events ORDER BY recorded_at, seq OFFSET %s", before)
    assert {event["actor"] for event in events} <= {"bot:1"}
    assert events or name in ("adjustment", "adjust_position")
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


@pytest.mark.parametrize("name", BY_CALL)
def test_the_argument_is_enough(owner: Conn, trader: Conn, order_id: int, name: str) -> None:
    rows(trader, WRITES[name].format(id=order_id, actor=", actor => 'bot:1'"))
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


def test_copy_is_refused_too(owner: Conn, order_id: int) -> None:
    with (
        pytest.raises(psycopg.Error) as error,
        owner.cursor().copy("COPY oms.orders (symbol, side, quantity) FROM STDIN") as copy,
    ):
        copy.write_row(("TCS", "buy", 1))
    assert error.value.sqlstate == "OM012"
    assert one(owner, "SELECT count(*) AS n FROM oms.orders") == {"n": 1}
    assert order_id


def test_one_row_without_an_actor_undoes_the_whole_statement(owner: Conn, trader: Conn, order_id: int) -> None:
    with pytest.raises(psycopg.Error) as error:
        rows(owner, "UPDATE oms.orders SET limit_price = 5")
    assert error.value.sqlstate == "OM012"
    assert one(trader, "SELECT limit_price FROM oms.orders WHERE order_id = %s", order_id) == {"limit_price": None}


def test_what_changes_nothing_needs_nobody(trader: Conn, order_id: int) -> None:
    """A heartbeat, a no-op update, a repeated call, a dry run, a query."""
    for query in (
        "SELECT * FROM oms.record_status_check({id})",
        "UPDATE oms.orders SET last_status_check = now() WHERE order_id = {id}",
        "UPDATE oms.orders SET symbol = symbol, limit_price = NULL WHERE order_id = {id}",
        "SELECT * FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'live')",
        "SELECT * FROM oms.mark_executed({id}, 100, 4, 'E1')",
        "SELECT * FROM oms.reconcile('[]', now(), 'kite', dry_run => true)",
        "SELECT * FROM oms.timeline({id})",
    ):
        rows(trader, query.format(id=order_id))
    assert one(trader, "SELECT version FROM oms.orders WHERE order_id = %s", order_id) == {"version": 2}


def test_other_accounts_are_not_bound_by_it(owner: Conn, order_id: int) -> None:
    rows(owner, "INSERT INTO oms.accounts (account) VALUES ('free')")
    for account in ("free", "unknown"):
        assert one(owner, "SELECT * FROM oms.place_order('TCS', 'buy', 1, account => %s)", account)["version"] == 1
    assert order_id


def test_an_application_can_not_switch_it_off(trader: Conn, order_id: int) -> None:
    for query in ("UPDATE oms.accounts SET require_actor = false", "DELETE FROM oms.accounts"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(trader, query)
    for setting in ("oms.require_actor", "oms.accounts"):
        rows(trader, f"SET {setting} = 'off'")
    with pytest.raises(psycopg.Error) as error:
        rows(trader, WRITES["mark_cancelled"].format(id=order_id, actor=""))
    assert error.value.sqlstate == "OM012"
