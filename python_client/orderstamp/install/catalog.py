"""What the loader has to know about the functions and views that are already there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from orderstamp.install.manifest import SCHEMA

STUB_MARKER = "orderstamp: not installed"


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege that a role other than the owner holds on an object, or on one column of it."""

    grantee: str
    privilege: str
    grantable: bool
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Routine:
    """A function. `place` changes with every replacement, `oid` only when it is another function."""

    oid: int
    place: str
    name: str
    reference: str
    grants: frozenset[Grant]


@dataclass(frozen=True, slots=True)
class View:
    """A view and who may read it."""

    oid: int
    name: str
    grants: frozenset[Grant]


def raw(text: str) -> sql.SQL:
    """Text that comes from the catalog or from our own files, not from a caller, as SQL."""
    return sql.SQL(text)


def routines(conn: Connection[Any], named: str | None = None) -> list[Routine]:
    """Functions of the schema, all or those of one name, oldest first."""
    rows = conn.execute(
        """
        SELECT p.oid, p.ctid::text, p.proname, p.oid::regprocedure::text,
               (SELECT json_agg(json_build_array(r.rolname, x.privilege_type, x.is_grantable))
                  FROM aclexplode(p.proacl) x JOIN pg_roles r ON r.oid = x.grantee
                 WHERE x.grantee <> p.proowner)
          FROM pg_proc p
         WHERE p.pronamespace = to_regnamespace(%(schema)s)
           AND (%(name)s::text IS NULL OR p.proname = %(name)s)
         ORDER BY p.oid
        """,
        {"schema": SCHEMA, "name": named},
    ).fetchall()
    return [Routine(oid, place, name, ref, _grants(held)) for oid, place, name, ref, held in rows]


def views(conn: Connection[Any]) -> dict[str, View]:
    """Views of the schema by name."""
    rows = conn.execute(
        """
        SELECT c.oid, c.relname,
               (SELECT json_agg(json_build_array(r.rolname, x.privilege_type, x.is_grantable, x.attname))
                  FROM (SELECT e.*, NULL::name AS attname FROM aclexplode(c.relacl) e
                        UNION ALL
                        SELECT e.*, a.attname FROM pg_attribute a, aclexplode(a.attacl) e
                         WHERE a.attrelid = c.oid) x
                  JOIN pg_roles r ON r.oid = x.grantee
                 WHERE x.grantee <> c.relowner)
          FROM pg_class c
         WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'v'
        """,
        [SCHEMA],
    ).fetchall()
    return {row[1]: View(row[0], row[1], _grants(row[2])) for row in rows}


def stubs(conn: Connection[Any]) -> list[str]:
    """Functions that still refuse everything because no real body was loaded."""
    rows = conn.execute(
        """
        SELECT p.oid::regprocedure::text FROM pg_proc p
         WHERE p.pronamespace = to_regnamespace(%s) AND position(%s IN p.prosrc) > 0
         ORDER BY 1
        """,
        [SCHEMA, STUB_MARKER],
    ).fetchall()
    return [row[0] for row in rows]


def table_exists(conn: Connection[Any], name: str) -> bool:
    """Whether a table or view of this (qualified) name exists and can be seen."""
    row = conn.execute("SELECT to_regclass(%s) IS NOT NULL", [name]).fetchone()
    return bool(row and row[0])


def _grants(items: list[list[Any]] | None) -> frozenset[Grant]:
    return frozenset(Grant(*item) for item in items or ())
