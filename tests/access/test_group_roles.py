"""What each group role may write: the trader orders and fills, the others nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from .conftest import one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

DERIVED = ("order_events", "positions", "position_lots")
SETTINGS = ("accounts", "account_members", "status_transitions", "installation")
COLUMN = {
    "orders": "reason",
    "fills": "reason",
    "order_events": "reason",
    "positions": "symbol",
    "position_lots": "symbol",
    "accounts": "account",
    "account_members": "account",
    "status_transitions": "event_type",
    "installation": "version",
}
STATEMENTS = {
    "insert": "INSERT INTO oms.{table} DEFAULT VALUES",
    "update": "UPDATE oms.{table} SET {column} = {column}",
    "delete": "DELETE FROM oms.{table}",
    "truncate": "TRUNCATE oms.{table} CASCADE",
    "lock": "LOCK TABLE oms.{table} IN ACCESS EXCLUSIVE MODE",
    "disable": "ALTER TABLE oms.{table} DISABLE TRIGGER ALL",
    "bypass": "ALTER TABLE oms.{table} DISABLE ROW LEVEL SECURITY",
    "drop": "DROP TABLE oms.{table} CASCADE",
}
WRITERS = ("trader", "operator")
ALLOWED = {
    (role, *written)
    for role in WRITERS
    for written in (("orders", "insert"), ("orders", "update"), ("fills", "insert"))
}


@pytest.mark.parametrize("role", ["trader", "operator", "reader", "auditor"])
@pytest.mark.parametrize("verb", STATEMENTS)
def test_what_is_refused(connect: Connect, role: str, verb: str) -> None:
    conn = connect(role, autocommit=False)
    for table, column in COLUMN.items():
        if (role, table, verb) in ALLOWED or (role in WRITERS and table == "orders" and verb == "lock"):
            continue
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(conn, STATEMENTS[verb].format(table=table, column=column))
        conn.rollback()


def test_the_trader_calls(trader: Conn) -> None:
    """One after the other, every call of the contract."""
    rows(trader, "SELECT oms.set_context(actor => 'me', reason => 'test', correlation_id => 'c1')")
    placed = one(trader, "SELECT * FROM oms.place_order('TCS', 'buy', 10, 'limit', 99, client_order_id => 'k')")
    order_id = placed["order_id"]
    for call in (
        "accept_order(%s, 'B1')",
        "record_status_check(%s)",
        "modify_order(%s, limit_price => 98)",
        "adjust_quantity(%s, 12)",
        "mark_failed(%s, 'timeout')",
        "retry_order(%s)",
        "mark_rejected(%s, 'no margin')",
        "retry_order(%s)",
        "mark_executed(%s, 98, 5)",
        "mark_cancelled(%s)",
    ):
        assert one(trader, f"SELECT * FROM oms.{call}", order_id)["order_id"] == order_id
    assert one(trader, "SELECT oms.record_status_checks(ARRAY[%s::bigint]) AS n", order_id) == {"n": 1}
    assert one(trader, "SELECT * FROM oms.adjust_position('TCS', 3, 99)")["quantity"] == 3
    assert one(trader, "SELECT * FROM oms.close_position('TCS', 99)")["status"] == "closed"
    manual = one(trader, "SELECT * FROM oms.record_manual_order('B2', 'INFY', 'buy', 1)")
    assert one(trader, "SELECT * FROM oms.expire_order(%s)", manual["order_id"])["status"] == "cancelled"
    assert rows(trader, "SELECT * FROM oms.audit_gaps") == []


def test_the_trader_writes_raw(trader: Conn) -> None:
    order_id = one(
        trader, "INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'buy', 10) RETURNING order_id"
    )["order_id"]
    rows(trader, "UPDATE oms.orders SET broker_order_id = 'B1' WHERE order_id = %s", order_id)
    rows(trader, "INSERT INTO oms.fills (order_id, quantity, price) VALUES (%s, 4, 100)", order_id)
    rows(trader, "UPDATE oms.orders SET execution_qty = 10, execution_price = 101 WHERE order_id = %s", order_id)
    rows(trader, "UPDATE oms.orders SET status = 'closed' WHERE order_id = %s", order_id)
    events = rows(trader, "SELECT event_type FROM oms.timeline(%s)", order_id)
    assert [event["event_type"] for event in events] == ["placed", "accepted", "executed", "executed", "closed"]
    assert rows(trader, "SELECT * FROM oms.audit_gaps") == []


@pytest.mark.parametrize("role", ["reader", "auditor"])
def test_readers_read_all_and_call_nothing_that_changes(connect: Connect, trader: Conn, role: str) -> None:
    order_id = one(trader, "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k')")["order_id"]
    rows(trader, "SELECT * FROM oms.mark_executed(%s, 100)", order_id)
    conn = connect(role)
    for table in (
        "orders",
        "fills",
        "positions",
        "position_lots",
        "order_events",
        "order_history",
        "open_orders",
        "net_fills",
    ):
        assert rows(conn, f"SELECT * FROM oms.{table}"), table
    for query in (
        "get_order(%s)",
        "timeline(%s)",
        "order_as_of(%s, now() + interval '1 hour')",
        "order_at_version(%s, 1)",
    ):
        assert rows(conn, f"SELECT * FROM oms.{query}", order_id), query
    assert one(conn, "SELECT * FROM oms.find_order('k')")["order_id"] == order_id
    assert one(conn, "SELECT * FROM oms.list_orders()")["order_id"] == order_id
    assert len(rows(conn, "SELECT * FROM oms.order_statistics()")) == 5
    for view in ("unconfirmed_orders", "open_exposure", "manual_orders"):
        assert rows(conn, f"SELECT * FROM oms.{view}") == []
    for call in ("place_order('TCS', 'buy', 1)", f"mark_cancelled({order_id})", f"record_status_check({order_id})"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(conn, f"SELECT * FROM oms.{call}")


def test_the_auditor_checks_the_books_and_the_reader_does_not(connect: Connect) -> None:
    assert rows(connect("auditor"), "SELECT * FROM oms.audit_gaps") == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(connect("reader"), "SELECT * FROM oms.audit_gaps")


def test_nobody_reads_the_membership_or_the_installation(connect: Connect) -> None:
    for role in ("trader", "operator", "reader", "auditor"):
        for table in ("account_members", "installation"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                rows(connect(role), f"SELECT * FROM oms.{table}")


@pytest.mark.parametrize("table", ["orders", "fills", "order_events"])
@pytest.mark.parametrize("verb", ["delete", "truncate"])
def test_owners_are_stopped_too(owner: Conn, table: str, verb: str) -> None:
    """A delete of no rows as well: the statement is refused, not the row."""
    with pytest.raises(psycopg.Error) as error:
        rows(owner, STATEMENTS[verb].format(table=table))
    assert error.value.sqlstate == "OM004"


def test_a_stranger_sees_nothing_of_it(connect: Connect, admin: Conn) -> None:
    rows(admin, "CREATE ROLE stranger LOGIN")
    try:
        rows(admin, "SET SESSION AUTHORIZATION stranger")
        for query in (
            "SELECT * FROM oms.orders",
            "SELECT oms.clock()",
            "SELECT * FROM oms.place_order('TCS', 'buy', 1)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                rows(admin, query)
    finally:
        rows(admin, "RESET SESSION AUTHORIZATION")
        rows(connect("admin"), "DROP ROLE stranger")
