"""One change at a time, ours beside the alternatives: median and 99th percentile, per change and per commit."""

from __future__ import annotations

from itertools import count
from statistics import quantiles
from time import perf_counter
from typing import LiteralString

from rich.progress import Progress

from . import alternatives
from .app_repository import TABLE, OrderRepository
from .figures import Figure, cost
from .order_life import session
from .prepared import Prepared
from .sampling import Scale
from .server import TRADER, Bench
from .status_change import BARE, RAW

_APP_ORDERS: LiteralString = """
INSERT INTO app.orders (symbol, side, quantity, order_type, price, status, placed_at, updated_at)
SELECT symbol, side, quantity, order_type, limit_price, status, placed_at, updated_at FROM bench.orders"""
# Median of one change, aims and limits by whether a commit waits for the disk.
_AIMS = {False: 1.5, True: 1.15}
_LIMITS = {False: 1.8, True: None}

Change = Prepared | OrderRepository


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Runs of single changes in turn; each run yields one median and one 99th percentile per variant."""
    figures: list[Figure] = []
    with bench.database("latency", orders=2 * scale.runs * scale.block + 2) as database:
        tables = {"bare": "bench.orders", **alternatives.install(database)}
        database.execute(TABLE)
        database.execute(_APP_ORDERS)
        ids = {name: count(1) for name in (*tables, "ours", "SQLAlchemy repository")}
        for wait in (False, True):
            with database.connect(TRADER, synchronous_commit=wait) as conn, session(database, wait) as app:
                changes: dict[str, Change] = {
                    name: Prepared(conn, BARE.replace("bench.orders", table)) for name, table in tables.items()
                }
                changes |= {"ours": Prepared(conn, RAW), "SQLAlchemy repository": OrderRepository(app)}
                taken = _runs(changes, ids, scale, progress)
            setting = f"sync {'on' if wait else 'off'}"
            for point, value in (("p50", 0), ("p99", 1)):
                runs = {name: [run[value] for run in taken[name]] for name in changes}
                for name in changes:
                    if name != "bare":
                        ours = name == "ours" and point == "p50"
                        chart = f"One change, {setting}: median, µs" if point == "p50" else ""
                        figures.append(
                            cost(
                                f"single UPDATE, {name}, {point}, {setting}",
                                runs[name],
                                "bare UPDATE",
                                runs["bare"],
                                _AIMS[wait] if ours else None,
                                _LIMITS[wait] if ours else None,
                                (chart, name),
                            )
                        )
    return figures


def _runs(
    changes: dict[str, Change], ids: dict[str, count[int]], scale: Scale, progress: Progress
) -> dict[str, list[tuple[float, float]]]:
    """Per variant and run, the 50th and 99th percentile of one change in microseconds."""
    task = progress.add_task("  runs", total=scale.runs)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in changes}
    names = list(changes)
    for _ in range(scale.runs):
        names = names[1:] + names[:1]
        for name in names:
            change, times = changes[name], []
            for _ in range(scale.block):
                order_id = next(ids[name])
                start = perf_counter()
                if isinstance(change, Prepared):
                    change(str(order_id).encode())
                else:
                    change.mark_rejected(order_id, "insufficient funds")
                times.append((perf_counter() - start) * 1e6)
            cuts = quantiles(times, n=100, method="inclusive")
            taken[name].append((cuts[49], cuts[98]))
        progress.advance(task)
    progress.remove_task(task)
    return taken
