"""`orderstamp psql`."""

from __future__ import annotations

import os
import shutil
from typing import Annotated

import typer

from orderstamp import embedded
from orderstamp.cli.output import explained, working
from orderstamp.database import Database, find_database


@explained
def psql(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed to psql, after --.")] = None,
) -> None:
    """Open psql on the same database as every other command."""
    with working("starting the database"):
        database = find_database()
    program = _program(database)
    # The hint of a refusal must not drown in where in our SQL it was raised; \set SHOW_CONTEXT errors shows that too.
    os.execv(program, [program, "--dbname", database.conninfo, "--set", "SHOW_CONTEXT=never", *(arguments or ())])


def _program(database: Database) -> str:
    """The wheel's psql fits the embedded server; for any other the one that is installed comes first."""
    bundled = str(embedded.bin_dir() / "psql")
    if database.is_embedded:
        return bundled
    return shutil.which("psql") or bundled
