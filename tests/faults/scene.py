"""Where a fault strikes: an account, clients that trade in it, and their journals."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import make_conninfo

from support.waiting import until

from .cluster import TRADER, Cluster
from .journal import Journal, Write
from .trading import Target, Trader

CLIENTS = 4
VAIN = 60.0
"""Seconds after which a fault that never strikes is a failure."""


@dataclass(slots=True)
class Scene:
    """One fault's account on one server. `cluster` and `target` move on with a promotion."""

    cluster: Cluster
    account: str
    folder: Path
    seconds: float
    target: Target = field(init=False)
    retried: Counter[str] = field(default_factory=Counter)
    _progress: list[Journal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.target = self.through()

    def through(self, **params: str) -> Target:
        """How a client reaches the database, with other parameters where given."""
        return Target(make_conninfo(self.cluster.conninfo(user=TRADER), **params), self.account)

    @contextmanager
    def trading(self, target: Target | None = None, *, batches: bool = False) -> Iterator[None]:
        """Clients trade during the block and leave nothing unanswered; what none of them may meet fails the run."""
        stop = threading.Event()
        with ExitStack() as stack:
            journals = [stack.enter_context(Journal(self.journal(f"client-{n}"))) for n in range(CLIENTS)]
            pool = stack.enter_context(ThreadPoolExecutor(CLIENTS))
            stack.callback(stop.set)
            self._progress = journals
            traders = [
                Trader(number, target or self.target, journal, batches=batches)
                for number, journal in enumerate(journals)
            ]
            runs = [pool.submit(trader.run, stop.is_set) for trader in traders]
            self.wait_for_progress()
            yield
            stop.set()
            for trader, run in zip(traders, runs, strict=True):
                run.result()
                self.retried += trader.retried

    def journal(self, name: str) -> Path:
        """The file of one client."""
        return self.folder / f"{name}.jsonl"

    def wait_for_progress(self) -> None:
        """Return when something was acknowledged after this was called: whatever broke is whole again."""
        before = sum(len(journal.acknowledged) for journal in self._progress)
        until(
            lambda: sum(len(journal.acknowledged) for journal in self._progress) > before,
            "a write is acknowledged",
            60,
        )

    def repeatedly(self, strike: Callable[[], int], pause: float) -> int:
        """Strike as often as there is time for, at least once; how many faults that were."""
        deadline = time.monotonic() + self.seconds
        injected = 0
        while not injected or time.monotonic() < deadline:
            if time.monotonic() > deadline + VAIN:
                raise RuntimeError("nothing could be injected")
            time.sleep(pause)
            injected += strike()
        return injected

    def written(self) -> list[Write]:
        """All that was acknowledged to anybody, from the files."""
        found: list[Write] = []
        for path in sorted(self.folder.glob("*.jsonl")):
            with Journal(path) as journal:
                if journal.unanswered:
                    raise RuntimeError(f"{path.name} ends with something unanswered")
                found += journal.acknowledged
        return found
