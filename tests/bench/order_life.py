"""Place, accept, heartbeat, fill, exit: our calls from Python against an application-level repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import count
from time import perf_counter
from typing import Any, LiteralString

import psycopg
from rich.progress import Progress
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from .app_repository import TABLE, OrderRepository
from .figures import Figure, speedup
from .sampling import Block, Scale, interleave
from .server import TRADER, Bench, Conn, Database

PRICE, EXIT_PRICE, QUANTITY = Decimal("100.5"), Decimal("103.25"), Decimal(25)
ACTOR = "svc:order-gateway"
_numbers = count(1)


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Each life is two orders, entry and exit, in six steps: six commits, or all lives of a block in one."""
    figures: list[Figure] = []
    with bench.database("order_life") as database:
        database.execute(TABLE)
        for wait in (False, True):
            setting = f"sync {'on' if wait else 'off'}"
            with (
                database.connect(TRADER, synchronous_commit=wait) as conn,
                _session(database, wait) as session,
            ):
                repository = OrderRepository(session)
                runs = interleave(
                    {
                        "app": _timed(partial(_one_by_one, partial(app_life, repository)), scale.lives),
                        "calls": _timed(partial(_one_by_one, partial(call_life, conn)), scale.lives),
                        "batch": _timed(partial(batch_of_lives, conn), scale.lives),
                    },
                    replace(scale, blocks=1),
                    progress,
                )
            baseline = "SQLAlchemy repository"
            aims = (None, None) if wait else (2, 8)
            figures += [
                speedup(f"order life, as many commits, {setting}", runs["calls"], baseline, runs["app"], aims[0]),
                speedup(f"order life, one batch, {setting}", runs["batch"], baseline, runs["app"], aims[1]),
            ]
    return figures


def _session(database: Database, wait: bool) -> Session:
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: database.connect(TRADER, synchronous_commit=wait, autocommit=False),
        pool_size=1,
    )
    return Session(engine)


def app_life(repository: OrderRepository, name: str) -> None:
    """One life as the application lives it."""
    entry = repository.place(name, "buy", QUANTITY, PRICE, f"{name}-entry")
    repository.accept(entry, f"{name}-1")
    repository.update_status_check(entry)
    repository.mark_executed(entry, PRICE, QUANTITY)
    leaving = repository.place(name, "sell", QUANTITY, EXIT_PRICE, f"{name}-exit")
    repository.mark_executed(leaving, EXIT_PRICE, QUANTITY)


_PLACE: LiteralString = """
SELECT * FROM oms.place_order(%s, %s, %s, 'limit', %s, client_order_id => %s, actor => %s, account => 'default')
"""
_ACCEPT: LiteralString = "SELECT * FROM oms.accept_order(%s, %s, actor => %s, account => 'default')"
_CHECK: LiteralString = "SELECT * FROM oms.record_status_check(%s, account => 'default')"
_CHECKS: LiteralString = "SELECT oms.record_status_checks(%s, account => 'default')"
_EXECUTE: LiteralString = "SELECT * FROM oms.mark_executed(%s, %s, exec_id => %s, actor => %s, account => 'default')"


def call_life(conn: Conn, name: str) -> None:
    """The same life by calls, each its own transaction."""
    entry = _id(conn.execute(_PLACE, [name, "buy", QUANTITY, PRICE, f"{name}-entry", ACTOR]))
    conn.execute(_ACCEPT, [entry, f"{name}-1", ACTOR])
    conn.execute(_CHECK, [entry])
    conn.execute(_EXECUTE, [entry, PRICE, f"{name}-e1", ACTOR])
    leaving = _id(conn.execute(_PLACE, [name, "sell", QUANTITY, EXIT_PRICE, f"{name}-exit", ACTOR]))
    conn.execute(_EXECUTE, [leaving, EXIT_PRICE, f"{name}-e2", ACTOR])


def batch_of_lives(conn: Conn, names: Sequence[str]) -> None:
    """Many lives by calls, step by step for all of them, in one transaction and few round trips."""
    with conn.transaction(), conn.cursor() as cur:

        def place(side: str, price: Decimal, suffix: str) -> list[int]:
            rows = [(name, side, QUANTITY, price, f"{name}-{suffix}", ACTOR) for name in names]
            cur.executemany(_PLACE, rows, returning=True)
            return [_id(result) for result in cur.results()]

        entries = place("buy", PRICE, "entry")
        cur.executemany(_ACCEPT, [(o, f"{name}-1", ACTOR) for o, name in zip(entries, names, strict=True)])
        cur.execute(_CHECKS, [entries])
        cur.executemany(_EXECUTE, [(o, PRICE, f"{name}-e1", ACTOR) for o, name in zip(entries, names, strict=True)])
        exits = place("sell", EXIT_PRICE, "exit")
        cur.executemany(_EXECUTE, [(o, EXIT_PRICE, f"{name}-e2", ACTOR) for o, name in zip(exits, names, strict=True)])


def _one_by_one(live: Callable[[str], None], names: Sequence[str]) -> None:
    for name in names:
        live(name)


def _timed(work: Callable[[list[str]], None], lives: int) -> Block:
    """Microseconds per life; every life has its own symbol."""

    def block() -> float:
        names = [f"SYM{next(_numbers)}-EQ" for _ in range(lives)]
        start = perf_counter()
        work(names)
        return (perf_counter() - start) * 1e6 / lives

    return block


def _id(cursor: psycopg.Cursor[Any]) -> int:
    """The order_id of the returned order; all of the row is fetched, as a client would."""
    rows = cursor.fetchall()
    return int(rows[0][0])
