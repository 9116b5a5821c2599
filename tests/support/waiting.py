"""Wait until something is seen to be so: no test sleeps blindly."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(seen: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Return as soon as `seen()` is true; fail, naming `what`, if it isn't in time."""
    deadline = time.monotonic() + seconds
    while not seen():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.01)
