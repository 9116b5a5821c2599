"""Small books in Kite's form, and orders here that they meet."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from support.fold_orders import Number, call, execute, place
from support.fold_tables import Conn

Entry = dict[str, Any]

# What makes an order here one that the broker's entry "B1" is about: a limit order to buy 10 INFY at 100.
TERMS: dict[str, Any] = {"order_type": "limit", "limit_price": 100, "broker": "kite"}


def said(order_id: str | None = "B1", status: str = "OPEN", filled: Number = 0, **fields: Any) -> Entry:
    """One entry of a book: of a limit order to buy 10 INFY at 100, unless told otherwise."""
    return {
        "order_id": order_id,
        "status": status,
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "order_type": "LIMIT",
        "validity": "DAY",
        "variety": "regular",
        "quantity": 10,
        "price": 100,
        "trigger_price": 0,
        "filled_quantity": filled,
        "average_price": 100 if Decimal(str(filled)) > 0 else 0,
        "tag": None,
        **fields,
    }


def traded(exec_id: str | None, quantity: Number, price: Number = 100, order_id: str = "B1", **fields: Any) -> Entry:
    """One trade of a book."""
    return {
        "trade_id": exec_id,
        "order_id": order_id,
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "quantity": quantity,
        "average_price": price,
        **fields,
    }


def both(orders: list[Entry], trades: list[Entry]) -> dict[str, list[Entry]]:
    """Orders and trades in one answer."""
    return {"orders": orders, "trades": trades}


def sent(conn: Conn, **named: Any) -> int:
    """Placed here; nobody knows whether the broker has it."""
    return place(conn, **(TERMS | {"client_order_id": "c1"} | named))


def accepted(conn: Conn, **named: Any) -> int:
    """The broker has it as B1."""
    order_id = sent(conn, **named)
    call(conn, "accept_order", order_id, "B1")
    return order_id


def part_filled(conn: Conn, quantity: Number = 4, exec_id: str = "T1") -> int:
    """4 of the 10 executed at 100."""
    order_id = accepted(conn)
    execute(conn, order_id, quantity, 100, exec_id=exec_id)
    return order_id


def given_up(conn: Conn) -> int:
    """Failed by us: nobody at the broker said so."""
    order_id = sent(conn)
    call(conn, "mark_failed", order_id, "connection refused")
    return order_id


def rejected(conn: Conn) -> int:
    """Rejected by the broker."""
    order_id = accepted(conn)
    call(conn, "mark_rejected", order_id, "no margin")
    return order_id


def cancelled(conn: Conn) -> int:
    """Cancelled, nothing executed."""
    order_id = accepted(conn)
    call(conn, "mark_cancelled", order_id)
    return order_id


def filled(conn: Conn) -> int:
    """All 10 executed at 100, held."""
    return part_filled(conn, 10)


Start = Callable[[Conn], int]
