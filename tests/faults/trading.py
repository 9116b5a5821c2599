"""A client that lives through faults: it places, accepts, fills, cancels and reconciles, and repeats by its ids.

It is told nothing about faults. Whatever error may be gone the next time, it makes the same calls again until the
commit is acknowledged; any other error is a failure of the run.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection

from orderstamp import Orderstamp

from .journal import Journal, Unit, Write

SYMBOLS = ("INFY", "TCS", "WIPRO")
BROKER = "kite"
PATIENCE = 90.0
"""Seconds until a client gives up on one transaction: far more than any fault lasts."""

# Classes and codes of what may be gone the next time: connections, resources, operator intervention, conflicts, locks.
_CLASSES = ("08", "53", "57")
_CODES = (
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available
    "25006",  # read_only_sql_transaction: a standby that isn't promoted yet
    "58030",  # io_error
)


@dataclass(slots=True)
class Target:
    """Where the clients connect; a fault may point them elsewhere."""

    conninfo: str
    account: str = "default"


def may_pass(error: psycopg.Error) -> bool:
    """Whether the same call may succeed the next time."""
    code = error.sqlstate
    if code is None:
        return isinstance(error, psycopg.OperationalError)  # the connection: refused, lost, closed in between
    return code[:2] in _CLASSES or code in _CODES


class Trader:
    """One client with one connection and one journal."""

    def __init__(self, number: int, target: Target, journal: Journal, *, batches: bool = False) -> None:
        self._number, self._target, self._journal = number, target, journal
        self._batches = batches
        self._random = random.Random(number * 7919 + len(journal.acknowledged))
        self._conn: Connection[Any] | None = None
        self.retried: Counter[str] = Counter()

    def run(self, stopped: Callable[[], bool]) -> None:
        """Answer what a predecessor left open, then trade until stopped; nothing is left unanswered."""
        try:
            for unit in self._journal.unanswered:
                self._until_acknowledged(unit)
            while not stopped():
                for writes in self._life():
                    self._until_acknowledged(self._journal.next(writes))
                    if stopped():
                        break
        finally:
            self._disconnect()

    def _life(self) -> Iterator[list[Write]]:
        """One order's transactions; with batches, two orders in each, so that transactions meet on several rows."""
        orders = [self._order() for _ in range(2 if self._batches else 1)]
        for writes in zip(*orders, strict=False):
            yield [write for group in writes for write in group]

    def _order(self) -> Iterator[list[Write]]:
        client_order_id = f"c{self._number}-{time.time_ns():x}-{self._random.randrange(1 << 24):x}"
        quantity = self._random.randint(4, 20)
        terms = {"symbol": self._random.choice(SYMBOLS), "side": self._random.choice(("buy", "sell"))}
        place = Write("place", client_order_id, {**terms, "quantity": quantity})
        accept = Write("accept", client_order_id, {"broker_order_id": f"B-{client_order_id}"})
        if self._random.random() < 0.2:
            yield [place]
            yield [self._book(place)]
            return
        if self._random.random() < 0.5:
            yield [place]
            yield [accept]
        else:
            yield [place, accept] if self._number % 2 else [place]
        left = quantity
        for fill in range(self._random.randint(0, 3)):
            done = self._random.randint(1, left)
            content = {"exec_id": f"{client_order_id}-{fill}", "quantity": done, "price": self._random.randint(90, 110)}
            yield [Write("fill", client_order_id, content)]
            left -= done
            if not left:
                return
        yield [Write("cancel", client_order_id)]

    def _book(self, place: Write) -> Write:
        """The broker's book shows the order for the first time: part-filled, the rest cancelled."""
        content = {
            **place.content,
            "broker_order_id": f"B-{place.client_order_id}",
            "filled": self._random.randint(1, place.content["quantity"] - 1),
            "price": self._random.randint(90, 110),
            "observed_at": datetime.now(UTC).isoformat(),
        }
        return Write("reconcile", place.client_order_id, content)

    def _until_acknowledged(self, unit: Unit) -> None:
        deadline, pause = time.monotonic() + PATIENCE, 0.005
        while True:
            try:
                order_ids = self._try(unit)
            except psycopg.Error as error:
                if not may_pass(error) or time.monotonic() > deadline:
                    raise
                self.retried[error.sqlstate or "connection"] += 1
                if self._conn is not None and (self._conn.closed or self._conn.broken):
                    self._disconnect()
                time.sleep(self._random.uniform(0, pause))
                pause = min(2 * pause, 0.2)
            else:
                self._journal.answered(unit, order_ids)
                return

    def _try(self, unit: Unit) -> dict[str, int]:
        if self._conn is None:
            self._conn = psycopg.connect(self._target.conninfo, autocommit=True, connect_timeout=10)
        placed: dict[str, int] = {}
        with self._conn.transaction() if len(unit.writes) > 1 else nullcontext():
            oms = Orderstamp(self._conn, self._target.account, f"bot:faults-{self._number}")
            for write in unit.writes:
                _send(oms, write, placed, self._journal.order_ids)
        return placed

    def _disconnect(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _send(oms: Orderstamp, write: Write, placed: dict[str, int], known: dict[str, int]) -> None:
    said, name = write.content, write.client_order_id
    if write.kind == "place":
        order = oms.place_order(said["symbol"], said["side"], said["quantity"], client_order_id=name, broker=BROKER)
        placed[name] = order.order_id
        return
    order_id = placed.get(name) or known[name]
    match write.kind:
        case "accept":
            oms.accept_order(order_id, said["broker_order_id"])
        case "fill":
            oms.mark_executed(order_id, said["price"], said["quantity"], exec_id=said["exec_id"])
        case "cancel":
            oms.mark_cancelled(order_id)
        case "reconcile":
            observed_at = datetime.fromisoformat(said["observed_at"])
            oms.reconcile([_entry(write)], observed_at, BROKER, complete=False)


def _entry(write: Write) -> dict[str, Any]:
    """The order as Zerodha's order book shows it."""
    said = write.content
    return {
        "order_id": said["broker_order_id"],
        "tag": write.client_order_id,
        "tradingsymbol": said["symbol"],
        "transaction_type": said["side"].upper(),
        "order_type": "MARKET",
        "quantity": said["quantity"],
        "price": 0,
        "status": "CANCELLED",
        "filled_quantity": said["filled"],
        "average_price": said["price"],
        "order_timestamp": said["observed_at"],
    }
