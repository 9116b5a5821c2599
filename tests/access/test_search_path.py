"""A trader can't make the product run code of its own: names it plants before ours are never looked at."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from support import sqltext

from .conftest import one, rows

Conn = Connection[Any]

# What our bodies use without a schema, in the trader's version; each tells when it is run, and gives a wrong answer.
FUNCTIONS = {
    "clock_timestamp()": "timestamptz",
    "current_setting(text, boolean)": "text",
    "set_config(text, text, boolean)": "text",
    "nextval(regclass)": "bigint",
    "row_security_active(text)": "boolean",
    "to_regrole(text)": "regrole",
    "quote_ident(text)": "text",
    "pg_get_userbyid(oid)": "name",
    "hashtextextended(text, bigint)": "bigint",
    "pg_advisory_xact_lock(bigint)": "void",
    "pg_current_xact_id()": "xid8",
    "jsonb_build_object(VARIADIC text[])": "jsonb",
    "jsonb_populate_record(anyelement, jsonb)": "anyelement",
    "trim_scale(numeric)": "numeric",
    "round(numeric, integer)": "numeric",
    "btrim(text)": "text",
    "to_char(timestamp, text)": "text",
    "to_jsonb(anyelement)": "jsonb",
    "to_json(anyelement)": "json",
    "lower(text)": "text",
    "sign(numeric)": "numeric",
    "min_scale(numeric)": "integer",
    "isfinite(timestamptz)": "boolean",
}
OPERATORS = {
    "=": ("text", "text", "boolean"),
    "<>": ("text", "text", "boolean"),
    "||": ("text", "text", "text"),
    ">": ("numeric", "numeric", "boolean"),
    "+": ("numeric", "numeric", "numeric"),
    "-": ("numeric", "numeric", "numeric"),
    "->": ("jsonb", "text", "jsonb"),
}
RELATIONS = (
    "orders",
    "fills",
    "positions",
    "position_lots",
    "order_events",
    "new_fills",
    "pg_auth_members",
    "error_codes",
)


_BODY = "LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'hijacked'; RETURN{} ; END $$"


def _plant(conn: Conn, schema: str) -> None:
    """Functions, operators, types and tables of well-known names in a schema of the trader's."""
    for signature, result in FUNCTIONS.items():
        body = _BODY.format("" if result == "void" else " NULL")
        rows(conn, f"CREATE FUNCTION {schema}.{signature} RETURNS {result} {body}")
    for number, (name, (left, right, result)) in enumerate(OPERATORS.items()):
        body = _BODY.format(" NULL")
        rows(conn, f"CREATE FUNCTION {schema}.op_{number}({left}, {right}) RETURNS {result} {body}")
        arguments = f"FUNCTION = {schema}.op_{number}, LEFTARG = {left}, RIGHTARG = {right}"
        rows(conn, f"CREATE OPERATOR {schema}.{name} ({arguments})")
    for name in RELATIONS:
        rows(conn, f"CREATE TABLE {schema}.{name} (account text)")
    for name in ("timestamptz", "jsonb", "text"):
        rows(conn, f"CREATE DOMAIN {schema}.{name} AS integer")


def _trade(conn: Conn) -> list[int]:
    """A day by calls, raw SQL and queries; returns the ids of its two orders."""
    ids = [
        int(
            one(conn, "SELECT * FROM oms.place_order('TCS', %s, 10, 'limit', 99, book => 'x', variety => 'amo')", side)[
                "order_id"
            ]
        )
        for side in ("buy", "sell")
    ]
    entry, leave = ids
    rows(conn, "SELECT * FROM oms.record_attempt(%s, 'timed out')", entry)
    rows(
        conn,
        "SELECT * FROM oms.adjust_quantities(jsonb_build_array(jsonb_build_object('order_id', %s, 'quantity', 10)))",
        entry,
    )
    rows(conn, "UPDATE oms.orders SET manual_detected_at = '2026-01-05' WHERE order_id = %s", leave)
    rows(conn, "SELECT * FROM oms.dismiss_manual_order(%s, 'not ours', actor => 'ana')", leave)
    rows(conn, "SELECT * FROM oms.claim_manual_order(%s, 'momentum', 'ours', actor => 'ana')", leave)
    rows(conn, "SELECT * FROM oms.cancel_pending_reentries('TCS', book => 'x')")
    rows(conn, "SELECT * FROM oms.accept_order(%s, actor => 'me', occurred_at => '2026-01-05 09:15+05:30')", entry)
    rows(conn, "SELECT * FROM oms.mark_executed(%s, 99.5, 4, 'e1')", entry)
    rows(conn, "UPDATE oms.orders SET execution_qty = 10, execution_price = 100 WHERE order_id = %s", entry)
    rows(conn, "INSERT INTO oms.fills (order_id, quantity, price) VALUES (%s, 4, 101)", leave)
    rows(conn, "SELECT * FROM oms.mark_cancelled(%s)", leave)
    rows(conn, "SELECT * FROM oms.close_position('TCS', 102, book => 'x')")
    rows(conn, "SELECT * FROM oms.record_status_checks(%s::bigint[])", ids)
    for query in ("timeline(%s)", "order_at_version(%s, 3)", "order_as_of(%s, now())", "get_order(%s)"):
        rows(conn, f"SELECT * FROM oms.{query}", entry)
    for name in ("order_history", "open_orders", "unconfirmed_orders", "net_fills", "audit_gaps", "error_codes"):
        rows(conn, f"SELECT * FROM oms.{name}")
    for name in ("open_exposure", "manual_orders"):
        rows(conn, f"SELECT * FROM oms.{name}")
    rows(conn, "SELECT * FROM oms.list_orders('closed')")
    rows(conn, "SELECT * FROM oms.find_order('k')")
    rows(conn, "SELECT * FROM oms.order_statistics()")
    with pytest.raises(psycopg.Error) as error:
        rows(conn, "SELECT * FROM oms.mark_rejected(%s, 'late')", entry)
    assert error.value.sqlstate == "OM002"
    return ids


