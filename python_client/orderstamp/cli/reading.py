"""What `status` reads: everything the role may see, or one account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from psycopg import Connection, errors
from psycopg.rows import class_row

Row = TypeVar("Row")

_COUNTS = """
SELECT account, count(*) AS orders, count(*) FILTER (WHERE status = 'pending') AS pending,
  count(*) FILTER (WHERE status = 'ongoing') AS ongoing, count(*) FILTER (WHERE status = 'closed') AS closed,
  count(*) FILTER (WHERE status = 'failed') AS failed, count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
  count(*) FILTER (WHERE leaves_qty > 0) AS working, count(*) FILTER (WHERE open_qty > 0) AS held
FROM oms.orders
WHERE account = coalesce(%(account)s, account)
GROUP BY account
ORDER BY account"""

_OPEN = """
SELECT order_id, account, symbol, side, quantity, status, leaves_qty, open_qty, placed_at, updated_at
FROM oms.open_orders
WHERE account = coalesce(%(account)s, account)
ORDER BY updated_at DESC
LIMIT %(most)s"""

_UNCONFIRMED = """
SELECT order_id, account, symbol, side, quantity, placed_at, unconfirmed_for, last_status_check,
  count(*) OVER () AS total
FROM oms.unconfirmed_orders
WHERE account = coalesce(%(account)s, account)
ORDER BY placed_at
LIMIT %(most)s"""

_GAPS = """
SELECT gap, account, order_id, detail, count(*) OVER () AS total
FROM oms.audit_gaps
WHERE account = coalesce(%(account)s, account)
LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Counts:
    """One account's orders by status; how many can still execute, how many still hold something."""

    account: str
    orders: int
    pending: int
    ongoing: int
    closed: int
    failed: int
    cancelled: int
    working: int
    held: int


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that lives."""

    order_id: int
    account: str
    symbol: str
    side: str
    quantity: Decimal | None
    status: str
    leaves_qty: Decimal | None
    open_qty: Decimal
    placed_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """An order that the broker has not confirmed; `total`: how many there are."""

    order_id: int
    account: str
    symbol: str
    side: str
    quantity: Decimal | None
    placed_at: datetime
    unconfirmed_for: timedelta
    last_status_check: datetime | None
    total: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A row of the audit check; `total`: how many there are."""

    gap: str
    account: str
    order_id: int | None
    detail: str
    total: int


@dataclass(frozen=True, slots=True)
class State:
    """Everything `status` shows. `version` and `gaps` are None where the role may not see them."""

    version: str | None
    counts: list[Counts]
    open_orders: list[OpenOrder]
    unconfirmed: list[Unconfirmed]
    gaps: list[Gap] | None


def read_state(conn: Connection[Any], account: str | None, most: int) -> State:
    """Read it all at one moment; of each list at most `most` rows."""
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    try:
        values = {"account": account, "most": most}
        return State(
            _version(conn),
            _rows(conn, Counts, _COUNTS, values),
            _rows(conn, OpenOrder, _OPEN, values),
            _rows(conn, Unconfirmed, _UNCONFIRMED, values),
            _gaps(conn, values),
        )
    finally:
        conn.execute("ROLLBACK")


def _rows(conn: Connection[Any], row: type[Row], query: str, values: dict[str, Any]) -> list[Row]:
    with conn.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def _gaps(conn: Connection[Any], values: dict[str, Any]) -> list[Gap] | None:
    try:
        with conn.transaction():
            return _rows(conn, Gap, _GAPS, values)
    except errors.InsufficientPrivilege:
        return None


def _version(conn: Connection[Any]) -> str | None:
    try:
        with conn.transaction():
            row = conn.execute("SELECT version FROM oms.installation").fetchone()
            return row[0] if row else None
    except errors.InsufficientPrivilege:
        return None
