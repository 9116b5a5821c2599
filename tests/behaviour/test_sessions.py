"""When a market trades next: by its calendar where one is loaded, Monday to Friday elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from support.clock import Clock
from support.fold_orders import call
from support.fold_tables import Conn, refused, row, rows, value

IST = "+05:30"
# A Monday.
DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-09", "2026-01-12")


def _load(conn: Conn, *days: str, market: str = "XNSE", first: str = "2026-01-05", last: str = "2026-01-12") -> Any:
    """Load days at the usual hours; `day 18:00-19:00` is a session of its own hours."""
    dates, opens, closes = [], [], []
    for text in days:
        day, _, hours = text.partition(" ")
        start, _, end = (hours or "09:15-15:30").partition("-")
        dates.append(day)
        opens.append(f"{day} {start}{IST}")
        closes.append(f"{day} {end}{IST}")
    query = "SELECT * FROM oms.load_sessions(%s, %s, %s, %s::date[], %s::timestamptz[], %s::timestamptz[])"
    found = row(conn, query, [market, first, last, dates, opens, closes])
    return found["added"], found["changed"], found["removed"]


def _next(conn: Conn, after: str, sessions: int = 1, market: str = "XNSE") -> tuple[str, datetime, datetime]:
    (found,) = call(conn, "next_session", market, after, sessions)
    return str(found["session_date"]), found["opens_at"].astimezone(UTC), found["closes_at"].astimezone(UTC)


def _day(conn: Conn, after: str, sessions: int = 1, market: str = "XNSE") -> str:
    return _next(conn, after, sessions, market)[0]


@pytest.mark.parametrize(
    ("after", "sessions", "day"),
    [
        ("2026-01-09 09:14:59+05:30", 1, "2026-01-09"),
        ("2026-01-09 09:15:00+05:30", 1, "2026-01-12"),
        ("2026-01-09 15:29:59+05:30", 1, "2026-01-12"),
        ("2026-01-09 23:00:00+05:30", 1, "2026-01-12"),
        ("2026-01-10 10:00:00+05:30", 1, "2026-01-12"),
        ("2026-01-11 23:59:59+05:30", 1, "2026-01-12"),
        ("2026-01-11 18:30:00+00:00", 1, "2026-01-12"),
        ("2026-01-12 03:44:59+00:00", 1, "2026-01-12"),
        ("2026-01-12 03:45:00+00:00", 1, "2026-01-13"),
        ("2026-01-05 08:00:00+05:30", 5, "2026-01-09"),
        ("2026-01-05 08:00:00+05:30", 6, "2026-01-12"),
        ("2026-01-05 08:00:00+05:30", 250, "2026-12-18"),
        ("2026-01-09 10:00:00+05:30", 250, "2026-12-25"),
    ],
)
def test_without_a_calendar_monday_to_friday(reader: Conn, after: str, sessions: int, day: str) -> None:
    opens, closes = (datetime.fromisoformat(f"{day}T{at}{IST}").astimezone(UTC) for at in ("09:15", "15:30"))
    assert _next(reader, after, sessions) == (day, opens, closes)


def test_a_loaded_calendar_rules(owner: Conn) -> None:
    """A holiday on a Thursday, and an hour's trading on a Saturday."""
    assert _load(owner, *DAYS, "2026-01-10 18:00-19:00") == (6, 0, 0)
    assert _day(owner, f"2026-01-07 10:00{IST}") == "2026-01-09"
    assert _day(owner, f"2026-01-08 08:00{IST}") == "2026-01-09"
    day, opens, closes = _next(owner, f"2026-01-09 16:00{IST}")
    assert (day, opens.hour, closes.hour) == ("2026-01-10", 12, 13)
    assert _day(owner, f"2026-01-10 18:30{IST}") == "2026-01-12"


