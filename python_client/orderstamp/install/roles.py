"""The group roles that grants refer to, made where the installer may make roles."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection, sql

from orderstamp.install.owner import as_login

GROUP_ROLES = ("oms_trader", "oms_operator", "oms_reader", "oms_auditor")


def missing_roles(conn: Connection[Any]) -> list[str]:
    """Group roles that the cluster doesn't have."""
    rows = conn.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(GROUP_ROLES)]).fetchall()
    return [role for role in GROUP_ROLES if (role,) not in rows]


def create_roles(conn: Connection[Any]) -> list[str]:
    """Create the missing group roles if the role that connected may; return those that are still missing."""
    missing = missing_roles(conn)
    if not missing:
        return missing
    with as_login(conn):
        if not _may_create_roles(conn):
            return missing
        for role in missing:
            _create_role(conn, role)
    return missing_roles(conn)


def administrator_sql(roles: list[str]) -> str:
    """What an administrator has to run so that the next `orderstamp migrate` can grant access."""
    return "\n".join(f"CREATE ROLE {role} NOLOGIN;" for role in roles)


def _create_role(conn: Connection[Any], role: str) -> None:
    try:
        with conn.transaction():
            conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        pass  # roles belong to the whole cluster: an installation next door was faster


def _may_create_roles(conn: Connection[Any]) -> bool:
    row = conn.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])
