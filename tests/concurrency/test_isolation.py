"""Other isolation levels, and transactions that commit in another order than they began."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection, IsolationLevel

from .conftest import Blocked, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

CANCEL = "SELECT * FROM oms.mark_cancelled(%s)"
FILL = "SELECT * FROM oms.mark_executed(%s, 100)"
RAW_FILL = "UPDATE oms.orders SET execution_qty = quantity, execution_price = 100 WHERE order_id = %s"
FILL_ROW = "INSERT INTO oms.fills (order_id, quantity, price) VALUES (%s, 10, 100)"
LEVELS = [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE]


@pytest.fixture(params=LEVELS, ids=lambda level: level.name)
def frozen(request: pytest.FixtureRequest, connect: Connect) -> Callable[[], Conn]:
    """A session whose transaction sees the database as it is now."""

    def begin() -> Conn:
        conn = connect(autocommit=False)
        conn.isolation_level = request.param
        rows(conn, "SELECT FROM oms.orders")
        return conn

    return begin


def _refused(conn: Conn, query: str, *params: Any) -> None:
    with pytest.raises(psycopg.errors.SerializationFailure):
        rows(conn, query, *params)
    conn.rollback()


@pytest.mark.parametrize("late", [CANCEL, FILL, RAW_FILL, FILL_ROW])
def test_what_changed_since_can_not_be_changed(
    frozen: Callable[[], Conn], trader: Conn, place: Callable[..., int], late: str
) -> None:
    order_id = place()
    conn = frozen()
    rows(trader, "SELECT * FROM oms.modify_order(%s, limit_price => 99)", order_id)
    _refused(conn, late, order_id)
    assert one(trader, "SELECT version FROM oms.get_order(%s)", order_id)["version"] == 2
    rows(conn, late, order_id)
    conn.commit()
    assert one(trader, "SELECT version FROM oms.get_order(%s)", order_id)["version"] == 3


@pytest.mark.parametrize("late", [FILL, RAW_FILL, FILL_ROW])
@pytest.mark.parametrize("held_before", [True, False])
def test_an_exit_that_does_not_see_the_entry_is_refused(
    frozen: Callable[[], Conn], trader: Conn, place: Callable[..., int], late: str, held_before: bool
) -> None:
    """Booked on what it sees, it would open a short beside the lot that it should have closed."""
    if held_before:
        rows(trader, FILL, place(quantity=1))
    entry, leave = place(), place(side="sell")
    conn = frozen()
    rows(trader, FILL, entry)
    _refused(conn, late, leave)
    rows(conn, late, leave)
    conn.commit()
    assert one(trader, "SELECT quantity FROM oms.positions")["quantity"] == (1 if held_before else 0)


def test_one_that_waited_for_a_booking_is_refused(
    frozen: Callable[[], Conn], connect: Connect, blocked: Blocked, trader: Conn, place: Callable[..., int]
) -> None:
    entry, leave = place(), place(side="sell")
    ahead, conn = connect(autocommit=False), frozen()
    rows(ahead, FILL, entry)
    waiting = blocked(conn, FILL, leave)
    ahead.commit()
    with pytest.raises(psycopg.errors.SerializationFailure):
        waiting.result(10)
    conn.rollback()
    rows(conn, FILL, leave)
    conn.commit()
    assert one(trader, "SELECT quantity FROM oms.positions")["quantity"] == 0


@pytest.mark.parametrize(
    "again",
    [
        "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k1')",
        "SELECT order_id FROM oms.place_order('TCS', 'buy', 11, client_order_id => 'k1')",
    ],
)
def test_a_key_that_was_used_since_is_refused(frozen: Callable[[], Conn], trader: Conn, again: str) -> None:
    """It can't be told yet whether the content is the same."""
    conn = frozen()
    query = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k1')"
    rows(trader, query)
    _refused(conn, again)
    assert one(trader, "SELECT count(*) AS n FROM oms.orders")["n"] == 1