def _books(conn: Conn, ids: list[int]) -> list[list[dict[str, Any]]]:
    """The orders and events of a day, without their times and keys."""
    columns = (
        "side, status, reason, end_reason, execution_qty, execution_price, leaves_qty, open_qty, version, "
        "closed_at IS NOT NULL AS closed FROM oms.orders WHERE order_id = ANY (%s) ORDER BY order_id",
        "seq, event_type, from_status, to_status, actor, db_user, reason, last_qty, last_price, "
        "changes - 'last_fill_id' AS changes FROM oms.order_events WHERE order_id = ANY (%s) ORDER BY order_id, seq",
    )
    return [rows(conn, f"SELECT {query}", ids) for query in columns]


@pytest.mark.parametrize("schema", ["pg_temp", "trap"])
def test_planted_names_change_nothing(owner: Conn, trader: Conn, schema: str) -> None:
    expected = _books(owner, _trade(trader))
    rows(owner, "CREATE SCHEMA trap")
    rows(owner, "GRANT ALL ON SCHEMA trap TO oms_trader")
    _plant(trader, schema)
    rows(trader, f"SET search_path = {schema}, pg_catalog")
    told: list[str | None] = []
    trader.add_notice_handler(lambda diag: told.append(diag.message_primary))
    found = _trade(trader)
    assert "hijacked" not in told
    assert _books(owner, found) == expected
    # The trap is armed: what the trader writes itself falls into it.
    rows(trader, "SELECT trap.clock_timestamp()" if schema == "trap" else "SELECT pg_temp.clock_timestamp()")
    assert told[-1] == "hijacked"
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


def test_with_no_search_path_at_all(owner: Conn, trader: Conn) -> None:
    expected = _books(owner, _trade(trader))
    rows(trader, "SET search_path = ''")
    assert _books(owner, _trade(trader)) == expected


def test_trigger_functions_guard_no_other_table(trader: Conn) -> None:
    """Bound to a table of the trader's, the writer of the log would log what never happened."""
    rows(trader, "CREATE TEMP TABLE mine (LIKE oms.orders)")
    for name in (name for name in sqltext.FUNCTIONS if "__" in name):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(trader, f"CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION oms.{name}()")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE FUNCTION oms.clock(text) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE TABLE oms.mine ()",
        "CREATE TEMP TABLE mine (o oms.orders); ALTER TABLE oms.orders INHERIT mine",
        "CREATE TRIGGER mine AFTER UPDATE ON oms.orders EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE mine AS ON INSERT TO oms.order_events DO INSTEAD NOTHING",
        "CREATE POLICY mine ON oms.orders USING (true)",
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION orderstamp_owner",
        "SET ROLE orderstamp_owner",
    ],
)
def test_the_product_is_closed_to_traders(trader: Conn, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(trader, statement)


def test_no_setting_fakes_the_time_or_the_writer(trader: Conn) -> None:
    """The actor is a claim, who was logged in a fact; the time is the clock's."""
    for name in ("occurred_at", "actor", "reason", "db_user", "clock", "now", "recorded_at", "version"):
        rows(trader, f"SET oms.{name} = '2000-01-01'")
    order = one(trader, "SELECT * FROM oms.place_order('TCS', 'buy', 10)")
    assert order["placed_at"].year > 2000
    event = one(trader, "SELECT * FROM oms.timeline(%s)", order["order_id"])
    assert event["recorded_at"] == order["placed_at"]
    assert (event["actor"], event["db_user"], event["seq"]) == ("2000-01-01", "trader", 1)
    assert event["occurred_at"].year == 2000
