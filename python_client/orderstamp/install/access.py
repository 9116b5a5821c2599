"""Who may do what: group roles get exactly what sql/access/ says, everybody else keeps what they had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import Connection, sql

from orderstamp.install import catalog
from orderstamp.install.catalog import Grant, raw
from orderstamp.install.manifest import SCHEMA
from orderstamp.install.roles import GROUP_ROLES

Grants = dict[str, frozenset[Grant]]


def current_grants(conn: Connection[Any]) -> Grants:
    """What roles other than ours may do, by identity of the object."""
    grants: Grants = {}
    for routine in catalog.routines(conn):
        identity = f"function {SCHEMA}.{routine.name}"
        grants[identity] = grants.get(identity, frozenset()) | _by_users(routine.grants)
    for view in catalog.views(conn).values():
        grants[f"view {SCHEMA}.{view.name}"] = _by_users(view.grants)
    return grants


def restore_grants(conn: Connection[Any], before: Grants, objects: Iterable[str]) -> None:
    """Give users what they had on objects that were dropped and made again."""
    now = current_grants(conn)
    for identity in objects:
        lost = before.get(identity, frozenset()) - now.get(identity, frozenset())
        for grant in sorted(lost, key=lambda g: (g.grantee, g.privilege, g.column or "")):
            _grant(conn, identity, grant)


def close_to_public(conn: Connection[Any], functions: list[str]) -> None:
    """PostgreSQL lets everybody execute a new function; ours are open to nobody until access is granted."""
    rows = conn.execute(
        """
        SELECT oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = to_regnamespace(%s) AND proname = ANY (%s)
           AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) x WHERE x.grantee = 0))
        """,
        [SCHEMA, functions],
    ).fetchall()
    for (function,) in rows:
        conn.execute(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(raw(function)))


def _by_users(grants: frozenset[Grant]) -> frozenset[Grant]:
    return frozenset(grant for grant in grants if grant.grantee not in GROUP_ROLES)


def _grant(conn: Connection[Any], identity: str, grant: Grant) -> None:
    kind, name = identity.split(" ", 1)
    columns = sql.SQL("({})").format(sql.Identifier(grant.column)) if grant.column else sql.SQL("")
    statement = sql.SQL("GRANT {}{} ON {} {} TO {}{}").format(
        raw(grant.privilege),
        columns,
        raw("FUNCTION" if kind == "function" else "TABLE"),
        sql.Identifier(*name.split(".", 1)),
        sql.Identifier(grant.grantee),
        raw(" WITH GRANT OPTION" if grant.grantable else ""),
    )
    try:
        with conn.transaction():
            conn.execute(statement)
    except psycopg.errors.UndefinedColumn:
        pass  # the column left the view, and what was granted on it with it


def revoke_from_groups(conn: Connection[Any]) -> None:
    """Take away whatever the group roles hold on the schema and on anything in it."""
    rows = conn.execute(
        """
        WITH held (kind, object, owner, acl) AS (
          SELECT 'SCHEMA', quote_ident(nspname), nspowner, nspacl FROM pg_namespace WHERE nspname = %(schema)s
          UNION ALL
          SELECT 'FUNCTION', oid::regprocedure::text, proowner, proacl
            FROM pg_proc WHERE pronamespace = to_regnamespace(%(schema)s)
          UNION ALL
          SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass::text, relowner, relacl
            FROM pg_class WHERE relnamespace = to_regnamespace(%(schema)s) AND relkind IN ('r', 'p', 'v', 'S')
          UNION ALL
          SELECT 'TABLE', c.oid::regclass::text, c.relowner, a.attacl
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relkind IN ('r', 'p', 'v')
        )
        SELECT DISTINCT h.kind, h.object, r.rolname
          FROM held h, aclexplode(h.acl) x JOIN pg_roles r ON r.oid = x.grantee
         WHERE r.rolname = ANY (%(groups)s) AND pg_has_role(h.owner, 'USAGE')
        """,
        {"schema": SCHEMA, "groups": list(GROUP_ROLES)},
    ).fetchall()
    for kind, name, role in rows:
        conn.execute(sql.SQL("REVOKE ALL ON {} {} FROM {}").format(raw(kind), raw(name), sql.Identifier(role)))
