"""Many rows in one UPDATE, against the same UPDATE of the bare table; ours and the alternatives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from time import perf_counter

from rich.progress import Progress

from orderstamp.embedded import SUPERUSER

from . import alternatives
from .figures import Figure, cost, speedup
from .sampling import Block, Scale, interleave
from .server import Bench, Database
from .status_change import BARE, ONE_ROW, RAW

# How many times slower the alternatives should at least be.
_AIMS = {"whole-row jsonb audit": 4.0, "history versioning": 6.0, "typed row snapshot": 1.0}
_TABLES = "oms.orders", "oms.order_events", *alternatives.TRAILS.values()


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Every run finds the tables as they were: it is rolled back, and what it left is vacuumed away."""
    figures: list[Figure] = []
    with bench.database("bulk", orders=scale.bulk) as database:
        others = alternatives.install(database)
        touched = ("bench.orders", *others.values(), *_TABLES)
        for rows in (scale.bulk // 100, scale.bulk):
            statements = {"bare": BARE, "ours": RAW}
            statements |= {name: BARE.replace("bench.orders", table) for name, table in others.items()}
            runs = interleave(
                {name: _update(database, statement, rows, touched) for name, statement in statements.items()},
                replace(scale, blocks=1),
                progress,
            )
            what = f"{rows:,} rows in one UPDATE"
            biggest = rows == scale.bulk
            chart = f"{what}: µs per row" if biggest else ""
            bare, aim = ("bare UPDATE", runs["bare"]), 2.3 if biggest else None
            figures += [
                cost(f"{what}, µs per row", runs["ours"], *bare, aim, 3, (chart, "ours")),
                cost(f"{what}, ours, µs per row", runs["ours"], alternatives.INDEXED, runs[alternatives.INDEXED]),
            ]
            for name in others:
                figures.append(cost(f"{what}, {name}, µs per row", runs[name], *bare, bar=(chart, name)))
                if biggest and name in _AIMS:
                    figures.append(speedup(f"{what} against {name}", runs["ours"], name, runs[name], _AIMS[name]))
    return figures


def _update(database: Database, statement: str, rows: int, touched: Iterable[str]) -> Block:
    """The first so many orders, whose pages every variant has side by side."""
    some = statement.replace(ONE_ROW, f"order_id <= {rows}").encode()

    def block() -> float:
        with database.connect() as conn:
            conn.execute("BEGIN")
            start = perf_counter()
            changed = conn.execute(some).rowcount
            elapsed = perf_counter() - start
            conn.execute("ROLLBACK")
        with database.connect(SUPERUSER) as conn:
            for table in touched:
                conn.execute(f"VACUUM {table}".encode())
        if changed != rows:
            raise RuntimeError(f"{changed} rows of {rows} changed")
        return elapsed * 1e6 / rows

    return block
