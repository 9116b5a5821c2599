"""Whoever migrates acts as the owner of what is there: all of it belongs to one role, so that its parts may call each
other, and nothing runs with the rights of a superuser who happened to migrate.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, errors, sql

from orderstamp.install.failure import SetupError
from orderstamp.install.manifest import SCHEMA


def owner_of_schema(conn: Connection[Any]) -> str | None:
    """The role that what is installed belongs to, or None before the first installation."""
    row = conn.execute(
        """
        SELECT pg_get_userbyid(coalesce(c.relowner, n.nspowner))
          FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'installation'
         WHERE n.nspname = %s
        """,
        [SCHEMA],
    ).fetchone()
    return row[0] if row else None


def act_as_owner(conn: Connection[Any]) -> None:
    """Take on the owner's role for the session, or raise where that isn't allowed.

    A first installation belongs to the role that runs it.
    """
    owner = owner_of_schema(conn)
    if owner is None or conn.execute("SELECT current_user = %s", [owner]).fetchone() == (True,):
        return
    try:
        conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
    except errors.InsufficientPrivilege as error:
        raise SetupError(
            f"schema {SCHEMA} belongs to {owner}, and {conn.info.user} may not act as that role",
            hint=f"connect as the owner: as {owner}, or as a member of it",
        ) from error


def refuse_other_owners(conn: Connection[Any]) -> None:
    """Raise, naming it, where anything here belongs to a role whose rights the owner hasn't.

    It couldn't be replaced, and what is closed to everybody but its owner couldn't be called by the rest.
    """
    found = conn.execute(
        """
        WITH present (class, oid, owner) AS (
          SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc WHERE pronamespace = to_regnamespace(%(schema)s)
          UNION ALL
          SELECT 'pg_class'::regclass, oid, relowner
            FROM pg_class WHERE relnamespace = to_regnamespace(%(schema)s) AND relkind IN ('r', 'p', 'v')
        )
        SELECT o.type || ' ' || o.identity, pg_get_userbyid(p.owner), quote_ident(current_user)
          FROM present p, pg_identify_object(p.class, p.oid, 0) o
         WHERE NOT pg_has_role(p.owner, 'USAGE')
         ORDER BY 1
        """,
        {"schema": SCHEMA},
    ).fetchall()
    if found:
        owner = found[0][2]
        raise SetupError(
            f"not everything here belongs to {owner}: "
            + ", ".join(f"{what} belongs to {other}" for what, other, _ in found),
            hint="an administrator runs: " + " ".join(f"ALTER {what} OWNER TO {owner};" for what, _, _ in found),
        )


@contextmanager
def as_login(conn: Connection[Any]) -> Iterator[None]:
    """With the rights of the role that connected: what concerns the whole cluster isn't the owner's to do."""
    acting = conn.execute("SELECT current_setting('role')").fetchone()
    conn.execute("SET ROLE NONE")
    try:
        yield
    finally:
        conn.execute("SELECT set_config('role', %s, false)", acting)