def test_around_the_loaded_range_it_is_monday_to_friday(owner: Conn) -> None:
    _load(owner, *DAYS)
    assert _day(owner, f"2026-01-12 10:00{IST}") == "2026-01-13"
    assert _day(owner, f"2026-01-01 08:00{IST}") == "2026-01-01"
    assert _day(owner, f"2026-01-02 10:00{IST}") == "2026-01-05"
    # Two before the range, five in it, the next after it: counted in one row.
    found = [_day(owner, f"2026-01-01 08:00{IST}", sessions) for sessions in range(1, 10)]
    assert found == ["2026-01-01", "2026-01-02", *DAYS, "2026-01-13", "2026-01-14"]


def test_a_long_holiday_at_the_end_of_the_range(owner: Conn) -> None:
    """The days after the last session are holidays as far as the calendar goes."""
    _load(owner, *DAYS, last="2026-02-28")
    assert _day(owner, f"2026-01-12 10:00{IST}") == "2026-03-02"


def test_other_markets_have_their_own_zone_and_hours(owner: Conn) -> None:
    owner.execute(
        "INSERT INTO oms.markets (market, time_zone, opens_at, closes_at)"
        " VALUES ('XNYS', 'America/New_York', '09:30', '16:00'), ('CMES', 'America/Chicago', '17:00', '17:00')"
    )
    for after, opens in (("2026-03-06 20:00+00", "2026-03-09 13:30"), ("2026-03-05 20:00+00", "2026-03-06 14:30")):
        assert _next(owner, after, market="XNYS")[1] == datetime.fromisoformat(opens + "+00:00")
    # Monday's session opens on Sunday evening.
    day, opens_at, closes_at = _next(owner, "2026-01-11 12:00-06:00", market="CMES")
    assert (day, opens_at.isoformat(), closes_at.isoformat()) == (
        *("2026-01-12", "2026-01-11T23:00:00+00:00", "2026-01-12T23:00:00+00:00"),
    )
    assert _day(owner, "2026-01-11 17:00-06:00", market="CMES") == "2026-01-13"


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_zone_of_the_session_changes_nothing(owner: Conn, zone: str) -> None:
    _load(owner, *DAYS)
    owner.execute("SELECT set_config('TimeZone', %s, false)", [zone])
    assert _day(owner, "2026-01-07 10:00:00+05:30") == "2026-01-09"
    assert _day(owner, "2026-01-16 10:00:00+05:30") == "2026-01-19"


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (("NOWHERE", "2026-01-05 10:00+00"), "market"),
        ((None, "2026-01-05 10:00+00"), "market"),
        (("XNSE", None), "after"),
        (("XNSE", "infinity"), "after"),
        (("XNSE", "2026-01-05 10:00+00", 0), "sessions"),
        (("XNSE", "2026-01-05 10:00+00", 251), "sessions"),
        (("XNSE", "2026-01-05 10:00+00", None), "sessions"),
    ],
)
def test_what_can_not_be_looked_up_is_refused(trader: Conn, arguments: tuple[Any, ...], argument: str) -> None:
    with refused(trader, "OM007", argument=argument):
        call(trader, "next_session", *arguments)


# -- loading -----------------------------------------------------------------------------------------------------------


def _sessions(conn: Conn) -> list[str]:
    return [
        str(found["session_date"]) for found in rows(conn, "SELECT * FROM oms.trading_sessions ORDER BY session_date")
    ]


def _range(conn: Conn) -> tuple[date, date]:
    found = row(conn, "SELECT loaded_from, loaded_to FROM oms.markets WHERE market = 'XNSE'")
    return found["loaded_from"], found["loaded_to"]


@pytest.fixture
def clock(owner: Conn) -> Clock:
    """Wednesday noon."""
    return Clock(owner, f"2026-01-07 12:00{IST}")


@pytest.mark.usefixtures("clock")
def test_loading_again_changes_nothing(owner: Conn) -> None:
    assert _load(owner, *DAYS) == (5, 0, 0)
    before = rows(owner, "SELECT * FROM oms.trading_sessions"), rows(owner, "SELECT * FROM oms.markets")
    assert _load(owner, *DAYS) == (0, 0, 0)
    assert before == (rows(owner, "SELECT * FROM oms.trading_sessions"), rows(owner, "SELECT * FROM oms.markets"))