def test_an_execution_that_was_booked_since_is_refused(
    frozen: Callable[[], Conn], trader: Conn, place: Callable[..., int]
) -> None:
    order_id = place()
    conn = frozen()
    query = "SELECT version FROM oms.mark_executed(%s, 100, 4, 'e1')"
    rows(trader, query, order_id)
    _refused(conn, query, order_id)
    assert one(conn, query, order_id)["version"] == 2
    conn.commit()


def test_commits_in_inverted_order(connect: Connect, trader: Conn, place: Callable[..., int]) -> None:
    """The one that began first commits last: each order still counts up, and no event lies before the one before it."""
    a, b = place(), place()
    first, second = connect(autocommit=False), connect(autocommit=False)
    change = "SELECT * FROM oms.modify_order(%s, limit_price => %s)"
    rows(first, change, a, 91)
    rows(second, change, b, 92)
    rows(second, change, b, 93)
    second.commit()
    rows(first, change, b, 94)
    rows(first, change, a, 95)
    first.commit()
    for order_id, prices in ((a, ["91", "95"]), (b, ["92", "93", "94"])):
        events = rows(trader, "SELECT seq, recorded_at, since_previous, changes FROM oms.timeline(%s)", order_id)
        assert [event["seq"] for event in events] == [*range(1, len(prices) + 2)]
        assert all(event["since_previous"].total_seconds() > 0 for event in events[1:])
        assert [str(event["changes"]["limit_price"]) for event in events[1:]] == prices
        assert (
            one(trader, "SELECT updated_at FROM oms.get_order(%s)", order_id)["updated_at"] == events[-1]["recorded_at"]
        )
    # Grouping by transaction works: two events of `a` and one of `b` are the first session's.
    grouped = rows(trader, "SELECT count(*) AS n FROM oms.order_events WHERE seq > 1 GROUP BY txid ORDER BY n")
    assert [group["n"] for group in grouped] == [2, 3]


def test_a_clock_that_goes_back_does_not_turn_the_log_around(
    owner: Conn, trader: Conn, place: Callable[..., int]
) -> None:
    """updated_at is the clock, or a microsecond after the version before."""
    order_id = place()
    before = one(trader, "SELECT updated_at FROM oms.get_order(%s)", order_id)["updated_at"]
    rows(
        owner,
        """
        CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz
        LANGUAGE plpgsql VOLATILE PARALLEL SAFE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
        AS $$ BEGIN RETURN '2000-01-01'::timestamptz; END $$
        """,
    )
    for price in (91, 92):
        after = one(trader, "SELECT updated_at FROM oms.modify_order(%s, limit_price => %s)", order_id, price)[
            "updated_at"
        ]
        assert (after - before).total_seconds() == 0.000001
        before = after


def test_an_old_transaction_alongside_hides_nothing(connect: Connect, trader: Conn, place: Callable[..., int]) -> None:
    old = connect(autocommit=False)
    old.isolation_level = IsolationLevel.REPEATABLE_READ
    rows(old, "SELECT pg_current_xact_id()")
    order_id = place()
    for price in range(1, 6):
        rows(trader, "SELECT * FROM oms.modify_order(%s, limit_price => %s)", order_id, price)
    assert len(rows(trader, "SELECT seq FROM oms.timeline(%s)", order_id)) == 6
    old.rollback()


def test_an_end_that_does_not_see_a_request_is_refused(frozen: Callable[[], Conn], trader: Conn) -> None:
    placed = one(trader, "SELECT * FROM oms.place_order('INFY', 'buy', 10, client_order_id => 'a')")
    order_id = placed["order_id"]
    conn = frozen()
    rows(trader, "SELECT * FROM oms.request_cancel('a', 'b')")
    _refused(conn, CANCEL, order_id)
    rows(conn, CANCEL, order_id)
    conn.commit()
    assert one(trader, "SELECT state FROM oms.order_requests")["state"] == "superseded"
