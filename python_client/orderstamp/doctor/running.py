"""How the database is run: who connects, with which settings, on which clock, restored or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis
from orderstamp.install.epoch import next_epoch, restored_epoch
from orderstamp.install.roles import GROUP_ROLES

_OWN_LOGIN = "CREATE ROLE bot LOGIN; GRANT oms_trader TO bot; and let the application connect as bot"

# Who is above the guards: superusers, roles that bypass row-level security, members of the owner.
_ABOVE = """
SELECT r.rolname, CASE WHEN r.rolsuper THEN 'a superuser' WHEN r.rolbypassrls THEN 'bypasses row-level security'
                       ELSE 'the owner, or a member of it' END
  FROM pg_roles r CROSS JOIN pg_namespace n
 WHERE n.nspname = 'oms' AND (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, n.nspowner, 'USAGE'))
"""
_MEMBERS = f"""
WITH RECURSIVE members (oid) AS (
  SELECT oid FROM pg_roles WHERE rolname = ANY (%s)
  UNION
  SELECT m.member FROM pg_auth_members m JOIN members g ON g.oid = m.roleid
)
SELECT a.rolname, a.case FROM ({_ABOVE}) a JOIN pg_roles r USING (rolname) JOIN members m ON m.oid = r.oid
 WHERE r.rolcanlogin AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'oms' AND n.nspowner = r.oid)
"""
_WRITERS = f"""
SELECT a.rolname, a.case, count(*)
  FROM (SELECT o.order_id, o.account, o.version FROM oms.orders o ORDER BY o.updated_at DESC LIMIT 100) o
  JOIN oms.order_events e ON e.order_id = o.order_id AND e.seq = o.version AND e.account = o.account
  JOIN ({_ABOVE}) a ON a.rolname = e.db_user
 WHERE e.recorded_at > clock_timestamp() - interval '7 days'
 GROUP BY 1, 2
"""
_SETTINGS = """
SELECT coalesce('ROLE ' || quote_ident(r.rolname), 'ROLE ALL'), d.datname, quote_ident(d.datname), c.setting
  FROM pg_db_role_setting s
  LEFT JOIN pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_database d ON d.oid = s.setdatabase
 CROSS JOIN unnest(s.setconfig) AS c (setting)
 WHERE (s.setdatabase = 0 OR d.datname = current_database())
   AND (c.setting ~ '^session_replication_role=' AND c.setting <> 'session_replication_role=origin'
     OR c.setting IN ('row_security=off', 'row_security=false', 'row_security=0', 'row_security=no'))
"""


def examine_running(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    """Everything that needs no comparison with the release."""
    for what, check in (
        ("logins", _logins),
        ("who writes", _writers),
        ("settings", _settings),
        ("the clock", _clock),
        ("the epoch of the log", _epoch),
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


def _logins(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    for role, why in conn.execute(_MEMBERS.encode(), [list(GROUP_ROLES)]).fetchall():
        diagnosis.add("login", role, f"is given a group role, but is {why}: no guard binds it", _OWN_LOGIN)


def _writers(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    for role, why, orders in conn.execute(_WRITERS.encode()).fetchall():
        diagnosis.add("login", role, f"changed {orders} of the newest 100 orders last, and is {why}", _OWN_LOGIN)


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
         WHERE name = 'session_replication_role' AND setting <> 'origin'
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
