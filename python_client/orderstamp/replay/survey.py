"""The first reading: is every line sound, what is in the file, and how large were the orders whose start it lacks?

What an unstarted order was in all is only known at its last message. That is kept in a temporary file, not in
memory, which so stays small whatever the file's size.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType

from orderstamp.replay.messages import OF_AN_ORDER, Kind, Source, chunks

_CHUNK = 5_000
_SEEN = "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET quantity = quantity + excluded.quantity"


@dataclass(slots=True)
class Counts:
    """What the file holds."""

    messages: int = 0
    same_time: int = 0
    by_kind: Counter[int] = field(default_factory=Counter)


class Survey:
    """The quantities of orders whose first message is not their placement; a context manager."""

    def __init__(self) -> None:
        self.counts = Counts()
        # An empty name: a private file that SQLite deletes by itself; only the cache is in memory.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            """
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            PRAGMA cache_size = -8192;
            CREATE TABLE seen (id INTEGER PRIMARY KEY, started INTEGER NOT NULL, quantity INTEGER NOT NULL);
            """
        )

    def __enter__(self) -> Survey:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def read(self, source: Source, done: int, progress: Callable[[int], None]) -> None:
        """Read the whole file once; lines up to `done` are booked. Raises ReplayError at a line it can't read."""
        counts = self.counts
        clock = ""
        for chunk in chunks(source.messages(), _CHUNK):
            for message in chunk:
                counts.by_kind[message.kind] += 1
                counts.same_time += message.clock == clock
                clock = message.clock
            counts.messages += len(chunk)
            self._db.execute("BEGIN")
            self._db.executemany(
                _SEEN,
                [
                    (m.order, m.kind == Kind.PLACED, m.size if m.line > done else 0)
                    for m in chunk
                    if m.kind in OF_AN_ORDER
                ],
            )
            self._db.execute("COMMIT")
            progress(counts.messages)

    def unstarted_quantity(self, order: int) -> int:
        """All that is to come of an order whose start the file doesn't hold: executed, taken off, deleted."""
        with closing(self._db.execute("SELECT quantity FROM seen WHERE id = ? AND NOT started", [order])) as found:
            row = found.fetchone()
        return int(row[0]) if row else 0
