"""Failed orders, and asking for them again."""

from __future__ import annotations

from typing import Any

from support.clock import Clock
from support.fold_orders import call, place
from support.fold_tables import Conn, row


def monday(owner: Conn) -> Clock:
    """Monday, a quarter of an hour after the open."""
    return Clock(owner, "2026-01-05 09:30+05:30")


def rejected(conn: Conn, text: str = "Computer says no", **terms: Any) -> int:
    """An order that the broker refused."""
    order_id = place(conn, **terms)
    call(conn, "mark_rejected", order_id, text)
    return order_id


def failed(conn: Conn, text: str = "connection refused", **terms: Any) -> int:
    """An order that did not reach the broker."""
    order_id = place(conn, **terms)
    call(conn, "mark_failed", order_id, text)
    return order_id


def queue(conn: Conn, order_id: int) -> dict[str, Any]:
    """What the queue says of an order."""
    return row(conn, "SELECT * FROM oms.retry_queue WHERE order_id = %s", [order_id])


def state(conn: Conn, order_id: int) -> str:
    """Its state in the queue."""
    state: str = queue(conn, order_id)["state"]
    return state


def claim(conn: Conn, worker: str = "w1", *arguments: Any, **named: Any) -> list[int]:
    """The orders that a worker is handed."""
    return [claimed["order_id"] for claimed in call(conn, "claim_retries", worker, *arguments, **named)]


def again(conn: Conn, order_id: int, text: str, name: str = "mark_rejected") -> None:
    """Retried, and refused again."""
    call(conn, "retry_order", order_id)
    call(conn, name, order_id, text)
