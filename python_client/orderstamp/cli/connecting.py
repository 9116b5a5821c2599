"""The connection of commands that work on an installed database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import psycopg
import typer
from psycopg import Connection

from orderstamp.cli.output import out, working
from orderstamp.database import Database, find_database
from orderstamp.errors import OrderstampError
from orderstamp.install.failure import SetupError

Account = Annotated[str | None, typer.Option(help="The account (tenant).")]


def unfold() -> None:
    """Let tables be as wide as they are where no terminal limits them (a file, a pipe, a CI log)."""
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = 160


@contextmanager
def connection() -> Iterator[Connection[Any]]:
    """A connection in autocommit mode to the database of every command, which must be installed."""
    with working("starting the database"):
        database = find_database()
    with open_connection(database) as conn:
        row = conn.execute("SELECT to_regclass('oms.error_codes') IS NOT NULL").fetchone()
        if not (row and row[0]):
            raise SetupError(f"orderstamp is not installed in {database.label()}", hint="run: orderstamp migrate")
        yield conn


@contextmanager
def open_connection(database: Database) -> Iterator[Connection[Any]]:
    """A connection in autocommit mode; what the database refuses is explained with its hint."""
    try:
        conn = psycopg.connect(database.conninfo, autocommit=True, application_name="orderstamp")
    except psycopg.OperationalError as error:
        raise SetupError(
            f"no connection: {str(error).strip()}",
            hint="check DATABASE_URL, or unset it to use the embedded server",
        ) from error
    with conn:
        try:
            yield conn
        except OrderstampError as error:
            text, _, _ = str(error).partition("\n")
            raise SetupError(text, hint=error.hint) from error
