"""Each event, done by every hand: the same columns change, the same event is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import psycopg
import pytest
from psycopg import sql

from orderstamp import Orderstamp
from support import orm_django, orm_sqlalchemy
from support.fold_events import blank
from support.fold_orders import call, update
from support.fold_tables import Conn, events, gaps, order, row, rows
from support.orm_scenarios import FILL, NOW, OCCURRED, SCENARIOS, Changes, Event, Scenario


class Writer(Protocol):
    """A hand that writes columns."""

    def place(self, columns: Changes) -> int: ...

    def change(self, order_id: int, columns: Changes) -> None: ...


class RawSql:
    """INSERT and UPDATE, as in psql."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def place(self, columns: Changes) -> int:
        with psycopg.connect(self.dsn) as conn:
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            values = sql.SQL(", ").join(map(sql.Literal, columns.values()))
            query = sql.SQL("INSERT INTO oms.orders ({}) VALUES ({}) RETURNING order_id").format(names, values)
            found = conn.execute(query).fetchone()
            assert found is not None
            return int(found[0])

    def change(self, order_id: int, columns: Changes) -> None:
        with psycopg.connect(self.dsn) as conn:
            assert update(conn, order_id, **columns) == 1


WRITERS: dict[str, Callable[[str], Writer]] = {
    "raw SQL": RawSql,
    "SQLAlchemy unit of work": orm_sqlalchemy.UnitOfWork,
    "SQLAlchemy bulk": orm_sqlalchemy.Bulk,
    "SQLAlchemy whole row": orm_sqlalchemy.WholeRow,
    "Django save": orm_django.Save,
    "Django bulk": orm_django.BulkUpdate,
    "Django queryset": orm_django.QuerySet,
}


@pytest.fixture
def django_closed(trader_dsn: str) -> Iterator[str]:
    """The trader's conninfo; afterwards Django lets go of the database."""
    yield trader_dsn
    orm_django.disconnect()


def test_every_event_has_its_scenario() -> None:
    assert len(SCENARIOS) == 10 + 3 + 2
    assert {event.event_type for scenario in SCENARIOS.values() for log in scenario.expected for event in log} == {
        "placed", "executed", "rejected", "cancelled", "failed", "modified", "quantity_adjusted", "closed",
        "manual_detected", "accepted", "retried", "expired",
    }  # fmt: skip


@pytest.mark.parametrize("hand", WRITERS)
def test_by_columns(trader: Conn, django_closed: str, hand: str) -> None:
    writer = WRITERS[hand](django_closed)

    def act(scenario: Scenario, orders: list[int]) -> int:
        if not orders:
            return writer.place(scenario.columns)
        writer.change(orders[-1], scenario.columns)
        return orders[-1]

    _every_scenario(trader, act)


def test_by_call(trader: Conn) -> None:
    def act(scenario: Scenario, orders: list[int]) -> int:
        ours = {"order_id": orders[-1]} if orders else {}
        (changed,) = call(trader, scenario.call, **ours, **scenario.arguments)
        assert changed == order(trader, changed["order_id"]), "a call returns the row"
        return int(changed["order_id"])

    _every_scenario(trader, act)


def test_by_client(trader: Conn) -> None:
    client = Orderstamp(trader)

    def act(scenario: Scenario, orders: list[int]) -> int:
        ours: Changes = {"order_id": orders[-1]} if orders else {}
        if scenario.call == "mark_executed":
            ours["exec_id"] = "x1"
        changed = getattr(client, scenario.call)(**ours, **scenario.arguments)
        return int(changed.order_id)

    _every_scenario(trader, act)


@pytest.mark.parametrize("name", ["executed", "partly executed", "closed by its exit"])
def test_by_a_row_of_fills(trader: Conn, name: str) -> None:
    def act(scenario: Scenario, orders: list[int]) -> int:
        trader.execute(
            "INSERT INTO oms.fills (order_id, quantity, price) VALUES (%s, %s, %s)",
            [orders[-1], scenario.arguments["last_qty"], scenario.arguments["last_price"]],
        )
        return orders[-1]

    _check(trader, SCENARIOS[name], act)


def _every_scenario(conn: Conn, act: Callable[[Scenario, list[int]], int]) -> None:
    for name, scenario in SCENARIOS.items():
        try:
            _check(conn, scenario, act)
        except (AssertionError, psycopg.Error) as error:
            error.add_note(f"scenario: {name}")
            raise
        # What is left held must not meet the next scenario.
        if row(conn, "SELECT coalesce(sum(quantity), 0) AS held FROM oms.positions")["held"]:
            call(conn, "close_position", "INFY")
    assert gaps(conn) == []


def _check(conn: Conn, scenario: Scenario, act: Callable[[Scenario, list[int]], int]) -> None:
    orders = scenario.setup(conn)
    before = {order_id: (order(conn, order_id), len(events(conn, order_id))) for order_id in orders}
    acted = act(scenario, orders)
    for order_id, expected in zip(orders or [acted], scenario.expected, strict=True):
        old, seq = before.get(order_id, ({**blank(), "status": None, "last_status_check": None}, 0))
        new, log = order(conn, order_id), events(conn, order_id)[seq:]
        assert [_seen(conn, event) for event in log] == expected
        _row_follows(old, new, log, expected)
        if scenario.call == "record_status_check":
            assert new == {**old, "last_status_check": new["last_status_check"]}
            assert new["last_status_check"] > old["updated_at"]


def _seen(conn: Conn, event: dict[str, Any]) -> Event:
    """An event as the table above writes it."""
    changes = dict(event["changes"])
    fills = rows(
        conn, "SELECT * FROM oms.fills WHERE order_id = %s AND exec_id = %s", [event["order_id"], event["exec_id"]]
    )
    for column in changes:
        if column == "execution_time" and changes[column] is True:
            changes[column] = OCCURRED
        elif changes[column] is True and column != "reason":
            changes[column] = NOW
        elif column == "last_fill_id":
            assert changes[column] == fills[0]["fill_id"]
            changes[column] = FILL
    if changes.pop("reason", None) is not True:
        assert event["reason"] is None
    after = order(conn, event["order_id"])
    assert event["occurred_at"] == (fills[0]["occurred_at"] if fills else None)
    assert (event["actor"], event["db_user"], event["correlation_id"]) == (None, "trader", None)
    return Event(
        event["event_type"],
        event["from_status"],
        event["to_status"],
        event["reason"],
        changes,
        (event["last_qty"], event["last_price"]) if fills else None,
        checked=after["last_status_check"] == event["recorded_at"],
    )


def _row_follows(old: Changes, new: Changes, log: list[dict[str, Any]], expected: list[Event]) -> None:
    """The row changed in exactly what its event says."""
    if not expected:
        return
    (event,), (wanted,) = log, expected
    meanings = {NOW: event["recorded_at"], OCCURRED: event["occurred_at"], FILL: new["last_fill_id"]}
    want = {
        column: meanings.get(value, value) for column, value in wanted.changes.items() if not isinstance(value, dict)
    }
    want |= {"version": event["seq"], "updated_at": event["recorded_at"], "last_event": wanted.event_type}
    if wanted.reason is not None:
        want["reason"] = wanted.reason
    if wanted.checked:
        want["last_status_check"] = event["recorded_at"]
    if wanted.from_status != wanted.to_status:
        want["status"] = wanted.to_status
    changed = {c: new[c] for c in new if c not in ("order_id", "account") and new[c] != old.get(c)}
    assert changed == want
