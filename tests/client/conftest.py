"""Clients of both flavours, on connections of a trader unless a test says otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection
from typer.testing import CliRunner, Result

from orderstamp import AsyncOrderstamp, Orderstamp
from orderstamp.cli import app

Conn = Connection[Any]
Run = Callable[..., Result]


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
