"""A client in its own process: `python -m tests.faults.client NUMBER CONNINFO ACCOUNT JOURNAL`, until stdin ends."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from .journal import Journal
from .trading import Target, Trader


def main(number: str, conninfo: str, account: str, path: str) -> None:
    """Take over what the journal leaves open, then trade."""
    stop = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
    with Journal(Path(path)) as journal:
        trader = Trader(int(number), Target(conninfo, account), journal)
        trader.run(stop.is_set)


if __name__ == "__main__":
    main(*sys.argv[1:])
