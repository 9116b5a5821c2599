"""kill -9 of the whole server, and a start after it. (The operating system lives: a power cut also asks the disk.)"""

from __future__ import annotations

from .scene import Scene


def strike(scene: Scene) -> int:
    """Kill, start, and go on once the clients do."""

    def kill_all() -> int:
        scene.cluster.kill()
        scene.cluster.revive()
        scene.wait_for_progress()
        return 1

    with scene.trading():
        return scene.repeatedly(kill_all, 0.5)
