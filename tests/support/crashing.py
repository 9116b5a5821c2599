"""Run `migrate` in a process of its own that is killed at a chosen point: no handler, no clean-up."""

from __future__ import annotations

import signal
import subprocess
import sys

from orderstamp.resources import Release

_SCRIPT = """
import importlib, os, pathlib, signal, sys
from orderstamp.migrate import migrate
from orderstamp.resources import Release

dsn, version, sql, migrations, where, name, call = sys.argv[1:]
owner = importlib.import_module(where)
*path, name = name.split(".")
for part in path:
    owner = getattr(owner, part)
original, left = getattr(owner, name), [int(call)]

def killed(*args, **kwargs):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*args, **kwargs)

setattr(owner, name, killed)
migrate(dsn, Release(version, pathlib.Path(sql), pathlib.Path(migrations)))
"""


def migrate_and_die(dsn: str, release: Release, where: str, name: str, call: int = 1) -> None:
    """Migrate until `name` of module `where` is called for the `call`-th time, then die by SIGKILL."""
    arguments = [dsn, release.version, str(release.sql), str(release.migrations), where, name, str(call)]
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, f"it was not killed at {where}.{name}:\n{done.stderr}"
