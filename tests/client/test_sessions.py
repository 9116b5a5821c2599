"""`orderstamp sessions`: the real package, into the test's own database."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import Result

from orderstamp.calendars import Calendar, Session, load_calendar, read_calendar
from orderstamp.install.failure import SetupError
from support.clock import Clock

Conn = Connection[Any]
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def clock(owner: Conn) -> Clock:
    """A Monday in January."""
    return Clock(owner, "2026-01-05 12:00+05:30")


def _next(conn: Conn, after: str, market: str = "XNSE") -> tuple[date, datetime, datetime]:
    row = conn.execute(
        "SELECT session_date, opens_at, closes_at FROM oms.next_session(%s, %s)", [market, after]
    ).fetchone()
    assert row is not None
    return row[0], row[1].astimezone(UTC), row[2].astimezone(UTC)


def test_the_default_market(run: Run, owner: Conn) -> None:
    """2026-01-26, a Monday, is Republic Day; the 25th and the 24th are a weekend."""
    assert _next(owner, "2026-01-23 10:00+05:30")[0] == date(2026, 1, 26)
    told = run("sessions", "XNSE", "--to", "2026-12-31", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert 240 < found["sessions"] < 252
    assert found == {
        "market": "XNSE",
        "calendar": "XBOM",
        "from": "2026-01-01",
        "to": "2026-12-31",
        "sessions": found["sessions"],
        "added": found["sessions"],
        "changed": 0,
        "removed": 0,
    }
    assert _next(owner, "2026-01-23 10:00+05:30") == (
        *(date(2026, 1, 27), datetime(2026, 1, 27, 3, 45, tzinfo=UTC), datetime(2026, 1, 27, 10, 0, tzinfo=UTC)),
    )
    again = run("sessions", "--to", "2026-12-31")
    assert f"XNSE: {found['sessions']} sessions from 2026-01-01 to 2026-12-31 (calendar XBOM)" in again.stdout
    assert ": 0 added, 0 changed, 0 removed" in again.stdout
    assert "after 2026-12-31 Monday to Friday is assumed" in again.stdout


def test_another_market_brings_its_hours(run: Run, owner: Conn) -> None:
    """The day after Thanksgiving is short; daylight saving is the market's own."""
    told = run("sessions", "xnys", "--from", "2025-11-01", "--to", "2026-03-31")
    assert told.exit_code == 0, told.output
    assert owner.execute(
        "SELECT market, time_zone, opens_at::text, closes_at::text, loaded_from, loaded_to"
        " FROM oms.markets WHERE market <> 'XNSE'"
    ).fetchall() == [("XNYS", "America/New_York", "09:30:00", "16:00:00", date(2025, 11, 1), date(2026, 3, 31))]
    assert _next(owner, "2025-11-26 20:00+00", "XNYS") == (
        *(date(2025, 11, 28), datetime(2025, 11, 28, 14, 30, tzinfo=UTC), datetime(2025, 11, 28, 18, 0, tzinfo=UTC)),
    )
    assert _next(owner, "2026-03-07 00:00+00", "XNYS")[1] == datetime(2026, 3, 9, 13, 30, tzinfo=UTC)


def test_a_market_that_opens_the_evening_before(run: Run, owner: Conn) -> None:
    assert run("sessions", "CMES", "--from", "2026-01-01", "--to", "2026-01-31").exit_code == 0
    assert _next(owner, "2026-01-11 12:00-06:00", "CMES")[:2] == (
        date(2026, 1, 12),
        datetime(2026, 1, 11, 23, tzinfo=UTC),
    )
    assert _next(owner, "2026-02-08 12:00-06:00", "CMES")[:2] == (
        date(2026, 2, 9),
        datetime(2026, 2, 8, 23, tzinfo=UTC),
    )


def test_where_it_begins_without_a_day(run: Run, clock: Clock) -> None:
    """This year, or where the calendar in the database ends."""
    run("sessions", "--from", "2024-11-01", "--to", "2024-12-31")
    found = json.loads(run("sessions", "--to", "2026-01-31", "--json").stdout)
    assert (found["from"], found["removed"]) == ("2025-01-01", 0)
    clock.set("2026-11-20 12:00+05:30")
    assert json.loads(run("sessions", "--to", "2026-12-31", "--json").stdout)["from"] == "2026-01-01"


def test_a_gap_is_refused_with_its_hint(run: Run) -> None:
    run("sessions", "--from", "2024-01-01", "--to", "2024-12-31")
    told = run("sessions", "--from", "2026-01-01", "--to", "2026-01-31")
    assert told.exit_code == 1
    assert "OM007 invalid argument" in told.stderr
    assert "loaded is 2024-01-01 to 2024-12-31" in told.stderr


def test_a_range_without_sessions_is_a_holiday(run: Run, owner: Conn) -> None:
    found = json.loads(run("sessions", "--from", "2026-01-24", "--to", "2026-01-26", "--json").stdout)
    assert (found["sessions"], found["added"]) == (0, 0)
    assert _next(owner, "2026-01-23 10:00+05:30")[0] == date(2026, 1, 27)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("NOWHERE",), "exchange_calendars has no market NOWHERE"),
        (("XNSE", "--to", "2199-12-31"), "the calendar of XNSE is not known so far"),
        (("XNSE", "--from", "2026-02-01", "--to", "2026-01-01"), "OM007 invalid argument"),
    ],
)
def test_what_can_not_be_loaded_is_explained(run: Run, arguments: tuple[str, ...], told: str) -> None:
    found = run("sessions", *arguments)
    assert found.exit_code == 1
    assert told in found.stderr
    assert "hint:" in found.stderr


def test_without_the_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    found = json.loads(run("sessions", "--json").stdout)
    assert found["error"] == "trading calendars need a package that is not installed: exchange_calendars"
    assert found["hint"] == "pip install 'orderstamp[calendars]'"
    with pytest.raises(SetupError):
        read_calendar("XNSE", date(2026, 1, 1))


def test_a_trader_may_not_load(run: Run, trader_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", trader_dsn)
    found = run("sessions", "--to", "2026-01-31")
    assert found.exit_code == 1
    assert "42501" in found.stderr


def test_other_calendars_load_the_same_way(owner: Conn) -> None:
    """Whatever makes a Calendar: one's own list of special sessions, say."""
    opens, closes = datetime(2026, 11, 8, 12, 30, tzinfo=UTC), datetime(2026, 11, 8, 13, 30, tzinfo=UTC)
    day = date(2026, 11, 8)
    calendar = Calendar(
        "XNSE", "own", "Asia/Kolkata", time(9, 15), time(15, 30), day, day, [Session(day, opens, closes)]
    )
    assert load_calendar(owner, calendar).added == 1
    assert _next(owner, "2026-11-08 10:00+05:30") == (day, opens, closes)
