"""The `orderstamp` command: one file per subcommand, registered here."""

from __future__ import annotations

from typing import Annotated

import typer

from orderstamp import __version__
from orderstamp.cli import (
    demo,
    doctor,
    migrate,
    psql,
    reconcile,
    replay,
    rollback,
    sessions,
    status,
    stop,
    timeline,
    url,
)

app = typer.Typer(name="orderstamp", no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"orderstamp {__version__}")
        raise typer.Exit


@app.callback()
def orderstamp(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Orders whose every status change is legal, stamped, attributed and logged by PostgreSQL itself."""


app.command()(migrate.migrate)
app.command()(rollback.rollback)
app.command()(psql.psql)
app.command()(demo.demo)
app.command()(status.status)
app.command()(doctor.doctor)
app.command()(timeline.timeline)
app.command()(replay.replay)
app.command()(reconcile.reconcile)
app.command()(sessions.sessions)
app.command()(url.url)
app.command()(stop.stop)
