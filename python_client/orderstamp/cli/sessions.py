"""`orderstamp sessions`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from orderstamp.calendars import Calendar, Loaded, first_to_load, load_calendar, read_calendar
from orderstamp.cli.connecting import connection
from orderstamp.cli.output import Json, err, explained, out, print_json

_DAY = ["%Y-%m-%d"]


@explained(owner_only=True)
def sessions(
    market: Annotated[str, typer.Argument(metavar="MARKET", help="ISO 10383 code, such as XNSE or XNYS.")] = "XNSE",
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="First day; else this year's, or where the loaded calendar ends."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Last day; else as far as is known, or for a year.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Load the trading sessions of a market, as the owner of the database. Loading them again changes nothing."""
    market = market.upper()
    with connection() as conn:
        with err.status("reading the calendar"):
            begin = first.date() if first else first_to_load(conn, market)
            calendar = read_calendar(market, begin, last.date() if last else None)
        loaded = load_calendar(conn, calendar)
    if as_json:
        print_json(
            {
                "market": market,
                "calendar": calendar.name,
                "from": calendar.first,
                "to": calendar.last,
                "sessions": len(calendar.sessions),
                **asdict(loaded),
            }
        )
    else:
        _show(calendar, loaded)


def _show(calendar: Calendar, loaded: Loaded) -> None:
    count = len(calendar.sessions)
    out.print(
        f"[bold]{escape(calendar.market)}[/]: {count:,} sessions from {calendar.first} to {calendar.last}"
        f" (calendar {escape(calendar.name)}): {loaded.added:,} added, {loaded.changed:,} changed,"
        f" {loaded.removed:,} removed",
        soft_wrap=True,
    )
    out.print(f"after {calendar.last} Monday to Friday is assumed: load again before then", soft_wrap=True)
