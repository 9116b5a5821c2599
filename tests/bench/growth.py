"""What one change costs as the account grows: from ten thousand to ten million orders."""

from __future__ import annotations

from random import Random
from statistics import median
from time import perf_counter
from typing import LiteralString

from rich.progress import Progress

from .figures import Figure, cost
from .prepared import Prepared
from .sampling import Scale
from .server import TRADER, Bench, Database
from .status_change import RAW

# Years of orders, written past the triggers as a restore writes them: nearly all of them ended long ago.
_ORDERS: LiteralString = """
INSERT INTO oms.orders (symbol, side, quantity, order_type, limit_price, client_order_id, broker_order_id, status,
  reason, end_reason, cancelled_qty, leaves_qty, placed_at, accepted_at, updated_at, closed_at, version, last_event)
SELECT 'SYM' || i %% 500, CASE WHEN i %% 2 = 0 THEN 'buy' ELSE 'sell' END, 10, 'limit', 95.5, 'g-' || i, 'G' || i,
  'cancelled', 'Cancelled', 'cancelled', 10, 0, t.at, t.at, t.at, t.at, 1, 'placed'
FROM generate_series(1, %(orders)s) AS i
CROSS JOIN LATERAL (SELECT timestamptz '2020-01-01Z' + i * interval '15 seconds' AS at) t
"""
_LIVE: LiteralString = """
INSERT INTO oms.orders (symbol, side, quantity, order_type, limit_price)
SELECT 'LIVE' || i %% 50, 'buy', 10, 'limit', 95.5 FROM generate_series(1, %(orders)s) AS i RETURNING order_id
"""
_PAST_TRIGGERS: LiteralString = "SET session_replication_role = replica"


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """The smallest account and the largest side by side, run by run; the sizes between them against the smallest."""
    figures: list[Figure] = []
    small, *larger = scale.growth
    for size in larger:
        with bench.database("small") as few, bench.database("large") as many:
            runs = {"small": _live(few, small, scale), "large": _live(many, size, scale)}
            taken: dict[str, list[float]] = {"small": [], "large": []}
            task = progress.add_task(f"  {size:,} orders", total=scale.runs)
            with few.connect(TRADER) as one, many.connect(TRADER) as other:
                changes = {"small": Prepared(one, RAW), "large": Prepared(other, RAW)}
                for _ in range(scale.runs):
                    for name, change in changes.items():
                        taken[name].append(_median(change, [runs[name].pop() for _ in range(scale.block)]))
                    progress.advance(task)
            progress.remove_task(task)
        aim = 1.25 if size == larger[-1] else None
        name = f"p50 of a change among {size:,} orders"
        figures.append(cost(name, taken["large"], f"among {small:,}", taken["small"], aim))
    return figures


def _live(database: Database, orders: int, scale: Scale) -> list[int]:
    """Fill the database; the ids of enough live orders, in no order."""
    with database.connect("postgres") as conn:
        conn.execute(_PAST_TRIGGERS)
        conn.execute(_ORDERS, {"orders": orders})
    with database.connect() as conn:
        live = [row[0] for row in conn.execute(_LIVE, {"orders": scale.runs * scale.block}).fetchall()]
    database.execute("VACUUM ANALYZE oms.orders")
    Random(0).shuffle(live)
    return live


def _median(change: Prepared, ids: list[int]) -> float:
    times = []
    for order_id in ids:
        start = perf_counter()
        change(str(order_id).encode())
        times.append((perf_counter() - start) * 1e6)
    return median(times)