@pytest.mark.usefixtures("clock")
def test_what_is_to_come_follows_the_calendar_and_what_was_stays(owner: Conn) -> None:
    _load(owner, *DAYS)
    # The 6th wasn't one after all, today ends early, the 9th becomes a holiday, the 8th a session.
    assert _load(owner, "2026-01-05 10:00-11:00", "2026-01-07 09:15-13:00", "2026-01-08", "2026-01-12") == (1, 1, 1)
    assert _sessions(owner) == ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-12"]
    assert _next(owner, f"2026-01-05 00:00{IST}")[2].isoformat() == "2026-01-05T10:00:00+00:00"
    assert _next(owner, f"2026-01-07 00:00{IST}")[2].isoformat() == "2026-01-07T07:30:00+00:00"


@pytest.mark.usefixtures("clock")
def test_ranges_that_touch_grow_together(owner: Conn) -> None:
    _load(owner, *DAYS)
    assert _load(owner, "2026-01-13", first="2026-01-13", last="2026-01-16") == (1, 0, 0)
    assert _load(owner, "2026-01-02", first="2026-01-01", last="2026-01-04") == (1, 0, 0)
    assert _range(owner) == (date(2026, 1, 1), date(2026, 1, 16))
    assert _sessions(owner) == ["2026-01-02", *DAYS, "2026-01-13"]


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        ((), "2026-01-14", "2026-01-16"),
        ((), "2026-01-01", "2026-01-03"),
        ((), "2026-01-12", "2026-01-05"),
        ((), "2026-01-05", "infinity"),
        ((), "2026-01-05", None),
        (("2026-01-13",), "2026-01-05", "2026-01-12"),
        (("2026-01-06", "2026-01-06"), "2026-01-05", "2026-01-12"),
    ],
)
def test_what_would_make_holidays_of_nothing_is_refused(
    owner: Conn, days: tuple[str, ...], first: Any, last: Any
) -> None:
    _load(owner, *DAYS)
    with refused(owner, "OM007", market="XNSE"):
        _load(owner, *days, first=first, last=last)
    assert _sessions(owner) == list(DAYS)


def test_lists_of_different_length_are_refused(owner: Conn) -> None:
    for lists in ("'{2026-01-05}', '{}', '{}'", "'{}', NULL, '{}'"):
        with refused(owner, "OM007", market="XNSE"):
            owner.execute(f"SELECT oms.load_sessions('XNSE', '2026-01-05', '2026-01-12', {lists})".encode())


def test_a_new_market_comes_with_its_zone_and_hours(owner: Conn) -> None:
    with refused(owner, "OM007", market="XTKS") as refusal:
        _load(owner, market="XTKS")
    assert refusal.hint == "a new market needs time_zone, usual_open and usual_close"
    query = "SELECT oms.load_sessions('XTKS', '2026-01-05', '2026-01-12', '{}', '{}', '{}', 'Asia/Tokyo', '09:00', %s)"
    owner.execute(query, ["15:30"])
    # A known one keeps what it has.
    owner.execute(query, ["15:00"])
    assert str(value(owner, "SELECT closes_at FROM oms.markets WHERE market = 'XTKS'")) == "15:30:00"


def test_a_zone_that_does_not_exist_is_refused(owner: Conn) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        owner.execute("INSERT INTO oms.markets VALUES ('X', 'Mars/Olympus', '09:00', '10:00')")


@pytest.mark.parametrize("role", ["trader", "reader", "auditor"])
def test_sessions_are_everybodys_so_nobody_loads_them_alone(connect: Any, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _load(connect(role), *DAYS)


@pytest.fixture
def reader(connect: Any) -> Conn:
    """Whoever may read may ask."""
    conn: Conn = connect("reader")
    return conn
