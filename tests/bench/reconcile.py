"""A broker's whole book in one call, against the loop over its orders that an application runs."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from time import perf_counter
from typing import Any, LiteralString

from rich.progress import Progress

from .app_repository import TABLE, OrderRepository
from .figures import Figure, cost
from .order_life import session
from .sampling import Block, Scale, interleave
from .server import TRADER, Bench, Conn

Entry = dict[str, Any]

APP_ORDERS: tuple[LiteralString, ...] = (
    """
INSERT INTO app.orders (symbol, side, quantity, order_type, price, status, client_order_id, broker_order_id,
  execution_qty, placed_at, updated_at)
SELECT symbol, side, quantity, order_type, limit_price, status, client_order_id, broker_order_id,
  0, placed_at, updated_at
FROM oms.orders ORDER BY order_id""",
    "CREATE INDEX ON app.orders (broker_order_id)",
    "VACUUM ANALYZE app.orders",
)
BOOK: LiteralString = """
SELECT broker_order_id, symbol, side, quantity, limit_price FROM oms.orders ORDER BY order_id LIMIT %s"""
RECONCILE: LiteralString = "SELECT decision FROM oms.reconcile(%s::jsonb, now(), 'kite', complete => %s)"


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Per order of the book, nothing changed and a tenth of it changed; and in a small and in a large account."""
    figures: list[Figure] = []
    once = replace(scale, blocks=1)
    with bench.database("reconcile", orders=scale.snapshot) as database:
        database.execute(TABLE, *APP_ORDERS)
        with database.connect(TRADER) as conn, session(database, False) as app:
            for name, every, aim in (("nothing changed", 0, 1 / 20), ("a tenth changed", 10, 1 / 5)):
                runs = interleave(
                    {
                        "app": _looping(OrderRepository(app), _book(conn, scale.snapshot), every, scale.block),
                        "ours": _reconciling(conn, _book(conn, scale.snapshot), every),
                    },
                    once,
                    progress,
                )
                baseline = "loop of a SQLAlchemy repository"
                figures.append(cost(f"reconcile, {name}, per order", runs["ours"], baseline, runs["app"], aim))
    return [*figures, _growth(bench, once, progress)]


def _growth(bench: Bench, scale: Scale, progress: Progress) -> Figure:
    """The same small book, in an account with nothing else and in one with a hundred times as many orders."""
    small = scale.snapshot // 10
    with (
        bench.database("few", orders=small) as few,
        bench.database("many", orders=100 * small) as many,
        few.connect(TRADER) as one,
        many.connect(TRADER) as other,
    ):
        runs = interleave(
            {
                "few": _reconciling(one, _book(one, small), 0, complete=False),
                "many": _reconciling(other, _book(other, small), 0, complete=False),
            },
            scale,
            progress,
        )
    return cost("reconcile in an account 100 times as large", runs["many"], "in a small account", runs["few"], 1.25)


def _book(conn: Conn, orders: int) -> list[Entry]:
    """The orders as Zerodha's order book shows them, with the fields that nobody here reads."""
    return [
        {
            "order_id": broker_order_id,
            "exchange_order_id": f"1100000{broker_order_id}",
            "tradingsymbol": symbol,
            "transaction_type": side.upper(),
            "order_type": "LIMIT",
            "quantity": int(quantity),
            "price": float(price),
            "status": "OPEN",
            "filled_quantity": 0,
            "average_price": 0,
            "cancelled_quantity": 0,
            "trigger_price": 0,
            "validity": "DAY",
            "variety": "regular",
            "product": "CNC",
            "exchange": "NSE",
            "status_message": None,
            "order_timestamp": "2025-11-22 09:15:02",
            "exchange_timestamp": "2025-11-22 09:15:02",
            "placed_by": "AB1234",
            "tag": None,
            "guid": "0123456789abcdef",
        }
        for broker_order_id, symbol, side, quantity, price in conn.execute(BOOK, [orders]).fetchall()
    ]


def _looping(repository: OrderRepository, book: list[Entry], every: int, block: int) -> Block:
    """The application goes through the next part of the book, order by order."""
    parts = count()

    def loop() -> float:
        start_at = next(parts) * block % len(book)
        part = book[start_at : start_at + block]
        _change(part, 0, every)
        start = perf_counter()
        for entry in part:
            repository.reconcile(entry)
        return (perf_counter() - start) * 1e6 / len(part)

    return loop


def _reconciling(conn: Conn, book: list[Entry], every: int, *, complete: bool = True) -> Block:
    """The whole book in one call, the changed orders spread over it."""
    offsets = count()

    def reconcile() -> float:
        _change(book, next(offsets), every)
        answer = json.dumps({"status": "success", "data": book})
        start = perf_counter()
        decisions = conn.execute(RECONCILE, [answer, complete]).fetchall()
        seconds = perf_counter() - start
        if not len(book) <= len(decisions) <= 2 * len(book) or ("discrepancy",) in decisions:
            raise RuntimeError(f"{len(decisions)} decisions about {len(book)} orders")
        return seconds * 1e6 / len(book)

    return reconcile


def _change(book: list[Entry], offset: int, every: int) -> None:
    """Every so many-th order: executed in full, in part, cancelled, at another price."""
    for number, entry in enumerate(book[offset::every] if every else []):
        quantity = entry["quantity"]
        match number % 4:
            case 0:
                entry |= {"status": "COMPLETE", "filled_quantity": quantity, "average_price": entry["price"]}
            case 1:
                entry |= {"filled_quantity": quantity // 2, "average_price": entry["price"]}
            case 2:
                entry["status"] = "CANCELLED"
            case _:
                entry["price"] += 0.5
