"""The same day in sessions of other time zones and date styles: the same rows, the same text in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.fold_events import fold
from support.fold_orders import call, execute, place, raw_fill, update
from support.fold_tables import Conn, events, gaps, order, rows, value

Connect = Callable[..., Conn]

SESSIONS = [
    ("UTC", "ISO, MDY"),
    ("Asia/Kolkata", "ISO, DMY"),
    ("Asia/Kolkata", "German"),
    ("America/New_York", "ISO, YMD"),
    ("America/New_York", "SQL, DMY"),
    ("America/New_York", "Postgres, MDY"),
    ("Pacific/Chatham", "SQL, MDY"),
]

# An hour that New York has twice: 01:30 EDT is 05:30 UTC, 01:30 EST an hour later.
FOLD = [("2025-11-02 01:30:00.123456-04", "2025-11-02T05:30:00.123456Z"), ("2025-11-02 01:30-05", "2025-11-02T06:30Z")]

# What a session without an offset means by a time, in its own zone.
LOCAL = [
    ("UTC", "2026-01-02 09:15", "2026-01-02T09:15Z"),
    ("Asia/Kolkata", "2026-01-02 09:15", "2026-01-02T03:45Z"),
    ("America/New_York", "2026-01-02 09:15", "2026-01-02T14:15Z"),
    ("America/New_York", "2025-11-02 00:30", "2025-11-02T04:30Z"),
    ("America/New_York", "2025-11-02 02:30", "2025-11-02T07:30Z"),
    ("America/New_York", "2025-03-09 03:30", "2025-03-09T07:30Z"),
]


def _session(connect: Connect, zone: str) -> Conn:
    conn = connect("trader")
    conn.execute("SELECT set_config('TimeZone', %s, false)", [zone])
    return conn


def _with_style(conn: Conn, style: str, work: Callable[[], object]) -> None:
    """The driver can't read other styles, the server must work in them all the same."""
    conn.execute("SELECT set_config('DateStyle', %s, false)", [style])
    work()
    conn.execute("SET DateStyle = 'ISO, MDY'")


def _day(conn: Conn, symbol: str) -> list[int]:
    """A day in which every kind of stamp is written, and a bust brings an older execution_time back."""
    entry = place(conn, symbol, order_type="limit", limit_price=100)
    call_ids = [entry, place(conn, symbol, "sell"), place(conn, symbol), place(conn, symbol)]
    for number, (text, _) in enumerate(FOLD):
        execute(conn, entry, 5, 100 + number, exec_id=f"e{number}", occurred_at=text)
    raw_fill(conn, order_id=entry, kind="cancel", exec_id="e2", exec_ref_id="e1", occurred_at="2025-11-03 10:00+00")
    update(conn, call_ids[1], execution_qty=5, execution_price=101)
    _quietly(conn, "SELECT FROM oms.mark_rejected(%s, 'no margin', occurred_at => '2025-11-02 06:00+00')", call_ids[2])
    _quietly(conn, "SELECT FROM oms.mark_cancelled(%s)", call_ids[3])
    _quietly(conn, "SELECT FROM oms.adjust_quantity(%s, 12)", entry)
    return call_ids


def _quietly(conn: Conn, query: str, order_id: int) -> None:
    conn.execute(query.encode(), [order_id])


def test_the_same_in_every_zone_and_style(connect: Connect, trader: Conn) -> None:
    seen: list[Any] = []
    for number, (zone, style) in enumerate(SESSIONS):
        conn = _session(connect, zone)
        ids: list[int] = []
        _with_style(conn, style, lambda conn=conn, ids=ids, n=number: ids.extend(_day(conn, f"S{n}")))  # type: ignore[misc]
        seen.append([_story(trader, order_id, ids[0]) for order_id in ids])
        for order_id in ids:
            found = order(trader, order_id)
            assert fold(events(trader, order_id)) == {c: found[c] for c in found if c != "last_status_check"}
    for (zone, style), story in zip(SESSIONS, seen, strict=True):
        assert story == seen[0], (zone, style)
    assert seen[0][0][0]["execution_time"] == datetime.fromisoformat(FOLD[0][1]).timestamp()


