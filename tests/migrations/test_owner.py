"""Whoever migrates, all of it belongs to the owner: a superuser and a member act as the owner, others are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from orderstamp import embedded
from orderstamp.embedded import Embedded
from orderstamp.install.failure import SetupError
from orderstamp.install.roles import GROUP_ROLES
from orderstamp.migrate import migrate, rollback
from orderstamp.resources import Release
from support.catalog import snapshot
from support.server import OWNER, running_server

Conn = Connection[Any]

DEPLOYERS = ("deployer", "deployer_without_its_rights")


@pytest.fixture(autouse=True)
def _deployers(server: Embedded) -> Iterator[None]:
    """Members of the owner's role, one of which has its rights only after SET ROLE."""
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as admin:
        for role, rights in zip(DEPLOYERS, ("INHERIT", "NOINHERIT"), strict=True):
            admin.execute(f"CREATE ROLE {role} LOGIN {rights} IN ROLE {OWNER}".encode())
        yield
        for role in DEPLOYERS:
            admin.execute(f"DROP ROLE {role}".encode())


@pytest.fixture(params=["superuser", *DEPLOYERS])
def other_dsn(request: pytest.FixtureRequest, dsn: str) -> str:
    """The installed database as somebody who isn't the owner, but may act as the owner."""
    return make_conninfo(dsn, user=embedded.SUPERUSER if request.param == "superuser" else request.param)


def test_a_function_made_by_another_is_the_owners(
    dsn: str, other_dsn: str, owner: Conn, trader: Conn, release: Release
) -> None:
    before = snapshot(owner)
    owner.execute("DROP FUNCTION oms.is_booked(bigint, text)")
    migrate(other_dsn, release)
    assert snapshot(owner) == before
    trader.execute("SELECT oms.mark_executed(order_id, 100, exec_id => '1') FROM oms.place_order('X', 'buy', 1)")
    migrate(dsn, release)


def test_down_and_up_again_by_another(other_dsn: str, dsn: str, owner: Conn, release: Release) -> None:
    before = snapshot(owner)
    down = rollback(dsn, 2, release)
    assert migrate(other_dsn, release).applied == down.undone[::-1]
    assert snapshot(owner) == before
    assert rollback(other_dsn, 2, release) == down
    migrate(dsn, release)
    assert snapshot(owner) == before


@pytest.mark.parametrize(
    ("kind", "name"),
    [("function", "oms.is_booked(bigint,pg_catalog.text)"), ("view", "oms.open_orders"), ("table", "oms.retry_claims")],
)
def test_what_belongs_to_another_is_named(kind: str, name: str, dsn: str, admin: Conn, release: Release) -> None:
    """A bare yoyo run by another role leaves such tables, and an earlier version such functions and views."""
    admin.execute(f"ALTER {kind} {name} OWNER TO deployer".encode())
    with pytest.raises(SetupError, match="not everything here belongs to") as refused:
        migrate(dsn, release)
    assert refused.value.message.endswith(f": {kind} {name} belongs to deployer")
    assert refused.value.hint == f"an administrator runs: ALTER {kind} {name} OWNER TO {OWNER};"
    admin.execute(refused.value.hint.partition(": ")[2].encode())
    migrate(dsn, release)


def test_a_yoyo_that_the_owner_can_not_see_is_waited_for(
    admin: Conn, admin_dsn: str, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The superuser sees whose sessions there are, and it is the superuser who migrates."""
    admin.execute("INSERT INTO yoyo_lock (ctime, pid) VALUES (now() AT TIME ZONE 'UTC', 4711)")
    monkeypatch.setattr("orderstamp.migrate.PATIENCE", 0.3)
    with pytest.raises(SetupError, match="process 4711 holds yoyo's lock"):
        migrate(admin_dsn, release)


@pytest.mark.parametrize("call", [migrate, rollback])
def test_who_may_not_act_as_the_owner_is_told_who_must(call: Any, trader_dsn: str, owner: Conn) -> None:
    before = snapshot(owner)
    with pytest.raises(SetupError, match=f"schema oms belongs to {OWNER}, and trader may not") as refused:
        call(trader_dsn)
    assert refused.value.hint == f"connect as the owner: as {OWNER}, or as a member of it"
    assert snapshot(owner) == before


def test_a_superuser_still_creates_roles_for_the_owner(release: Release) -> None:
    with running_server(group_roles=False) as server, psycopg.connect(server.conninfo("postgres")) as admin:
        admin.autocommit = True
        admin.execute(f"CREATE DATABASE plain OWNER {OWNER}".encode())
        assert migrate(server.conninfo("plain", OWNER), release).loaded.missing_roles == list(GROUP_ROLES)
        assert migrate(server.conninfo("plain"), release).loaded.missing_roles == []
        with psycopg.connect(server.conninfo("plain")) as conn:
            row = conn.execute("SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE proname ~ '^place_order$'")
            assert row.fetchall() == [(OWNER,)]
            assert conn.execute("SELECT has_schema_privilege('oms_trader', 'oms', 'USAGE')").fetchone() == (True,)
