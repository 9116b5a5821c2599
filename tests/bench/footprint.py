"""Bytes that one status change writes: of WAL, and of the table that keeps what happened."""

from __future__ import annotations

from rich.progress import Progress

from . import alternatives
from .figures import Figure
from .sampling import Scale, spread
from .server import Bench, Conn, Database
from .status_change import BARE, ONE_ROW, RAW

_SLICES = 5


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """No checkpoint comes between, so no page is written whole: what is counted is what the change itself says."""
    rows = scale.orders // _SLICES
    with bench.database("footprint", orders=rows * _SLICES) as database:
        tables = {"bare": "bench.orders", **alternatives.install(database)}
        statements = {name: BARE.replace("bench.orders", table) for name, table in tables.items()} | {"ours": RAW}
        trails = {**alternatives.TRAILS, "ours": "oms.order_events"}
        wal: dict[str, list[float]] = {name: [] for name in statements}
        kept: dict[str, list[float]] = {name: [] for name in trails}
        task = progress.add_task("  footprint", total=_SLICES)
        for number in range(_SLICES):
            for name, statement in statements.items():
                some = f"order_id > {number * rows} AND order_id <= {(number + 1) * rows}"
                written, grown = _written(database, statement.replace(ONE_ROW, some), trails.get(name))
                wal[name].append(written / rows)
                if name in kept:
                    kept[name].append(grown / rows)
            progress.advance(task)
        progress.remove_task(task)
    return [Figure(f"WAL per change, {name}", spread(values), "B") for name, values in wal.items()] + [
        Figure(f"trail and its indexes per change, {name}", spread(values), "B") for name, values in kept.items()
    ]


def _written(database: Database, statement: str, trail: str | None) -> tuple[int, int]:
    with database.connect() as conn:
        before = _sizes(conn, trail)
        conn.execute(statement.encode())
        after = _sizes(conn, trail)
    return after[0] - before[0], after[1] - before[1]


def _sizes(conn: Conn, trail: str | None) -> tuple[int, int]:
    lsn, size = conn.execute(
        "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, coalesce(pg_total_relation_size(%s::regclass), 0)", [trail]
    ).fetchall()[0]
    return int(lsn), int(size)
