"""Reading what the database holds, as plain rows, and watching that a refusal leaves it alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

Conn = Connection[Any]
Row = dict[str, Any]
Snapshot = dict[str, list[Row]]

_TABLES: dict[str, LiteralString] = {
    "orders": "SELECT * FROM oms.orders ORDER BY account, order_id",
    "fills": "SELECT * FROM oms.fills ORDER BY account, fill_id",
    "positions": "SELECT * FROM oms.positions ORDER BY account, symbol, book",
    "lots": "SELECT * FROM oms.position_lots ORDER BY account, symbol, book, fill_id",
    "requests": "SELECT * FROM oms.order_requests ORDER BY account, client_order_id",
    "reports": "SELECT * FROM oms.execution_reports ORDER BY account, report_id",
    "events": "SELECT * FROM oms.order_events ORDER BY account, order_id, seq",
}


def _loads(text: str | bytes) -> Any:
    """JSON whose numbers stay exact."""
    return json.loads(text, parse_float=Decimal)


def _in_utc(field: Any) -> Any:
    return field.astimezone(UTC) if isinstance(field, datetime) else field


def rows(conn: Conn, query: LiteralString, params: Any = None) -> list[Row]:
    """The rows of a query, as dicts."""
    with conn.cursor(row_factory=dict_row) as cur:
        set_json_loads(_loads, cur)
        found = cur.execute(query, params).fetchall()
    if str(conn.info.timezone) not in ("UTC", "Etc/UTC"):
        # Python holds a time in an hour that a zone has twice unequal to the same moment in another zone.
        return [{column: _in_utc(field) for column, field in fields.items()} for fields in found]
    return found


def row(conn: Conn, query: LiteralString, params: Any = None) -> Row:
    """The one row of a query."""
    (found,) = rows(conn, query, params)
    return found


def value(conn: Conn, query: LiteralString, params: Any = None) -> Any:
    """The one value of a query."""
    (found,) = row(conn, query, params).values()
    return found


def snapshot(conn: Conn) -> Snapshot:
    """Every row of every table that a caller's write can reach."""
    return {name: rows(conn, query) for name, query in _TABLES.items()}


def order(conn: Conn, order_id: int) -> Row:
    """One order's row."""
    return row(conn, "SELECT * FROM oms.orders WHERE order_id = %s", [order_id])


def events(conn: Conn, order_id: int) -> list[Row]:
    """One order's events."""
    return rows(conn, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq", [order_id])


def event_types(conn: Conn, order_id: int) -> list[str]:
    """The types of one order's events, by seq."""
    return [event["event_type"] for event in events(conn, order_id)]


def event_count(conn: Conn) -> int:
    """How many events the log holds."""
    count: int = value(conn, "SELECT count(*) FROM oms.order_events")
    return count


def gaps(conn: Conn) -> list[Row]:
    """What the audit check finds."""
    return rows(conn, "SELECT * FROM oms.audit_gaps ORDER BY gap, account, order_id, detail")


class Refusal:
    """What the database said when it refused."""

    sqlstate: str
    message: str
    hint: str
    detail: dict[str, Any]


@contextmanager
def refused(conn: Conn, sqlstate: str, **detail: Any) -> Iterator[Refusal]:
    """The block is refused with that code, a hint and a JSON detail that includes `detail`; nothing is written."""
    before = snapshot(conn)
    refusal = Refusal()
    caught: psycopg.Error | None = None
    try:
        with conn.transaction():
            yield refusal
    except psycopg.Error as error:
        caught = error
    assert caught is not None, f"not refused; {sqlstate} was expected"
    diag = caught.diag
    assert diag.sqlstate == sqlstate, f"{diag.sqlstate} {diag.message_primary} {diag.message_detail}"
    assert diag.message_hint, "a refusal says what to do"
    refusal.sqlstate = sqlstate
    refusal.message = diag.message_primary or ""
    refusal.hint = diag.message_hint
    refusal.detail = json.loads(diag.message_detail or "null")
    assert isinstance(refusal.detail, dict)
    assert {key: refusal.detail.get(key) for key in detail} == detail
    assert snapshot(conn) == before, "a refusal writes nothing"
