"""A trader that lies about the session: settings, roles, times and names of its own making."""

from __future__ import annotations

import json
from typing import Any, LiteralString

import pytest
from psycopg import Connection

from .attacking import Connect, refused, trade, unchanged
from .conftest import one, rows

Conn = Connection[Any]

DENIED = "42501"

REFUSED = {
    "a superuser": ("SET is_superuser = on", ("55P02",)),
    "somebody else": ("SELECT set_config('session_authorization', 'orderstamp_owner', false)", (DENIED,)),
    "the owner": ("SELECT set_config('role', 'orderstamp_owner', false)", (DENIED,)),
    "a missing role": ("SET ROLE oms_operator_not", ("22023",)),
    "a role not given": ("SET ROLE oms_auditor", (DENIED,)),
    "another account by argument": ("SELECT * FROM oms.place_order('TCS', 'buy', 1, account => 'b')", ("OM009",)),
    "another account by setting": ("SET oms.account = 'b'; SELECT * FROM oms.place_order('TCS', 'buy', 1)", ("OM009",)),
    "no row security": ("SET row_security = off; SELECT * FROM oms.orders", (DENIED,)),
    "a time that is none": (
        "SET oms.occurred_at = 'soon'; UPDATE oms.orders SET limit_price = 1",
        ("22007",),
    ),
}
# Settings that change how SQL is read, how values are written or what plans are made: none may change what is booked.
HOSTILE = (
    "SET transform_null_equals = on",
    "SET array_nulls = off",
    "SET standard_conforming_strings = off",
    "SET escape_string_warning = off",
    "SET plpgsql.variable_conflict = use_column",
    "SET plpgsql.extra_errors = 'all'",
    "SET plpgsql.extra_warnings = 'all'",
    "SET plpgsql.check_asserts = off",
    "SET plan_cache_mode = force_custom_plan",
    "SET plan_cache_mode = force_generic_plan",
    "SET DateStyle = 'German, DMY'",
    "SET IntervalStyle = sql_standard",
    "SET TimeZone = 'America/New_York'",
    "SET extra_float_digits = -15",
    "SET bytea_output = escape",
    "SET lc_numeric = 'C'",
    "SET quote_all_identifiers = on",
    "SET search_path = ''",
    "SET default_transaction_isolation = 'repeatable read'",
    "SET default_with_oids = off",
    "SET enable_indexscan = off",
    "SET enable_seqscan = off",
    "SET work_mem = '64kB'",
    "SET client_min_messages = error",
    "SET check_function_bodies = off",
    "SET xmloption = document",
    "SET oms.reason = ''",
    "SET oms.correlation_id = ''",
    "SET oms.account = ''",
    "SET oms.db_user = 'boss'",
    "SET oms.require_actor = off",
    "SET oms.clock = '2000-01-01'",
)


@pytest.fixture
def ids(trader: Conn) -> dict[str, int]:
    return trade(trader)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(owner: Conn, trader: Conn, ids: dict[str, int], name: str) -> None:
    statement, states = REFUSED[name]
    with unchanged(owner):
        refused(trader, statement, *states)
    assert ids


