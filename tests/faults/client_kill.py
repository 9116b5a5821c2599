"""kill -9 of a client between commit and reply; its successor has nothing but the journal."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from .proxy import Proxy
from .scene import Scene

ROOT = Path(__file__).resolve().parents[2]
COMMITS = 7
"""How many commits a client lives to be told of."""


def strike(scene: Scene) -> int:
    """One client after another, each killed while the proxy holds the reply back, beside clients that live."""
    server = scene.cluster.server
    with tempfile.TemporaryDirectory(prefix="oms-proxy-") as folder, scene.trading():
        command = [sys.executable, "-m", "tests.faults.client", "99", scene.through(host=folder).conninfo]
        command += [scene.account, str(scene.journal("client-99"))]

        def client() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)

        def kill_one() -> int:
            left, committed, killed = [COMMITS], threading.Event(), threading.Event()

            def withhold() -> bool:
                left[0] -= 1
                if left[0] == 0:
                    committed.set()
                    killed.wait(30)
                return left[0] <= 0

            with Proxy(Path(folder), server.socket_dir, server.port, withhold), client() as process:
                seen = committed.wait(30)
                process.kill()
                killed.set()
            (Path(folder) / f".s.PGSQL.{server.port}").unlink()
            scene.retried["killed"] += 1
            return int(seen)

        injected = scene.repeatedly(kill_one, 0)
        # The last successor is told of everything, and ends as clients do.
        with Proxy(Path(folder), server.socket_dir, server.port, lambda: False), client() as process:
            process.communicate(timeout=60)
            if process.returncode:
                raise RuntimeError("the client that took over failed")
    return injected
