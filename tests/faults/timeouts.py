"""Statement and lock time-outs, while somebody holds what every booking needs."""

from __future__ import annotations

import time

from .scene import Scene

_OPTIONS = {
    "statement": "-c statement_timeout=100ms",
    "lock": "-c lock_timeout=50ms",
}


def statement_timeout(scene: Scene) -> int:
    """The statement is cancelled where it stands."""
    return _strike(scene, "statement", "57014")


def lock_timeout(scene: Scene) -> int:
    """The statement gives up waiting."""
    return _strike(scene, "lock", "55P03")


def _strike(scene: Scene, kind: str, code: str) -> int:
    def hold() -> None:
        with scene.cluster.connect() as conn, conn.transaction():
            conn.execute("LOCK TABLE oms.orders, oms.fills IN EXCLUSIVE MODE")
            time.sleep(0.25)

    with scene.trading(scene.through(options=_OPTIONS[kind])):
        deadline = time.monotonic() + scene.seconds
        while time.monotonic() < deadline:
            hold()
            time.sleep(0.15)
    return scene.retried[code]
