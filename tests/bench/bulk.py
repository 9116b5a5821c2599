"""Many rows in one UPDATE, against the same UPDATE of the bare table."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from rich.progress import Progress

from .figures import Figure, cost
from .sampling import Block, Scale, interleave
from .server import Bench, Database
from .status_change import BARE, RAW

_ONE_ROW = "WHERE order_id = $1::bigint AND account = 'default'"


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Every run finds the tables as they were: it is rolled back, and what it left is vacuumed away."""
    with bench.database("bulk", orders=scale.bulk) as database:
        runs = interleave(
            {
                "bare": _update(database, BARE, scale.bulk),
                "ours": _update(database, RAW, scale.bulk),
            },
            replace(scale, blocks=1),
            progress,
        )
    return [cost(f"{scale.bulk:,} rows in one UPDATE, µs per row", runs["ours"], "bare UPDATE", runs["bare"], 2.6)]


def _update(database: Database, statement: str, rows: int) -> Block:
    everything = statement.replace(_ONE_ROW, "").encode()

    def block() -> float:
        with database.connect() as conn:
            conn.execute("BEGIN")
            start = perf_counter()
            touched = conn.execute(everything).rowcount
            elapsed = perf_counter() - start
            conn.execute("ROLLBACK")
        if touched != rows:
            raise RuntimeError(f"{touched} rows of {rows} changed")
        database.execute("VACUUM bench.orders", "VACUUM oms.orders", "VACUUM oms.order_events")
        return elapsed * 1e6 / rows

    return block
