"""Trading sessions from the `exchange_calendars` package, which is an extra: `orderstamp[calendars]`."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from psycopg import Connection

from orderstamp.install.failure import SetupError

# Markets whose days and hours the package has under the name of another.
_SAME_SESSIONS = {"XNSE": "XBOM"}

_RANGE = """
SELECT least(date_trunc('year', n.day)::date, m.loaded_to + 1)
FROM (SELECT (oms.clock() AT TIME ZONE 'UTC')::date AS day) n
LEFT JOIN oms.markets m ON m.market = %s"""

_LOAD = """
SELECT added, changed, removed FROM oms.load_sessions(%(market)s, %(first)s, %(last)s, %(dates)s::date[],
  %(opens)s::timestamptz[], %(closes)s::timestamptz[], %(zone)s, %(usual_open)s, %(usual_close)s)"""


@dataclass(frozen=True, slots=True)
class Session:
    """One day's trading."""

    session_date: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """The sessions of a market from `first` to `last`; a day without one is a holiday. Hours are its latest, local."""

    market: str
    name: str
    time_zone: str
    opens_at: time
    closes_at: time
    first: date
    last: date
    sessions: list[Session]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a calendar changed."""

    added: int
    changed: int
    removed: int


def first_to_load(conn: Connection[Any], market: str) -> date:
    """The beginning of this year; earlier where what is loaded ends before, so that no gap is left."""
    row = conn.execute(_RANGE, [market]).fetchone()
    assert row is not None
    first: date = row[0]
    return first


def read_calendar(market: str, first: date, last: date | None = None) -> Calendar:
    """The calendar of a market, by its ISO 10383 code; without `last` as far as the package knows it, or for a year."""
    package = _package()
    name = _SAME_SESSIONS.get(market, market)
    with _quiet():
        try:
            found = package.get_calendar(name)
            known = found.first_session.date(), found.last_session.date()
            if first < known[0] or (last or first) > known[1]:
                found = package.get_calendar(name, start=min(first, known[0]), end=max(last or first, known[1]))
        except package.errors.InvalidCalendarName as error:
            raise SetupError(
                f"exchange_calendars has no market {market}", hint="use its ISO 10383 code, such as XNSE or XNYS"
            ) from error
        except ValueError as error:
            raise SetupError(
                f"the calendar of {market} is not known so far: {error}", hint="choose --from and --to within it"
            ) from error
        last = last or known[1]
        rows = found.schedule.loc[str(first) : str(last), ["open", "close"]]
        sessions = [
            Session(day.date(), opens.to_pydatetime(), closes.to_pydatetime())
            for day, opens, closes in rows.itertuples(name=None)
        ]
        opens_at, closes_at = found.open_times[-1][1], found.close_times[-1][1]
    return Calendar(market, found.name, str(found.tz), opens_at, closes_at, first, last, sessions)


def load_calendar(conn: Connection[Any], calendar: Calendar) -> Loaded:
    """Write a calendar into the database (`oms.load_sessions`), all of it or nothing; only owners may."""
    values = {
        "market": calendar.market,
        "first": calendar.first,
        "last": calendar.last,
        "dates": [session.session_date for session in calendar.sessions],
        "opens": [session.opens_at for session in calendar.sessions],
        "closes": [session.closes_at for session in calendar.sessions],
        "zone": calendar.time_zone,
        "usual_open": calendar.opens_at,
        "usual_close": calendar.closes_at,
    }
    row = conn.execute(_LOAD, values).fetchone()
    assert row is not None
    return Loaded(*row)


def _package() -> Any:
    try:
        with _quiet():
            return importlib.import_module("exchange_calendars")
    except ModuleNotFoundError as error:
        raise SetupError(
            f"trading calendars need a package that is not installed: {error.name}",
            hint="pip install 'orderstamp[calendars]'",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """What the package uses of pandas although it will go is not for our users to read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield
