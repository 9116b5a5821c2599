"""Names follow the rules, so that an error message or a plan tells what it is about."""

from __future__ import annotations

import re
from typing import Any

from psycopg import Connection

from support.sqltext import FUNCTIONS, VIEWS

SUFFIXES = {"c": "ck", "f": "fk", "p": "pk", "u": "uq"}
TABLES = {
    "account_members",
    "accounts",
    "broker_profiles",
    "broker_statuses",
    "execution_reports",
    "fills",
    "installation",
    "markets",
    "order_events",
    "order_requests",
    "orders",
    "position_lots",
    "positions",
    "reconciliation_decisions",
    "reconciliations",
    "reject_rules",
    "retry_claims",
    "retry_policies",
    "status_transitions",
    "trading_sessions",
}


def test_tables(owner: Connection[Any]) -> None:
    rows = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'oms'::regnamespace AND relkind IN ('r', 'p', 'm')"
    ).fetchall()
    assert {row[0] for row in rows} == TABLES


def test_constraints(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT c.relname, n.conname, n.contype FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
         WHERE n.connamespace = 'oms'::regnamespace AND n.contype IN ('c', 'f', 'p', 'u', 'x')
        """
    ).fetchall()
    assert len(rows) > 15
    wrong = [name for table, name, kind in rows if not re.fullmatch(rf"{table}_(\w+_)?{SUFFIXES[kind]}", name)]
    assert wrong == []
    assert [name for table, name, kind in rows if kind == "p" and name != f"{table}_pk"] == []


def test_indexes(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT t.relname, i.relname, x.indisunique, x.indisprimary
          FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
         WHERE t.relnamespace = 'oms'::regnamespace
        """
    ).fetchall()
    wrong = [
        name
        for table, name, unique, primary in rows
        if not re.fullmatch(rf"{table}_(\w+_)?{'pk' if primary else 'uq' if unique else 'ix'}", name)
    ]
    assert wrong == []


def test_triggers_fire_by_number(owner: Connection[Any]) -> None:
    """tNN_verb, bound to <table>__<verb>, or to a guard that serves several tables."""
    rows = owner.execute(
        """
        SELECT c.relname, t.tgname, p.proname
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
         WHERE c.relnamespace = 'oms'::regnamespace AND NOT t.tgisinternal
        """
    ).fetchall()
    shared = {"history__keep": "keep", "bookings__lock": "lock"}
    for table, trigger, function in rows:
        found = re.fullmatch(r"t\d\d_([a-z]+)(_[a-z]+)?", trigger)
        assert found, trigger
        names = {f"{table}__{found[1]}", f"{table}__{trigger[4:]}"}
        assert function in (*names, *(name for name, verb in shared.items() if verb == found[1]))


def test_functions_that_return_a_trigger_are_named_so(owner: Connection[Any]) -> None:
    rows = owner.execute(
        "SELECT proname, prorettype = 'trigger'::regtype FROM pg_proc WHERE pronamespace = 'oms'::regnamespace"
    ).fetchall()
    assert [name for name, is_trigger in rows if is_trigger != ("__" in name)] == []


def test_no_overloads_and_no_second_versions(owner: Connection[Any]) -> None:
    rows = owner.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'oms'::regnamespace").fetchall()
    names = [row[0] for row in rows]
    assert len(names) == len(set(names))
    assert [name for name in names if re.search(r"_v?\d+$", name)] == []


def test_the_server_holds_exactly_the_files(owner: Connection[Any]) -> None:
    functions = owner.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'oms'::regnamespace").fetchall()
    views = owner.execute("SELECT viewname FROM pg_views WHERE schemaname = 'oms'").fetchall()
    assert {row[0] for row in functions} == set(FUNCTIONS)
    assert {row[0] for row in views} == set(VIEWS)


def test_policies_are_named_after_their_table(owner: Connection[Any]) -> None:
    rows = owner.execute("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'oms'").fetchall()
    assert sorted(rows) == [
        (table, f"{table}_member")
        for table in (
            *("accounts", "execution_reports", "fills", "order_events", "order_requests", "orders", "position_lots"),
            *("positions", "reconciliation_decisions", "reconciliations", "retry_claims"),
        )
    ]


def test_locals_and_parameters(owner: Connection[Any]) -> None:
    """Locals are v_…; parameters are plain words, so that people can type `reason => '…'`."""
    rows = owner.execute(
        """
        SELECT p.proname, a.name FROM pg_proc p CROSS JOIN LATERAL unnest(p.proargnames) AS a (name)
         WHERE p.pronamespace = 'oms'::regnamespace
        """
    ).fetchall()
    assert [
        row for row in rows if not re.fullmatch(r"[a-z][a-z_]*", row[1]) or re.match(r"(v|p|in|out)_", row[1])
    ] == []
    for source in FUNCTIONS.values():
        declared = re.search(r"^DECLARE\n(.*?)^BEGIN", source.body, re.MULTILINE | re.DOTALL)
        names = re.findall(r"^  (\w+) ", declared[1], re.MULTILINE) if declared else []
        assert [name for name in names if not name.startswith("v_")] == [], source


def test_no_id_is_a_short_number(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'oms'::regnamespace AND a.attnum > 0 AND a.attname ~ '_ids?$'
           AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int4[]'::regtype)
        """
    ).fetchall()
    assert rows == []
