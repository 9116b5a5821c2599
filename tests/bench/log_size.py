"""Bytes of the log per event: heap with primary key, and with all indexes."""

from __future__ import annotations

from itertools import cycle
from typing import LiteralString

from rich.progress import Progress

from .figures import Figure, exact
from .sampling import Scale
from .server import Bench, Conn

# What brokers and people really say.
REJECTIONS = (
    "insufficient funds",
    "RMS: margin exceeds, required Rs 48,250.00",
    "price outside circuit limits",
    "instrument is blocked for trading",
)
CANCELLATIONS = ("Cancelled by user", "RSI exit before fill", "Superseded by reentry", "End of day")
ACTORS = ("svc:order-gateway", "svc:reconciler", "ops:anita.rao", "strategy:rsi-reversal")

_SIZES: LiteralString = """
SELECT (SELECT count(*) FROM oms.order_events),
  pg_relation_size('oms.order_events') + sum(pg_relation_size(indexrelid)) FILTER (WHERE indisprimary),
  pg_relation_size('oms.order_events') + sum(pg_relation_size(indexrelid))
FROM pg_index WHERE indrelid = 'oms.order_events'::regclass
"""

_PLACE: LiteralString = """
SELECT order_id FROM oms.place_order(%s, %s, 25, 'limit', 100.5, client_order_id => %s, strategy_id => 'rsi-reversal')
"""


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Two workloads: orders that end by one status change, and whole lives."""
    figures: list[Figure] = []
    for name, work in (("status changes", _status_changes), ("a full life", _lives)):
        with (
            bench.database("log_size", orders=scale.orders if work is _status_changes else 0) as database,
            database.connect(application_name="order-gateway") as conn,
        ):
            before = _sizes(conn)
            work(conn, scale.orders, progress)
            events, with_key, with_all = (now - then for now, then in zip(_sizes(conn), before, strict=True))
        figures += [
            Figure(f"bytes per event with its key, {name}", exact(with_key / events), "B", aim=250),
            Figure(f"bytes per event with all indexes, {name}", exact(with_all / events), "B", aim=330),
        ]
    return figures


def _sizes(conn: Conn) -> tuple[int, int, int]:
    events, with_key, with_all = conn.execute(_SIZES).fetchall()[0]
    return int(events), int(with_key), int(with_all)


def _status_changes(conn: Conn, orders: int, progress: Progress) -> None:
    task = progress.add_task("  status changes", total=orders)
    for order_id, rejection, cancellation, actor in zip(
        range(1, orders + 1), cycle(REJECTIONS), cycle(CANCELLATIONS), cycle(ACTORS), strict=False
    ):
        if order_id % 3:
            conn.execute("SELECT FROM oms.mark_rejected(%s, %s, actor => %s)", [order_id, rejection, actor])
        else:
            conn.execute("SELECT FROM oms.mark_cancelled(%s, %s, actor => %s)", [order_id, cancellation, actor])
        progress.advance(task)
    progress.remove_task(task)


def _lives(conn: Conn, orders: int, progress: Progress) -> None:
    """Entry and exit of the same symbol in turn: placed, accepted, filled; the exit's fill closes both."""
    task = progress.add_task("  full lives", total=orders)
    for number, actor in zip(range(1, orders + 1), cycle(ACTORS), strict=False):
        with conn.transaction():
            conn.execute("SELECT oms.set_context(actor => %s)", [actor])
            row = conn.execute(
                _PLACE,
                [f"SYM{number // 2 % 50}-EQ", "buy" if number % 2 == 0 else "sell", f"rsi-2025-11-{number:07}"],
            ).fetchone()
            assert row is not None
            conn.execute("SELECT FROM oms.accept_order(%s, %s)", [row[0], f"2511220{number:07}"])
            conn.execute("SELECT FROM oms.record_status_check(%s)", [row[0]])
            conn.execute("SELECT FROM oms.mark_executed(%s, 100.45, exec_id => %s)", [row[0], f"NSE-{number:09}"])
        progress.advance(task)
    progress.remove_task(task)
