"""The connection breaks between commit and reply: the write is done, and its client doesn't know."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from .proxy import Proxy
from .scene import Scene

SHARE = 0.1
"""How many of the replies are lost."""


def strike(scene: Scene) -> int:
    """All clients go through the proxy."""
    chance = random.Random(1)
    cut: list[float] = []

    def withhold() -> bool:
        if chance.random() >= SHARE:
            return False
        cut.append(time.monotonic())
        return True

    server = scene.cluster.server
    with (
        tempfile.TemporaryDirectory(prefix="oms-proxy-") as folder,
        Proxy(Path(folder), server.socket_dir, server.port, withhold),
        scene.trading(scene.through(host=folder)),
    ):
        time.sleep(scene.seconds)
    return len(cut)