def _day(owner: Conn, conn: Conn) -> list[Any]:
    """A day of orders as it stands in the books, without times and keys."""
    ids = trade(conn)
    report = {"ExecType": "4", "ClOrdID": "C1", "OrigClOrdID": "live", "ExecID": "9", "CumQty": "4"}
    steps: list[tuple[LiteralString, list[Any]]] = [
        ("UPDATE oms.orders SET reason = NULL, limit_price = 99.5 WHERE order_id = %s", [ids["live"]]),
        ("INSERT INTO oms.fills (order_id, quantity, price) VALUES (%s, 4, 101.25)", [ids["live"]]),
        ("SELECT * FROM oms.request_cancel('live', 'C1')", []),
        ("SELECT * FROM oms.apply_execution_report(%s)", [json.dumps(report)]),
        ("SELECT * FROM oms.bust_fill(%s, 'E1')", [ids["held"]]),
        ("SELECT * FROM oms.adjust_position('TCS', 7, 100)", []),
        ("SELECT * FROM oms.retry_order(%s)", [ids["failed"]]),
        ("SELECT * FROM oms.reconcile('[]', now(), 'kite')", []),
    ]
    for step, values in steps:
        conn.execute(step, values)
    numbers = {order_id: name for name, order_id in ids.items()}
    orders = rows(
        owner,
        """
        SELECT order_id, status, reason, end_reason, hold, execution_qty, execution_price, leaves_qty, cancelled_qty,
               open_qty, version, retry_count, last_event, client_order_id, closed_at IS NULL AS open
          FROM oms.orders WHERE order_id = ANY (%s) ORDER BY order_id
        """,
        list(numbers),
    )
    events = rows(
        owner,
        """
        SELECT order_id, seq, event_type, from_status, to_status, actor, db_user, reason, last_qty, last_price,
               changes - 'last_fill_id' AS changes
          FROM oms.order_events WHERE order_id = ANY (%s) ORDER BY order_id, seq
        """,
        list(numbers),
    )
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []
    return [row | {"order_id": numbers[row["order_id"]]} for row in [*orders, *events]]


@pytest.fixture(scope="module")
def usual() -> dict[str, list[Any]]:
    """What a day comes to without any setting; filled by the first test that needs it."""
    return {}


@pytest.mark.parametrize("setting", ["SET application_name = 'usual'", *HOSTILE])
def test_no_setting_changes_what_is_booked(
    owner: Conn, trader: Conn, usual: dict[str, list[Any]], setting: str
) -> None:
    trader.add_notice_handler(lambda _: None)
    rows(trader, setting)
    day = _day(owner, trader)
    assert usual.setdefault("day", day) == day


def test_the_writer_is_who_logged_in(owner: Conn, admin: Conn, connect: Connect) -> None:
    """Whoever the session says it is, and whichever role it takes on: db_user is the login."""
    conn = connect("trader")
    for statement in (
        "SET ROLE oms_trader",
        "SET oms.actor = 'orderstamp_owner'",
        "SET oms.db_user = 'orderstamp_owner'",
        "SET application_name = 'orderstamp_owner'",
    ):
        rows(conn, statement)
        order = one(conn, "SELECT * FROM oms.place_order('TCS', 'buy', 1)")
        event = one(owner, "SELECT db_user FROM oms.order_events WHERE order_id = %s", order["order_id"])
        assert event == {"db_user": "trader"}
    assert admin


def test_functions_of_ones_own_get_no_owner(owner: Conn, trader: Conn, ids: dict[str, int]) -> None:
    """A function that a definer of ours would call, were names looked up where the caller plants them."""
    rows(owner, "CREATE SCHEMA trap")
    rows(owner, "GRANT ALL ON SCHEMA trap TO oms_trader")
    told: list[str | None] = []
    trader.add_notice_handler(lambda diag: told.append(diag.message_primary))
    for schema in ("pg_temp", "trap"):
        for signature in ("my_accounts()", "check_session(text)", "raise_error(text, jsonb, text)", "now()"):
            rows(
                trader,
                f"CREATE FUNCTION {schema}.{signature} RETURNS text LANGUAGE plpgsql "
                "AS $$ BEGIN RAISE WARNING 'as %', current_user; RETURN 'x'; END $$",
            )
    rows(trader, "SET search_path = pg_temp, trap, pg_catalog")
    rows(trader, "SELECT * FROM oms.record_attempt(%s, 'timed out')", ids["live"])
    rows(trader, "SELECT * FROM oms.request_cancel('live', 'C1')")
    refused(trader, "SELECT * FROM oms.record_attempt(1, 'x', account => 'b')", "OM009")
    assert told == []
