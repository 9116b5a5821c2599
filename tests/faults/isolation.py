"""Transactions over two orders each, few symbols, at the isolation levels that refuse what they can't put in order."""

from __future__ import annotations

import time

from .scene import Scene


def repeatable_read(scene: Scene) -> int:
    """Serialisation failures at REPEATABLE READ."""
    return _strike(scene, "repeatable\\ read")


def serializable(scene: Scene) -> int:
    """Serialisation failures at SERIALIZABLE."""
    return _strike(scene, "serializable")


def _strike(scene: Scene, level: str) -> int:
    target = scene.through(options=f"-c default_transaction_isolation={level}")
    with scene.trading(target, batches=True):
        time.sleep(scene.seconds)
    return scene.retried["40001"] + scene.retried["40P01"]
