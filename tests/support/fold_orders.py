"""Orders brought into a state by the legal way there."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from psycopg import Connection, sql

from support.fold_tables import rows, value

Conn = Connection[Any]
Number = int | str | Decimal


def place(conn: Conn, symbol: str = "INFY", side: str = "buy", quantity: Number = 10, **terms: Any) -> int:
    """Place an order by call; returns its id."""
    named = sql.SQL("").join(sql.SQL(", {} => {}").format(sql.Identifier(name), value) for name, value in terms.items())
    query = sql.SQL("SELECT order_id FROM oms.place_order({}, {}, {}{})").format(symbol, side, quantity, named)
    found = conn.execute(query).fetchone()
    assert found is not None
    order_id: int = found[0]
    return order_id


def execute(
    conn: Conn, order_id: int, quantity: Number | None = None, price: Number | None = 100, **named: Any
) -> None:
    """Book an execution by call."""
    extra = sql.SQL("").join(sql.SQL(", {} => {}").format(sql.Identifier(name), value) for name, value in named.items())
    conn.execute(sql.SQL("SELECT oms.mark_executed({}, {}, {}{})").format(order_id, price, quantity, extra))


def call(conn: Conn, name: str, *arguments: Any, **named: Any) -> list[dict[str, Any]]:
    """Call one of the product's functions; returns its rows."""
    parts = [sql.Literal(argument) for argument in arguments]
    named_parts = [sql.SQL("{} => {}").format(sql.Identifier(key), value) for key, value in named.items()]
    query = sql.SQL("SELECT * FROM oms.{}({})").format(sql.Identifier(name), sql.SQL(", ").join([*parts, *named_parts]))
    with conn.cursor() as cur:
        cur.execute(query)
        names = [column.name for column in cur.description or ()]
        return [dict(zip(names, found, strict=True)) for found in cur.fetchall()]


def update(conn: Conn, order_id: int, **columns: Any) -> int:
    """Write columns by raw SQL; returns the row count."""
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in columns.items()
    )
    query = sql.SQL("UPDATE oms.orders SET {} WHERE order_id = {}").format(assignments, order_id)
    return conn.execute(query).rowcount


def raw_fill(conn: Conn, **columns: Any) -> None:
    """Insert one row into oms.fills."""
    query = sql.SQL("INSERT INTO oms.fills ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(map(sql.Literal, columns.values()))
    )
    conn.execute(query)


def held(conn: Conn, symbol: str = "INFY", book: str = "") -> Decimal:
    """The signed quantity of a position; zero where there never was one."""
    quantity: Decimal = value(
        conn, "SELECT coalesce(sum(quantity), 0) FROM oms.positions WHERE symbol = %s AND book = %s", [symbol, book]
    )
    return quantity


def open_quantity(conn: Conn, *order_ids: int) -> list[Decimal]:
    """open_qty of these orders."""
    found = rows(conn, "SELECT order_id, open_qty FROM oms.orders WHERE order_id = ANY (%s)", [list(order_ids)])
    by_id = {row["order_id"]: row["open_qty"] for row in found}
    return [by_id[order_id] for order_id in order_ids]


# -- states ----------------------------------------------------------------------------------------------------------


def _pending(conn: Conn, symbol: str) -> int:
    return place(conn, symbol)


def _working(conn: Conn, symbol: str) -> int:
    order_id = place(conn, symbol)
    execute(conn, order_id, 4)
    return order_id


def _held(conn: Conn, symbol: str) -> int:
    order_id = place(conn, symbol)
    execute(conn, order_id)
    return order_id


def _remainder_cancelled(conn: Conn, symbol: str) -> int:
    order_id = _working(conn, symbol)
    call(conn, "mark_cancelled", order_id)
    return order_id


def _exit(conn: Conn, symbol: str, quantity: int) -> None:
    execute(conn, place(conn, symbol, "sell", quantity))


def _working_flat(conn: Conn, symbol: str) -> int:
    order_id = _working(conn, symbol)
    _exit(conn, symbol, 4)
    return order_id


def _closed(conn: Conn, symbol: str) -> int:
    order_id = _held(conn, symbol)
    _exit(conn, symbol, 10)
    return order_id


def _closed_cancelled(conn: Conn, symbol: str) -> int:
    order_id = _remainder_cancelled(conn, symbol)
    _exit(conn, symbol, 4)
    return order_id


def _rejected(conn: Conn, symbol: str) -> int:
    order_id = place(conn, symbol)
    call(conn, "mark_rejected", order_id, "no margin")
    return order_id


def _failed(conn: Conn, symbol: str) -> int:
    order_id = place(conn, symbol)
    call(conn, "mark_failed", order_id, "no network")
    return order_id


def _cancelled(conn: Conn, symbol: str) -> int:
    order_id = place(conn, symbol)
    call(conn, "mark_cancelled", order_id)
    return order_id


def _expired(conn: Conn, symbol: str) -> int:
    order_id = place(conn, symbol)
    call(conn, "expire_order", order_id)
    return order_id


# A buy of 10: 4 executed where it works, all where it is held or closed.
STATES: dict[str, tuple[str, Callable[[Conn, str], int]]] = {
    "pending": ("pending", _pending),
    "working, part filled": ("ongoing", _working),
    "working, nothing held": ("ongoing", _working_flat),
    "filled, held": ("ongoing", _held),
    "part filled, remainder cancelled, held": ("ongoing", _remainder_cancelled),
    "closed by its exit": ("closed", _closed),
    "part filled, remainder cancelled, closed": ("closed", _closed_cancelled),
    "rejected": ("failed", _rejected),
    "failed": ("failed", _failed),
    "cancelled": ("cancelled", _cancelled),
    "expired": ("cancelled", _expired),
}


def reach(conn: Conn, state: str, symbol: str) -> int:
    """A new order of that symbol in that state; returns its id."""
    status, path = STATES[state]
    order_id = path(conn, symbol)
    assert value(conn, "SELECT status FROM oms.orders WHERE order_id = %s", [order_id]) == status
    return order_id
