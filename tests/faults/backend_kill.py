"""kill -9 of a backend that serves a client: the server ends all sessions and recovers."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import psycopg

from .cluster import TRADER
from .scene import Scene


def strike(scene: Scene) -> int:
    """One backend at a time, in the middle of a statement where one can be found."""

    def kill_one() -> int:
        found = None
        with suppress(psycopg.OperationalError), scene.cluster.connect() as conn:
            found = conn.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = %s ORDER BY state <> 'active', random() LIMIT 1",
                [TRADER],
            ).fetchone()
        if found is None:
            return 0
        with suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGKILL)
            scene.wait_for_progress()
            return 1
        return 0

    with scene.trading():
        return scene.repeatedly(kill_one, 0.3)
