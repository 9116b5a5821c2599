"""`orderstamp doctor`."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from orderstamp.cli.connecting import open_connection, unfold
from orderstamp.cli.output import Json, err, explained, out, print_json, working
from orderstamp.database import find_database
from orderstamp.doctor.examine import examine
from orderstamp.doctor.finding import Diagnosis

HEALTHY, DRIFT, CANT_TELL = 0, 1, 2


@explained(status=CANT_TELL)
def doctor(as_json: Json = False) -> None:
    """Compare the installation with this version: every drift and its fix. Exit 0 none, 1 some, 2 can't tell."""
    unfold()
    with working("starting the database"):
        database = find_database()
    with open_connection(database) as conn, err.status("examining the installation"):
        diagnosis = examine(conn)
    if as_json:
        print_json(
            {
                "healthy": diagnosis.healthy,
                "version": diagnosis.version,
                "findings": [asdict(finding) for finding in diagnosis.findings],
                "not_examined": diagnosis.not_examined,
            }
        )
    else:
        _show(diagnosis)
    if not diagnosis.healthy:
        raise typer.Exit(DRIFT)


def _show(diagnosis: Diagnosis) -> None:
    release = f"orderstamp {diagnosis.version}"
    if diagnosis.healthy:
        out.print(f"[bold green]healthy[/]: the database is what {release} installs and expects")
    else:
        number = len(diagnosis.findings)
        found = f"{number} {'finding' if number == 1 else 'findings'}"
        out.print(f"[bold red]{found}[/]: the database is not what {release} installs and expects")
        table = Table("#", "check", "what", "is", box=box.SIMPLE_HEAD, pad_edge=False)
        for place, finding in enumerate(diagnosis.findings, 1):
            table.add_row(str(place), finding.check, escape(finding.object), escape(finding.problem))
        out.print(table)
        # Outside the table, so that they can be copied whole.
        for place, finding in enumerate(diagnosis.findings, 1):
            out.print(f"fix {place}: {escape(finding.fix)}", soft_wrap=True)
    for what, why in diagnosis.not_examined.items():
        out.print(f"not examined: {escape(what)} ({escape(why)})", soft_wrap=True)
