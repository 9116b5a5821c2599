"""Desk a asks in every way it can think of; what account b has or does makes no difference to any answer."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from support.sqltext import FUNCTIONS

from .conftest import one, rows

Conn = Connection[Any]
Desks = tuple[Conn, Conn]

# Every one is asked before and after account b trades; `{b}` is an order of b, `{n}` a number nobody has.
PROBES = (
    # Rows, counts and aggregates.
    *(
        f"SELECT count(*), max(t::text) FROM oms.{name} t"
        for name in (
            *("orders", "fills", "positions", "position_lots", "order_events", "order_requests", "execution_reports"),
            *("reconciliations", "reconciliation_decisions", "accounts", "open_orders", "order_history", "net_fills"),
            *("manual_orders", "discrepancies", "open_exposure"),
            *("audit_gaps", "audit_log_gaps", "audit_fill_gaps", "audit_stamp_gaps", "audit_request_gaps"),
        )
    ),
    "SELECT * FROM oms.order_statistics('b')",
    "SELECT * FROM oms.list_orders(account => 'b')",
    "SELECT * FROM oms.find_order('late', account => 'b')",
    "SELECT * FROM oms.find_order(broker_order_id => 'B-late', account => 'b')",
    # Errors: their code, message, detail, hint and context.
    "SELECT * FROM oms.get_order({b})",
    "SELECT * FROM oms.get_order({b}, 'b')",
    "SELECT * FROM oms.mark_executed({b}, 1, exec_id => 'late', account => 'b')",
    "SELECT * FROM oms.bust_fill({b}, 'late')",
    "SELECT * FROM oms.place_order('X', 'buy', 1, client_order_id => 'late', account => 'b')",
    "SELECT * FROM oms.place_order('X', 'buy', 1, parent_order_id => {b})",
    "SELECT * FROM oms.request_cancel('late', 'r', account => 'b')",
    "SELECT * FROM oms.accept_request('late', account => 'b')",
    "SELECT * FROM oms.reconcile('[]', now(), 'kite', dry_run => true, account => 'b')",
    "SELECT * FROM oms.close_position('LATE', account => 'b')",
    "INSERT INTO oms.orders (order_id, symbol, side, quantity, account) VALUES ({b}, 'X', 'buy', 1, 'b')",
    "INSERT INTO oms.orders (symbol, side, quantity, client_order_id, account) VALUES ('X', 'buy', 1, 'late', 'b')",
    "INSERT INTO oms.fills (order_id, account, quantity) VALUES ({b}, 'b', 1)",
    "INSERT INTO oms.fills (order_id, exec_id, quantity) VALUES ({b}, 'late', 1)",
    "UPDATE oms.orders SET limit_price = 1 / 0 WHERE symbol = 'LATE'",
    "SELECT 1 / 0 FROM oms.orders WHERE order_id = {b}",
    "SELECT symbol::integer FROM oms.orders WHERE symbol = 'LATE'",
    "SELECT * FROM oms.orders WHERE order_id = {b} FOR UPDATE NOWAIT",
    # What the server keeps about tables, sequences and sessions.
    "SELECT * FROM pg_stats WHERE schemaname = 'oms' AND tablename IN ('orders', 'fills', 'order_events', 'positions')",
    "SELECT * FROM pg_stats_ext WHERE schemaname = 'oms'",
    "SELECT last_value FROM oms.orders_order_id_seq",
    "SELECT last_value FROM oms.fills_fill_id_seq",
    "SELECT last_value FROM pg_sequences WHERE schemaname = 'oms' AND sequencename = 'orders_order_id_seq'",
    "SELECT query FROM pg_stat_activity WHERE usename = 'desk_b' AND query NOT LIKE '<insuff%%'",
    "SELECT * FROM oms.account_members",
    "SELECT * FROM oms.installation",
    "SELECT pg_get_userbyid(m.member) FROM pg_auth_members m WHERE pg_get_userbyid(m.roleid) = 'desk_b'",
)


def _answer(conn: Conn, query: str) -> Any:
    try:
        with conn.transaction(force_rollback=True):
            return [dict(row) for row in rows(conn, query)]
    except psycopg.Error as error:
        diag = error.diag
        return (error.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint, diag.context)


def _late_trades(owner: Conn, desk_b: Conn, order_id: int) -> None:
    """An order of b under a number that a has asked for already, with ids, a fill, requests, a report, a run."""
    rows(
        desk_b,
        """
        INSERT INTO oms.orders (order_id, symbol, side, quantity, client_order_id, broker_order_id)
        VALUES (%s, 'LATE', 'buy', 10, 'late', 'B-late')
        """,
        order_id,
    )
    rows(desk_b, "SELECT * FROM oms.mark_executed(%s, 100, 4, 'late')", order_id)
    rows(desk_b, "SELECT * FROM oms.request_replace('late', 'late-2', 12)")
    rows(desk_b, """SELECT * FROM oms.apply_execution_report('{"ExecType": "0", "ClOrdID": "late", "CumQty": 9}')""")
    rows(desk_b, "SELECT * FROM oms.reconcile('[{}]', now(), 'kite', complete => false)")
    rows(owner, "ANALYZE")


@pytest.mark.usefixtures("ids")
def test_no_answer_depends_on_another_account(owner: Conn, desks: Desks) -> None:
    conn, desk_b = desks
    rows(owner, "ANALYZE")
    asked = [probe.replace("{b}", "777000") for probe in PROBES]
    before = {probe: _answer(conn, probe) for probe in asked}
    _late_trades(owner, desk_b, 777000)
    with desk_b.transaction():
        rows(desk_b, "UPDATE oms.orders SET limit_price = 5 WHERE order_id = 777000")  # and holds its lock
        for probe in asked:
            assert _answer(conn, probe) == before[probe], probe


def _estimate(conn: Conn, name: str, condition: str) -> int:
    (plan,) = one(conn, f"EXPLAIN (FORMAT json) SELECT FROM oms.{name} WHERE {condition}")["QUERY PLAN"]
    return int(plan["Plan"]["Plan Rows"])


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("name", ["orders", "order_events", "fills", "positions"])
def test_estimates_of_what_could_tell_use_no_statistics(owner: Conn, desks: Desks, name: str) -> None:
    """A condition that isn't leakproof is estimated by rule of thumb, whatever values b has."""
    conn, _ = desks
    rows(owner, "ANALYZE")
    for one_value, another in (
        ("account LIKE '%b'", "account LIKE '%z'"),
        ("upper(account) = 'B'", "upper(account) = 'Z'"),
    ):
        assert _estimate(conn, name, one_value) == _estimate(conn, name, another)


