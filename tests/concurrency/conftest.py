"""Sessions that meet: one holds what the other wants; the test goes on when the wait is seen, never after a sleep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import dict_row

Conn = Connection[Any]
Row = dict[str, Any]
# run(conn, query, params) starts the statement in a thread of its own.
Run = Callable[..., "Future[list[Row]]"]
# blocked(conn, query, params) does the same and returns once the statement is seen waiting for a lock.
Blocked = Callable[..., "Future[list[Row]]"]
# insisting(conn, query, params) too, and repeats the statement after a deadlock; its result is how often it did.
Insisting = Callable[..., "Future[int]"]


def rows(conn: Conn, query: str, *params: Any) -> list[Row]:
    """Execute and fetch everything, as dicts."""
    cursor = conn.cursor(row_factory=dict_row).execute(query.encode(), params or None)
    return cursor.fetchall() if cursor.description else []


def one(conn: Conn, query: str, *params: Any) -> Row:
    """Execute and fetch the only row."""
    (row,) = rows(conn, query, *params)
    return row


def gaps(conn: Conn) -> list[Row]:
    """What is wrong with the books: nothing, whatever raced."""
    return rows(conn, "SELECT * FROM oms.audit_gaps")


@pytest.fixture
def pool(admin: Conn) -> Iterator[ThreadPoolExecutor]:
    """Threads for statements that wait; should a test fail meanwhile, they are not waited for in vain."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        yield pool
        rows(
            admin,
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
            """,
        )


@pytest.fixture
def run(pool: ThreadPoolExecutor) -> Run:
    def start(conn: Conn, query: str, *params: Any) -> Future[list[Row]]:
        return pool.submit(rows, conn, query, *params)

    return start


@pytest.fixture
def blocked(run: Run, wait_for_lock: Callable[[int], None]) -> Blocked:
    def start(conn: Conn, query: str, *params: Any) -> Future[list[Row]]:
        future = run(conn, query, *params)
        wait_for_lock(conn.info.backend_pid)
        return future

    return start


def insist(conn: Conn, query: str, *params: Any) -> int:
    """Repeat the statement as long as it is the victim of a deadlock; returns how often it was."""
    for victim in range(10):
        try:
            rows(conn, query, *params)
        except psycopg.errors.DeadlockDetected:
            pass
        else:
            return victim
    raise AssertionError("ten deadlocks in a row")


@pytest.fixture
def insisting(pool: ThreadPoolExecutor, wait_for_lock: Callable[[int], None]) -> Insisting:

    def start(conn: Conn, query: str, *params: Any) -> Future[int]:
        future = pool.submit(insist, conn, query, *params)
        wait_for_lock(conn.info.backend_pid)
        return future

    return start


@pytest.fixture
def place(trader: Conn) -> Callable[..., int]:
    """place(symbol, side, quantity) returns the order_id of a new order."""

    def new(symbol: str = "TCS", side: str = "buy", quantity: int = 10, book: str = "") -> int:
        query = "SELECT order_id FROM oms.place_order(%s, %s, %s, book => %s)"
        return int(one(trader, query, symbol, side, quantity, book)["order_id"])

    return new


@pytest.fixture(autouse=True)
def _no_gaps(owner: Conn) -> Iterator[None]:
    yield
    assert gaps(owner) == []
