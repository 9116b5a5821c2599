"""Requests and reports by call, and what they leave."""

from __future__ import annotations

import json
from typing import Any

from support.fold_orders import call, place
from support.fold_tables import Conn, Row, events, row, rows

# A first word about a buy of ten.
NEW = {"OrderID": "B-1", "ClOrdID": "a", "ExecType": "0", "Symbol": "INFY", "Side": "1", "OrderQty": "10"}


def of(found: Row, *names: str) -> tuple[Any, ...]:
    """Some columns of a row."""
    return tuple(found[name] for name in names)


def fields(conn: Conn, order_id: int | None) -> Row:
    """The order as FIX tells it."""
    return row(conn, "SELECT * FROM oms.fix_fields(%s)", [order_id])


def status(conn: Conn, order_id: int) -> str:
    """OrdStatus."""
    told: str = fields(conn, order_id)["ord_status"]
    return told


def asked(conn: Conn, request_id: str) -> Row:
    """One request's row."""
    return row(conn, "SELECT * FROM oms.order_requests WHERE client_order_id = %s", [request_id])


def ask(conn: Conn, kind: str, orig: str, request_id: str, **named: Any) -> Row:
    """Record a request; returns it."""
    (request,) = call(conn, f"request_{kind}", orig, request_id, **named)
    return request


def decide(conn: Conn, decision: str, request_id: str, **named: Any) -> Row:
    """acknowledge, accept or reject a request; returns it."""
    (request,) = call(conn, f"{decision}_request", request_id, **named)
    return request


def report(conn: Conn, exec_id: str | None, exec_type: str, **said: Any) -> Row:
    """Apply one report about order a, B-1 at the broker; None leaves a field out. Returns the order."""
    message = {"OrderID": "B-1", "ClOrdID": "a", "ExecID": exec_id, "ExecType": exec_type} | said
    text = json.dumps({tag: value for tag, value in message.items() if value is not None})
    return row(conn, "SELECT * FROM oms.apply_execution_report(%s::jsonb)", [text])


def reported(conn: Conn, exec_id: str, **said: Any) -> int:
    """Have an order made a row by its New; returns its id."""
    order_id: int = report(conn, exec_id, "0", **(NEW | said))["order_id"]
    return order_id


def working(conn: Conn, **terms: Any) -> int:
    """A good-till order that the broker has; returns its id."""
    order_id = place(conn, **({"time_in_force": "gtc"} | terms))
    call(conn, "accept_order", order_id, "B-1")
    return order_id


def discrepancies(conn: Conn) -> list[str]:
    """What is noted of contradictions, oldest first."""
    return [
        found["discrepancy"] for found in rows(conn, "SELECT discrepancy FROM oms.discrepancies ORDER BY order_id, seq")
    ]


def told(conn: Conn, order_id: int) -> list[tuple[str, str | None]]:
    """Type and reason of every event of an order."""
    return [(event["event_type"], event["reason"]) for event in events(conn, order_id)]
