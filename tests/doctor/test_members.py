"""Who is given the group roles: the doctor names whoever stands above the guards, and its fix takes that away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection

from orderstamp.doctor.examine import examine

from .conftest import run, sound

Conn = Connection[Any]

# Roles belong to the whole server: what was planted there is undone, come what may.
_ABOVE = {
    "a superuser": ("CREATE ROLE eve LOGIN SUPERUSER IN ROLE oms_trader", "eve", "but is a superuser"),
    "who bypasses row security": ("CREATE ROLE eve LOGIN BYPASSRLS IN ROLE oms_trader", "eve", "but bypasses"),
    "who replicates": ("CREATE ROLE eve LOGIN REPLICATION IN ROLE oms_reader", "eve", "every row by replication"),
    "a group role above": ("ALTER ROLE oms_trader BYPASSRLS", "oms_trader", "is a group role, but bypasses"),
    "a member of a superuser": (
        'CREATE ROLE "E v e" LOGIN IN ROLE oms_trader, postgres',
        "E v e",
        "may act as postgres, which is a superuser",
    ),
    "a member by another role": (
        "CREATE ROLE dev IN ROLE postgres; CREATE ROLE eve LOGIN IN ROLE oms_trader, dev",
        "dev",
        "may act as postgres, which is a superuser",
    ),
    "a member of the owner": (
        "CREATE ROLE eve LOGIN NOINHERIT IN ROLE oms_trader, orderstamp_owner",
        "eve",
        "may act as orderstamp_owner, which is the owner",
    ),
    "who writes everywhere": ("GRANT pg_write_all_data TO trader", "trader", "may write every table"),
    "who was given it by another": (
        "CREATE ROLE dev; GRANT pg_write_all_data TO dev WITH ADMIN OPTION; CREATE ROLE eve LOGIN IN ROLE oms_trader;"
        "SET ROLE dev; GRANT pg_write_all_data TO eve; RESET ROLE",
        "eve",
        "may write every table",
    ),
    "who reads everywhere": ("GRANT pg_read_all_data TO oms_reader", "oms_reader", "may read every table"),
    "traders who operate": ("GRANT oms_operator TO oms_trader", "oms_trader", "is given oms_operator"),
    "who may set the triggers off": (
        "GRANT SET, ALTER SYSTEM ON PARAMETER session_replication_role TO trader; "
        "REVOKE ALTER SYSTEM ON PARAMETER session_replication_role FROM trader",
        "trader",
        "may SET session_replication_role",
    ),
}


@pytest.fixture
def roles_restored(admin: Conn) -> Iterator[None]:
    yield
    for role in ("bot", "eve", '"E v e"', "dev"):
        admin.execute(f"DROP ROLE IF EXISTS {role}".encode())
    run(
        admin,
        """
        REVOKE pg_write_all_data, pg_read_all_data FROM trader, oms_reader;
        REVOKE oms_operator FROM oms_trader;
        REVOKE ALL ON PARAMETER session_replication_role FROM trader;
        ALTER ROLE oms_trader NOBYPASSRLS;
        """,
    )


@pytest.mark.usefixtures("roles_restored")
@pytest.mark.parametrize("name", _ABOVE)
def test_who_is_above_the_guards(owner: Conn, admin: Conn, name: str) -> None:
    plant, role, problem = _ABOVE[name]
    run(admin, plant)
    (finding,) = examine(owner).findings
    assert finding.object == role
    assert problem in finding.problem
    run(admin, finding.fix)
    sound(examine(owner))


@pytest.mark.usefixtures("roles_restored")
def test_who_is_above_without_a_group_role_is_sound(admin: Conn, owner: Conn) -> None:
    run(admin, "CREATE ROLE eve LOGIN SUPERUSER REPLICATION BYPASSRLS; CREATE ROLE dev LOGIN CREATEROLE")
    run(admin, "GRANT oms_trader TO dev WITH ADMIN OPTION")
    sound(examine(owner))
