"""`orderstamp rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from orderstamp import migrate as installer
from orderstamp.cli.output import Json, explained, out, print_json, working
from orderstamp.database import find_database


@explained
def rollback(
    everything: Annotated[
        bool, typer.Option("--all", help="Undo every migration: all orders and their history are deleted.")
    ] = False,
    steps: Annotated[int, typer.Option(min=1, help="How many migrations to undo.")] = 1,
    as_json: Json = False,
) -> None:
    """Undo the newest migration. Guarded tables refuse every write until the next migrate."""
    with working("starting the database"):
        database = find_database()
    with working(f"rolling back in {database.label()}") as step:
        done = installer.rollback(database.conninfo, None if everything else steps, progress=step)
    if as_json:
        print_json({"undone": done.undone, "stubs": done.stubs})
        return
    out.print("undone: " + (", ".join(done.undone) or "nothing, no migration was applied"), soft_wrap=True)
    if done.stubs:
        out.print(f"{len(done.stubs)} functions refuse every write now; run: orderstamp migrate")
