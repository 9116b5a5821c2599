"""Clients of both flavours, on connections of a trader unless a test says otherwise.

With ORDERSTAMP_TEST_POOLER=1 they come through PgBouncer in transaction mode, all but those that are marked `unpooled`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection
from typer.testing import CliRunner, Result

from orderstamp import AsyncOrderstamp, Orderstamp
from orderstamp.cli import app
from orderstamp.embedded import Embedded
from support import pgbouncer
from support.server import LOGINS, OWNER

Conn = Connection[Any]
Run = Callable[..., Result]
POOLED = os.environ.get("ORDERSTAMP_TEST_POOLER", "") not in ("", "0")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what isn't meant for the pooler."""
    if POOLED:
        apart = [item for item in items if item.get_closest_marker("unpooled")]
        items[:] = [item for item in items if item not in apart]
        config.hook.pytest_deselected(items=apart)


@pytest.fixture(scope="session")
def entrance(server: Embedded) -> Iterator[Embedded]:
    """PgBouncer with several sessions, a different one for every transaction; or the server itself."""
    if not POOLED:
        yield server
        return
    if pgbouncer.find() is None:
        raise LookupError(pgbouncer.HOW_TO_GET)
    with (
        pytest.MonkeyPatch.context() as patch,
        pgbouncer.running_pooler(server, (OWNER, *LOGINS), sessions=8) as pooler,
    ):
        if not pgbouncer.prepares():
            # As its applications do: psycopg.connect(…, prepare_threshold=None).
            for connect in (Connection.connect, AsyncConnection.connect):
                patch.setitem(getattr(connect, "__func__").__kwdefaults__, "prepare_threshold", None)  # noqa: B009
        yield pooler


@pytest.fixture(autouse=True)
def _several_sessions(request: pytest.FixtureRequest, entrance: Embedded) -> None:
    """Give the pooler sessions to choose from: with a single one, whatever stays behind in it would be found again."""
    if POOLED and "dbname" in request.fixturenames:
        dbname = request.getfixturevalue("dbname")
        for user in ("trader", OWNER):
            pgbouncer.open_sessions(entrance.conninfo(dbname, user), 3)


@pytest.fixture
def client(trader: Conn) -> Orderstamp:
    """A client on an autocommit connection of a trader."""
    return Orderstamp(trader, account="default", actor="ana")


@pytest.fixture
async def async_trader(trader_dsn: str) -> AsyncIterator[AsyncConnection[Any]]:
    """An async autocommit connection of a trader."""
    async with await AsyncConnection.connect(trader_dsn, autocommit=True) as conn:
        yield conn


@pytest.fixture
def async_client(async_trader: AsyncConnection[Any]) -> AsyncOrderstamp:
    """An async client on that connection."""
    return AsyncOrderstamp(async_trader, account="default", actor="ana")


@pytest.fixture
def run(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the `orderstamp` command on the test's database, as its owner."""
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.delenv("COLUMNS", raising=False)
    runner = CliRunner()

    def command(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    return command


@pytest.fixture
def transaction(trader_dsn: str) -> Iterator[Conn]:
    """A trader's connection without autocommit, as applications use it."""
    with psycopg.connect(trader_dsn) as conn:
        yield conn
        conn.rollback()