def _story(conn: Conn, order_id: int, first: int) -> Any:
    """An order without what must differ from day to day: moments of recording become their order."""
    kept = ("status", "reason", "execution_qty", "execution_price", "open_qty", "quantity", "version")
    found = order(conn, order_id)
    log = rows(
        conn, "SELECT *, changes::text AS said FROM oms.order_events WHERE order_id = %s ORDER BY seq", [order_id]
    )
    told = found["execution_time"] if order_id == first else None
    return (
        {**{c: found[c] for c in kept}, "execution_time": told and told.timestamp()},
        [
            (
                e["event_type"],
                e["exec_id"] if order_id == first else None,
                e["reason"],
                _said(e["said"], order_id == first),
            )
            for e in log
        ],
        [
            e["occurred_at"].timestamp()
            for e in log
            if e["occurred_at"] and e["event_type"] not in ("executed", "busted")
        ],
    )


def _said(text: str, whole: bool) -> list[str]:
    """The text of the changes, but for numbers and times that differ from day to day."""
    dropped = ('"last_fill_id"', '"symbol"') if whole else ('"last_fill_id"', '"symbol"', '"execution_time": "')
    return [part for part in text.strip("{}").split(", ") if not part.startswith(dropped)]


@pytest.mark.parametrize(("zone", "style"), SESSIONS)
def test_the_audit_and_the_past_read_the_same(connect: Connect, trader: Conn, zone: str, style: str) -> None:
    ids = _day(trader, "INFY")
    moment = value(trader, "SELECT recorded_at FROM oms.order_events WHERE order_id = %s AND seq = 2", [ids[0]])
    conn = _session(connect, zone)
    for order_id in ids:
        now = order(trader, order_id)
        assert order(conn, order_id) == now
        (folded,) = rows(conn, "SELECT * FROM oms.order_at_version(%s, %s)", [order_id, now["version"]])
        assert folded == {**now, "last_status_check": None}
    (then,) = rows(conn, "SELECT * FROM oms.order_as_of(%s, %s)", [ids[0], moment])
    assert (then["version"], then["execution_time"]) == (2, datetime.fromisoformat(FOLD[0][1]))
    assert gaps(conn) == []
    conn.execute("SELECT set_config('DateStyle', %s, false)", [style])
    assert value(conn, "SELECT count(*) FROM oms.audit_gaps") == 0
    assert value(conn, "SELECT (oms.order_as_of(%s, clock_timestamp())).version", [ids[0]]) == 6


@pytest.mark.parametrize(("zone", "text", "meant"), LOCAL)
def test_a_time_without_an_offset_is_the_sessions(
    connect: Connect, trader: Conn, zone: str, text: str, meant: str
) -> None:
    conn = _session(connect, zone)
    order_id = place(conn, occurred_at=text)
    execute(conn, order_id, 4, exec_id="e1", occurred_at=text)
    raw_fill(conn, order_id=order_id, quantity=1, price=1, occurred_at=text)
    call(conn, "modify_order", order_id, limit_price=4, occurred_at=text)
    log = events(trader, order_id)
    assert {event["occurred_at"] for event in log} == {datetime.fromisoformat(meant)}
    assert order(trader, order_id)["execution_time"] == datetime.fromisoformat(meant)
    assert gaps(conn) == []


@pytest.mark.parametrize(("zone", "style"), SESSIONS)
def test_microseconds_and_far_times_survive(connect: Connect, trader: Conn, zone: str, style: str) -> None:
    conn = _session(connect, zone)
    texts = [
        "2025-11-02 05:30:00.000001+00",
        "1999-12-31 23:59:59.999999+00",
        "2038-01-19 03:14:08+00",
        "2026-06-30 12:00+05:45",
    ]
    ids: list[int] = []

    def work() -> None:
        for number, text in enumerate(texts):
            ids.append(place(conn, f"F{number}", occurred_at=text))
            execute(conn, ids[-1], 10, exec_id="e", occurred_at=text)
            _quietly(conn, "SELECT FROM oms.record_status_check(%s)", ids[-1])

    _with_style(conn, style, work)
    for order_id, text in zip(ids, texts, strict=True):
        assert order(trader, order_id)["execution_time"] == datetime.fromisoformat(text)
        assert [event["occurred_at"] for event in events(trader, order_id)] == [datetime.fromisoformat(text)] * 2
    assert gaps(trader) == []


def test_recorded_times_are_moments(connect: Connect, trader: Conn) -> None:
    """Whatever the zone, what is recorded now lies between two looks at the clock."""
    for zone, style in SESSIONS:
        before = datetime.now(UTC) - timedelta(seconds=1)
        conn = _session(connect, zone)
        ids: list[int] = []
        _with_style(conn, style, lambda conn=conn, ids=ids: ids.append(place(conn)))  # type: ignore[misc]
        assert before < order(trader, ids[0])["placed_at"] < datetime.now(UTC) + timedelta(seconds=1)
