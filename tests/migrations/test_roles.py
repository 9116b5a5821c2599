"""Who may create roles gets them; a plain owner is told what the administrator has to run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp import embedded
from orderstamp.embedded import Embedded
from orderstamp.install.roles import GROUP_ROLES
from orderstamp.migrate import migrate
from orderstamp.resources import Release
from support.catalog import snapshot
from support.server import OWNER, running_server


@pytest.fixture(scope="module")
def roleless() -> Iterator[Embedded]:
    """A server on which nobody has created the group roles yet."""
    with running_server(group_roles=False) as server:
        yield server


@pytest.fixture
def admin(roleless: Embedded) -> Iterator[Connection[Any]]:
    """The superuser of that server, with an empty database named "plain" that a plain owner owns."""
    with psycopg.connect(roleless.conninfo("postgres"), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE plain OWNER {OWNER}".encode())
        yield conn
        conn.execute("DROP DATABASE plain WITH (FORCE)")
        for role in (*GROUP_ROLES, "role_maker"):
            conn.execute(f"DROP ROLE IF EXISTS {role}".encode())


def test_a_plain_owner_installs_and_is_told_the_sql(
    roleless: Embedded, admin: Connection[Any], release: Release, owner: Connection[Any]
) -> None:
    dsn = roleless.conninfo("plain", OWNER)
    done = subprocess.run(
        [sys.executable, "-m", "orderstamp.cli", "migrate"],
        env={**os.environ, "DATABASE_URL": dsn},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "administrator" in done.stderr
    printed = [line for line in done.stdout.splitlines() if line.startswith("CREATE ROLE")]
    assert printed == [f"CREATE ROLE {role} NOLOGIN;" for role in GROUP_ROLES]

    for statement in printed:
        admin.execute(statement.encode())
    assert migrate(dsn, release).loaded.missing_roles == []
    with psycopg.connect(dsn) as conn:
        assert snapshot(conn) == snapshot(owner)


def test_without_roles_nobody_else_may_do_anything(
    roleless: Embedded, admin: Connection[Any], release: Release
) -> None:
    dsn = roleless.conninfo("plain", OWNER)
    migrate(dsn, release)
    admin.execute("CREATE ROLE role_maker LOGIN")
    with psycopg.connect(roleless.conninfo("plain", "role_maker")) as conn, pytest.raises(psycopg.Error) as refused:
        conn.execute("SELECT * FROM oms.orders")
    assert refused.value.sqlstate == "42501"


def test_an_owner_with_createrole_creates_them(roleless: Embedded, admin: Connection[Any], release: Release) -> None:
    admin.execute("CREATE ROLE role_maker LOGIN CREATEROLE")
    admin.execute("ALTER DATABASE plain OWNER TO role_maker")
    assert migrate(roleless.conninfo("plain", "role_maker"), release).loaded.missing_roles == []
    rows = admin.execute(
        "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname ~ '^oms_' ORDER BY 1"
    ).fetchall()
    assert rows == [(role, False, False) for role in sorted(GROUP_ROLES)]


def test_a_superuser_creates_them(roleless: Embedded, admin: Connection[Any], release: Release) -> None:
    assert migrate(embedded.ensure_database(roleless, "plain"), release).loaded.missing_roles == []
    row = admin.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY (%s)", [list(GROUP_ROLES)]).fetchone()
    assert row == (len(GROUP_ROLES),)


def test_an_upgrade_does_without_a_role_that_is_new(
    roleless: Embedded, admin: Connection[Any], release: Release
) -> None:
    """The roles that are there get what they should; the new one is asked for, and may come later."""
    dsn, others = roleless.conninfo("plain", OWNER), [role for role in GROUP_ROLES if role != "oms_operator"]
    for role in others:
        admin.execute(f"CREATE ROLE {role} NOLOGIN".encode())
    query = (
        "SELECT r.rolname FROM pg_roles r WHERE rolname = ANY (%s) AND has_table_privilege(oid, 'oms.orders', 'SELECT')"
    )
    assert migrate(dsn, release).loaded.missing_roles == ["oms_operator"]
    with psycopg.connect(dsn, autocommit=True) as conn:
        assert {role for (role,) in conn.execute(query, [list(GROUP_ROLES)])} == set(others)
        admin.execute("CREATE ROLE oms_operator NOLOGIN")
        assert migrate(dsn, release).loaded.missing_roles == []
        assert {role for (role,) in conn.execute(query, [list(GROUP_ROLES)])} == set(GROUP_ROLES)
