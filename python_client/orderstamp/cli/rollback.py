"""`orderstamp rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from orderstamp import migrate as installer
from orderstamp.cli.connecting import open_connection
from orderstamp.cli.output import Json, explained, out, print_json, working
from orderstamp.database import Database, find_database
from orderstamp.install.failure import SetupError


@explained(owner_only=True)
def rollback(
    everything: Annotated[
        bool, typer.Option("--all", help="Undo every migration: all orders and their history are deleted.")
    ] = False,
    steps: Annotated[int, typer.Option(min=1, help="How many migrations to undo; their tables go with all rows.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", help="Also where there are orders, which it may delete.")] = False,
    as_json: Json = False,
) -> None:
    """Undo the newest migration. Guarded tables refuse every write until the next migrate."""
    with working("starting the database"):
        database = find_database()
    if not yes and _orders(database):
        raise SetupError(
            "there are orders in this database, and undoing migrations may delete them with all their history",
            hint="dump it first (pg_dump), then add --yes",
        )
    with working(f"rolling back in {database.label()}") as step:
        done = installer.rollback(database.conninfo, None if everything else steps, progress=step)
    if as_json:
        print_json({"undone": done.undone, "stubs": done.stubs})
        return
    out.print("undone: " + (", ".join(done.undone) or "nothing, no migration was applied"), soft_wrap=True)
    if done.stubs:
        out.print(f"{len(done.stubs)} functions refuse every write now; run: orderstamp migrate")


def _orders(database: Database) -> bool:
    """Whether a single order would be at stake."""
    with open_connection(database) as conn:
        installed = conn.execute("SELECT to_regclass('oms.orders') IS NOT NULL").fetchone()
        if installed is None or not installed[0]:
            return False
        return conn.execute("SELECT FROM oms.orders LIMIT 1").fetchone() is not None
