"""Place, accept, heartbeat, fill, exit: the client against an application-level repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import count
from time import perf_counter

from rich.progress import Progress
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from orderstamp import Orderstamp

from .app_repository import TABLE, OrderRepository
from .figures import Figure, speedup
from .sampling import Block, Scale, interleave
from .server import TRADER, Bench, Conn, Database

PRICE, EXIT_PRICE, QUANTITY = Decimal("100.5"), Decimal("103.25"), Decimal(25)
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
                session(database, wait) as app,
            ):
                repository = OrderRepository(app)
                client = Orderstamp(conn, account="default", actor="svc:order-gateway")
                runs = interleave(
                    {
                        "app": _timed(partial(_one_by_one, partial(app_life, repository)), scale.lives),
                        "client": _timed(partial(_one_by_one, partial(client_life, client)), scale.lives),
                        "batch": _timed(partial(batch_of_lives, client, conn), scale.lives),
                    },
                    replace(scale, blocks=1),
                    progress,
                )
            baseline = "SQLAlchemy repository"
            aims = (None, None) if wait else (2, 8)
            figures += [
                speedup(f"order life, as many commits, {setting}", runs["client"], baseline, runs["app"], aims[0]),
                speedup(f"order life, one batch, {setting}", runs["batch"], baseline, runs["app"], aims[1]),
            ]
    return figures


def session(database: Database, wait: bool) -> Session:
    """What the application-level repository works in."""
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


def client_life(client: Orderstamp, name: str) -> None:
    """The same life through the client, each call its own transaction."""
    entry = client.place_order(name, "buy", QUANTITY, "limit", PRICE, client_order_id=f"{name}-entry").order_id
    client.accept_order(entry, f"{name}-1")
    client.record_status_check(entry)
    client.mark_executed(entry, PRICE, exec_id=f"{name}-e1")
    leaving = client.place_order(name, "sell", QUANTITY, "limit", EXIT_PRICE, client_order_id=f"{name}-exit").order_id
    client.mark_executed(leaving, EXIT_PRICE, exec_id=f"{name}-e2")


def batch_of_lives(client: Orderstamp, conn: Conn, names: Sequence[str]) -> None:
    """Many lives through the client's batches, one transaction: a batch ends where the next step needs an order_id."""
    with conn.transaction():
        with client.batch() as batch:
            entries = [
                batch.place_order(name, "buy", QUANTITY, "limit", PRICE, client_order_id=f"{name}-entry")
                for name in names
            ]
        with client.batch() as batch:
            ids = [entry.result.order_id for entry in entries]
            for name, entry in zip(names, ids, strict=True):
                batch.accept_order(entry, f"{name}-1")
            batch.record_status_checks(ids)
            for name, entry in zip(names, ids, strict=True):
                batch.mark_executed(entry, PRICE, exec_id=f"{name}-e1")
            exits = [
                batch.place_order(name, "sell", QUANTITY, "limit", EXIT_PRICE, client_order_id=f"{name}-exit")
                for name in names
            ]
        with client.batch() as batch:
            for name, leaving in zip(names, exits, strict=True):
                batch.mark_executed(leaving.result.order_id, EXIT_PRICE, exec_id=f"{name}-e2")


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
