"""The `orderstamp` command: one file per subcommand, registered here."""

from __future__ import annotations

import typer

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

app = typer.Typer(
    name="orderstamp",
    help="Orders whose every status change is legal, stamped, attributed and logged by PostgreSQL itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

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
