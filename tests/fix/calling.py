"""Calls the product's SQL functions."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

Conn = Connection[Any]
Row = dict[str, Any]

DUPLICATE = "OM005"


def call(conn: Conn, function: str, *args: object, **named: object) -> Row | None:
    """The row that `oms.function(args, named)` returns. Of the named ones, null means: not given."""
    given = {name: value for name, value in named.items() if value is not None}
    arguments = [
        *(sql.Placeholder() for _ in args),
        *(sql.SQL("{} => {}").format(sql.Identifier(name), sql.Placeholder()) for name in given),
    ]
    statement = sql.SQL("SELECT * FROM {}({})").format(sql.Identifier("oms", function), sql.SQL(", ").join(arguments))
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, [*args, *given.values()]).fetchone()


def changed(conn: Conn, function: str, *args: object, **named: object) -> Row:
    """As `call`, for functions that always return a row."""
    row = call(conn, function, *args, **named)
    if row is None:
        raise RuntimeError(f"oms.{function} returned no row")
    return row


def fix_fields(conn: Conn, order_id: int | None) -> Row:
    """The order as FIX sees it; for None, what FIX answers about an order that nobody knows."""
    return changed(conn, "fix_fields", order_id)