def test_what_postgresql_does_not_hide(owner: Conn, desks: Desks) -> None:
    """As the README says: estimates of an equality, sizes of tables, who is logged in, and advisory locks."""
    conn, desk_b = desks
    rows(owner, "ANALYZE")
    assert _estimate(conn, "order_events", "account = 'b'") > _estimate(conn, "order_events", "account = 'nobody'")
    assert one(conn, "SELECT reltuples > 4 AS all FROM pg_class WHERE oid = 'oms.orders'::regclass") == {"all": True}
    assert rows(conn, "SELECT usename FROM pg_stat_activity WHERE usename = 'desk_b'")
    with desk_b.transaction():
        rows(desk_b, "SELECT oms.lock_bookings('b')")
        query = "SELECT pg_try_advisory_xact_lock(hashtextextended('oms.bookings b', 0)) AS free"
        assert one(conn, query) == {"free": False}
    assert one(conn, query) == {"free": True}


def test_every_table_of_an_account_has_its_policy(owner: Conn) -> None:
    """But the membership itself, which nobody may read."""
    tables = rows(
        owner,
        """
        SELECT c.relname, c.relrowsecurity AS on,
               (SELECT array_agg(p.polname::text) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account' AND NOT a.attisdropped
         WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'account_members'
        """,
    )
    assert len(tables) >= 10
    for table in tables:
        assert (table["on"], table["policies"]) == (True, [f"{table['relname']}_member"]), table["relname"]


def test_keys_hold_the_account(owner: Conn) -> None:
    """A unique index without it would tell, by 23505, which keys another account has; a foreign key too."""
    found = rows(
        owner,
        """
        SELECT x.indexrelid::regclass::text AS name FROM pg_index x
          JOIN pg_class c ON c.oid = x.indrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account' AND NOT a.attisdropped
         WHERE c.relnamespace = 'oms'::regnamespace AND x.indisunique AND NOT a.attnum = ANY (x.indkey)
         UNION ALL
        SELECT n.conname FROM pg_constraint n
          JOIN pg_attribute a ON a.attrelid = n.conrelid AND a.attname = 'account'
          JOIN pg_attribute r ON r.attrelid = n.confrelid AND r.attname = 'account'
         WHERE n.connamespace = 'oms'::regnamespace AND n.contype = 'f' AND NOT a.attnum = ANY (n.conkey)
        """,
    )
    assert found == []


def test_definers_ask_who_logged_in_before_anything_else(owner: Conn) -> None:
    """They run as the owner, whom no policy binds: what applications may call refuses foreign accounts itself."""
    callable_ = rows(
        owner,
        """
        SELECT p.proname FROM pg_proc p
         WHERE p.pronamespace = 'oms'::regnamespace AND p.prosecdef
           AND has_function_privilege('oms_trader', p.oid, 'EXECUTE')
        """,
    )
    names = {row["proname"] for row in callable_} - {"my_accounts"}
    assert len(names) >= 8
    for name in names:
        body = FUNCTIONS[name].body
        first = re.search(r"^BEGIN\n\s*(.*)$", body, re.MULTILINE)
        assert first, name
        assert first[1] == f"PERFORM oms.check_session({name}.account);", name
