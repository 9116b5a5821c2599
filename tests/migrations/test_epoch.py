"""Where rows came from another cluster transaction ids start again: the next migrate raises the epoch, once."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from orderstamp.migrate import migrate


def _place(conn: Connection[Any]) -> int:
    row = conn.execute("SELECT order_id FROM oms.place_order('X', 'buy', 1)").fetchone()
    assert row is not None
    return int(row[0])


def _epoch(conn: Connection[Any], order_id: int) -> Any:
    return conn.execute("SELECT epoch FROM oms.order_events WHERE order_id = %s", [order_id]).fetchall()


def test_events_of_the_past_leave_the_epoch_alone(dsn: str, trader: Connection[Any]) -> None:
    _place(trader)
    assert migrate(dsn).loaded.epoch is None
    assert _epoch(trader, _place(trader)) == [(1,)]


def test_events_of_the_future_raise_it_once(dsn: str, trader: Connection[Any], owner: Connection[Any]) -> None:
    before = _place(trader)
    owner.execute("ALTER TABLE oms.order_events DISABLE TRIGGER USER")
    owner.execute("UPDATE oms.order_events SET txid = (txid::text::bigint + 1000000000)::text::xid8")
    owner.execute("ALTER TABLE oms.order_events ENABLE TRIGGER USER")
    assert migrate(dsn).loaded.epoch == 2
    after = _place(trader)
    assert (_epoch(trader, before), _epoch(trader, after)) == ([(1,)], [(2,)])
    assert migrate(dsn).loaded.epoch is None
    assert _epoch(trader, _place(trader)) == [(2,)]


@pytest.mark.parametrize(("came", "future", "placed"), [(1, 1, 150), (20, 20, 150), (60, 3, 150), (150, 8, 300)])
def test_events_of_the_future_are_found_behind_many_of_today(
    came: int, future: int, placed: int, dsn: str, trader: Connection[Any], owner: Connection[Any]
) -> None:
    """Where orders were placed before anybody thought of migrating; some of what came may be of the past, too."""
    place = "SELECT count(oms.place_order('X', 'buy', 1)) FROM generate_series(1, %s)"
    trader.execute(place, [came])
    owner.execute("ALTER TABLE oms.order_events DISABLE TRIGGER USER")
    owner.execute(
        "UPDATE oms.order_events SET txid = (txid::text::bigint + 1000000000)::text::xid8"
        " WHERE order_id > (SELECT max(order_id) - %s FROM oms.orders)",
        [future],
    )
    owner.execute("ALTER TABLE oms.order_events ENABLE TRIGGER USER")
    trader.execute(place, [placed])
    assert migrate(dsn).loaded.epoch == 2
    assert migrate(dsn).loaded.epoch is None


@pytest.mark.parametrize(("ahead", "due"), [(0, 3), (1000000000, 4)])
def test_events_of_a_later_epoch_take_it_along(
    dsn: str, trader: Connection[Any], owner: Connection[Any], ahead: int, due: int
) -> None:
    """Their rows came without the default that numbered them: new events go on there, never before it."""
    before = _place(trader)
    owner.execute("ALTER TABLE oms.order_events DISABLE TRIGGER USER")
    owner.execute("UPDATE oms.order_events SET epoch = 3, txid = (txid::text::bigint + %s)::text::xid8", [ahead])
    owner.execute("ALTER TABLE oms.order_events ENABLE TRIGGER USER")
    assert migrate(dsn).loaded.epoch == due
    assert (_epoch(trader, before), _epoch(trader, _place(trader))) == ([(3,)], [(due,)])
    assert migrate(dsn).loaded.epoch is None


def test_events_of_an_earlier_epoch_leave_it_alone(dsn: str, trader: Connection[Any], owner: Connection[Any]) -> None:
    """Whatever transactions they claim: a publisher still sends them to a subscriber that was migrated."""
    _place(trader)
    owner.execute("ALTER TABLE oms.order_events ALTER COLUMN epoch SET DEFAULT 2")
    owner.execute("ALTER TABLE oms.order_events DISABLE TRIGGER USER")
    owner.execute("UPDATE oms.order_events SET txid = (txid::text::bigint + 1000000000)::text::xid8")
    owner.execute("ALTER TABLE oms.order_events ENABLE TRIGGER USER")
    assert migrate(dsn).loaded.epoch is None
    assert _epoch(trader, _place(trader)) == [(2,)]


def test_an_empty_log_is_fine(dsn: str) -> None:
    assert migrate(dsn).loaded.epoch is None
