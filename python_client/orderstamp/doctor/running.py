"""How the database is run: who connects, with which settings, on which clock, restored or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis
from orderstamp.doctor.members import ABOVE, OWN_LOGIN, compare_accounts, compare_members
from orderstamp.install.epoch import next_epoch, restored_epoch

_WRITERS = f"""
WITH above AS ({ABOVE}), writers AS (
  SELECT r.oid, r.rolname, count(*) AS orders
    FROM (SELECT o.order_id, o.account, o.version FROM oms.orders o ORDER BY o.updated_at DESC LIMIT 100) o
    JOIN oms.order_events e ON e.order_id = o.order_id AND e.seq = o.version AND e.account = o.account
    JOIN pg_roles r ON r.rolname = e.db_user
   WHERE e.recorded_at > clock_timestamp() - interval '7 days'
   GROUP BY 1, 2
)
SELECT DISTINCT ON (w.rolname) w.rolname, w.orders,
       CASE WHEN a.oid <> w.oid THEN format('may act as %%s, which ', a.rolname) ELSE '' END || a.why
  FROM writers w JOIN above a ON pg_has_role(w.oid, a.oid, 'MEMBER')
 ORDER BY w.rolname, a.oid = w.oid DESC, a.rolname
"""
_SETTINGS = """
SELECT coalesce('ROLE ' || quote_ident(r.rolname), 'ROLE ALL'), d.datname, quote_ident(d.datname), c.setting
  FROM pg_db_role_setting s
  LEFT JOIN pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_database d ON d.oid = s.setdatabase
 CROSS JOIN unnest(s.setconfig) AS c (setting)
 CROSS JOIN split_part(c.setting, '=', 2) AS value
 WHERE (s.setdatabase = 0 OR d.datname = current_database())
   AND CASE split_part(c.setting, '=', 1) WHEN 'session_replication_role' THEN lower(value) = 'replica'
                                          WHEN 'row_security' THEN NOT value::boolean END
"""

# Sequences whose column leads an index, so that its highest number costs nothing.
_NUMBERED = {
    "orders_order_id_seq": ("orders", "order_id"),
    "fills_fill_id_seq": ("fills", "fill_id"),
    "reconciliations_reconciliation_id_seq": ("reconciliations", "reconciliation_id"),
}
# Not on a subscriber: replication leaves sequences where they were, until take_over.sql.
_READABLE = """
SELECT to_regclass('oms.' || %(sequence)s) IS NOT NULL AND to_regclass('oms.' || %(table)s) IS NOT NULL
   AND coalesce(has_table_privilege(to_regclass('oms.' || %(table)s), 'SELECT'), false)
   AND coalesce(has_sequence_privilege(to_regclass('oms.' || %(sequence)s), 'SELECT'), false)
   AND NOT EXISTS (SELECT FROM pg_subscription_rel r WHERE r.srrelid = to_regclass('oms.' || %(table)s))
"""


def examine_running(conn: Connection[Any], diagnosis: Diagnosis, owner: str) -> None:
    """Everything that needs no comparison with the release."""
    for what, check in (
        ("logins", partial(compare_members, owner=owner)),
        ("members of accounts", compare_accounts),
        ("who writes", partial(_writers, owner=owner)),
        ("settings", _settings),
        ("the clock", _clock),
        ("the epoch of the log", _epoch),
        ("the numbers of rows", _sequences),
    ):
        attempt(conn, diagnosis, what, check)


def attempt(
    conn: Connection[Any], diagnosis: Diagnosis, what: str, check: Callable[[Connection[Any], Diagnosis], None]
) -> None:
    """Make a check; where the database refuses it, or can't any more, say so instead."""
    try:
        with conn.transaction():
            check(conn, diagnosis)
    except psycopg.Error as error:
        diagnosis.skip(what, error)


def _writers(conn: Connection[Any], diagnosis: Diagnosis, owner: str) -> None:
    told = {finding.object for finding in diagnosis.findings if finding.check == "login"}
    for role, orders, why in conn.execute(_WRITERS.encode(), {"owner": owner}).fetchall():
        if role not in told:
            diagnosis.add("login", role, f"changed {orders} of the newest 100 orders last, and {why}", OWN_LOGIN)


def _settings(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    for role, database, quoted, setting in conn.execute(_SETTINGS.encode()).fetchall():
        name = setting.split("=", 1)[0]
        if role == "ROLE ALL" and database is not None:
            where, fix = f"database {database}", f"ALTER DATABASE {quoted} RESET {name};"
        else:
            inside = f" IN DATABASE {quoted}" if database is not None else ""
            where, fix = f"{role.lower()}{inside.lower()}", f"ALTER {role}{inside} RESET {name};"
        diagnosis.add("setting", where, f"{setting}: {_meaning(name)}", fix)
    row = conn.execute(
        """
        SELECT setting FROM pg_settings
         WHERE name = 'session_replication_role' AND setting = 'replica'
           AND source IN ('configuration file', 'command line')
        """
    ).fetchone()
    if row:
        diagnosis.add(
            "setting",
            "server",
            f"session_replication_role={row[0]}: {_meaning('session_replication_role')}",
            "ALTER SYSTEM RESET session_replication_role; SELECT pg_reload_conf();",
        )


def _meaning(name: str) -> str:
    return "triggers don't fire" if name == "session_replication_role" else "queries fail for applications"


def _clock(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    row = conn.execute(
        """
        SELECT extract(epoch FROM oms.clock() - clock_timestamp()),
               (SELECT extract(epoch FROM o.updated_at - clock_timestamp())
                  FROM oms.orders o ORDER BY o.updated_at DESC LIMIT 1)
        """
    ).fetchone()
    assert row is not None
    off, ahead = row
    if abs(off) > 1:
        diagnosis.add("clock", "oms.clock()", f"is {off:+.1f} s off the server's clock", "orderstamp migrate")
    if ahead is not None and ahead > 1:
        diagnosis.add(
            "clock",
            "the server's clock",
            f"is {ahead:.1f} s behind the newest event",
            "set the clock by NTP; until it has caught up, every new stamp is 1 µs after the one before",
        )


def _epoch(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    if restored_epoch(conn) is not None:
        diagnosis.add(
            "epoch",
            "oms.order_events",
            f"its newest events are of another server: it was restored, but the epoch is still {next_epoch(conn)}",
            "orderstamp migrate",
        )


def _sequences(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    for sequence, (table, column) in _NUMBERED.items():
        readable = conn.execute(_READABLE, {"sequence": sequence, "table": table}).fetchone()
        if readable != (True,):
            continue
        # The rows as they were when the statement began, the sequence as it is after: never behind by a race.
        query = f"SELECT (SELECT max({column}) FROM oms.{table}), last_value, is_called FROM oms.{sequence}"
        row = conn.execute(query.encode()).fetchone()
        assert row is not None
        highest, last, is_called = row
        if highest is not None and (last < highest or (last == highest and not is_called)):
            diagnosis.add(
                "sequence",
                f"oms.{sequence}",
                f"is behind: oms.{table} holds number {highest}",
                f"SELECT setval('oms.{sequence}', {highest});",
            )
