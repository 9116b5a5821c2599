"""The disk that holds the server is full, again and again: statements fail, the server goes down, space comes back.

The disk is a small tmpfs in a mount namespace of a process of its own; a plain user makes it in a user namespace. So
nobody else sees it, and nothing of it outlives the process. Where neither is allowed, the fault is left out.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import LiteralString

import psycopg

from .cluster import KILLED_AGAIN
from .scene import Scene

ROOT = Path(__file__).resolve().parents[2]
SIZE = "220m"
TABLE: LiteralString = "CREATE TABLE public.probe AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)"
# Without room for the next segment of its log the server ends itself, and can't start again before there is room.
LOG: LiteralString = "SELECT pg_logical_emit_message(false, 'faults', 'a record'), pg_switch_wal()"
LEFT_OUT = 77
"""Exit status of the process that can't have such a disk."""

# From <sched.h> and <sys/mount.h>.
_NEW_MOUNTS, _NEW_USER, _RECURSIVE_PRIVATE = 0x20000, 0x10000000, 0x4000 | 1 << 18


def strike(scene: Scene) -> int:
    """Fill the disk, let the clients meet that, make room, bring the server back if it went down."""
    filler = scene.cluster.folder.parent / "filler"
    before = scene.retried.total()

    statements = cycle((TABLE, LOG))

    def fill() -> int:
        try:
            met = _is_met(scene, filler, next(statements))
        finally:
            filler.unlink(missing_ok=True)
        scene.cluster.revive()
        scene.wait_for_progress()
        return int(met)

    with scene.trading():
        injected = scene.repeatedly(fill, 0.2)
    if scene.retried.total() == before:
        raise RuntimeError("no client met the full disk")
    return injected


def _fill(filler: Path) -> None:
    """Take what is left, to the last page."""
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass


def _is_met(scene: Scene, filler: Path, statement: LiteralString) -> bool:
    """Keep it full until that statement fails for want of room, or the server is gone; then half a second more."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        _fill(filler)
        try:
            with scene.cluster.connect() as conn, conn.transaction(force_rollback=True):
                conn.execute(statement)
        except psycopg.OperationalError:
            time.sleep(0.5)
            return True
    return False


def in_its_own_process(seconds: float) -> str:
    """Run the fault where the disk is small; its outcome as JSON, or raise with what it said."""
    with tempfile.TemporaryDirectory(prefix="oms-disk-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.disk_full", folder, str(seconds)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds + 240,
            check=False,
        )
    if done.returncode == LEFT_OUT:
        return json.dumps({"left_out": done.stderr.strip()})
    if done.returncode:
        raise RuntimeError(f"disk_full failed:\n{done.stderr}")
    sys.stderr.writelines(line for line in done.stderr.splitlines(True) if line.startswith(KILLED_AGAIN))
    return done.stdout


def _mount(folder: str) -> None:
    """A small disk at `folder` that this process and its children alone see."""
    if sys.platform != "linux":
        raise OSError("only Linux has mount namespaces")
    libc = ctypes.CDLL(None, use_errno=True)
    user, group, root = os.geteuid(), os.getegid(), os.geteuid() == 0

    def call(name: str, *arguments: object) -> None:
        if getattr(libc, name)(*arguments):
            raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")

    call("unshare", _NEW_MOUNTS | (0 if root else _NEW_USER))
    if not root:
        for file, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", file).write_text(line, encoding="ascii")
    call("mount", b"none", b"/", None, ctypes.c_ulong(_RECURSIVE_PRIVATE), None)
    call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(0), f"size={SIZE},mode=0755".encode())


def main(folder: str, seconds: str) -> None:
    """Make the disk, run the fault on it, print the outcome."""
    from .running import Outcome, run_in  # the faults are listed there

    try:
        _mount(folder)
    except OSError as error:
        sys.stderr.write(f"no small disk can be made here ({error})\n")
        sys.exit(LEFT_OUT)
    outcome: Outcome = run_in("disk_full", float(seconds), Path(folder))
    sys.stdout.write(outcome.as_json())


if __name__ == "__main__":
    main(*sys.argv[1:])
