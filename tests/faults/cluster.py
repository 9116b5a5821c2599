"""A durable server that may be killed at any moment, started again, and followed by a standby."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from orderstamp import embedded
from orderstamp.embedded import SUPERUSER, Embedded
from orderstamp.install.failure import SetupError
from orderstamp.install.roles import GROUP_ROLES, administrator_sql
from orderstamp.migrate import migrate
from support import programs
from support.server import VERSION
from support.waiting import until

OWNER = "orderstamp_owner"
TRADER = "trader"
DATABASE = "orders"
KILLED_AGAIN = "killed again"
RECOVERY = 30.0
"""Seconds in which a server that was killed should answer again."""

# Durable: fsync, full_page_writes and synchronous_commit stay on. Little WAL is kept, so that a small disk is enough.
SETTINGS = (
    "shared_buffers = 32MB",
    "max_wal_size = 64MB",
    "min_wal_size = 32MB",
    "max_connections = 40",
    "wal_writer_delay = 10s",  # nobody but a commit itself writes what it has to
    "deadlock_timeout = 200ms",
    "jit = off",
    "log_min_messages = fatal",
)


class Cluster:
    """One server with its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server: Embedded = embedded.start(folder, version=VERSION, settings=SETTINGS)

    def conninfo(self, dbname: str = DATABASE, user: str = SUPERUSER) -> str:
        """How libpq reaches it."""
        return self.server.conninfo(dbname, user)

    def connect(self, dbname: str = DATABASE, user: str = SUPERUSER) -> Connection[Any]:
        """An autocommit connection."""
        return psycopg.connect(self.conninfo(dbname, user), autocommit=True, connect_timeout=10)

    def install(self) -> None:
        """The product in a database, installed by a plain owner."""
        with self.connect("postgres") as conn:
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
            conn.execute(administrator_sql(list(GROUP_ROLES)).encode())
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE oms_trader").format(sql.Identifier(TRADER)))
            conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
        migrate(self.conninfo(user=OWNER))

    def open_account(self, name: str) -> None:
        """An account of its own for the clients. (A database of its own would be a thousand files to sync.)"""
        with self.connect() as conn:
            conn.execute("INSERT INTO oms.account_members VALUES ('oms_trader', %s)", [name])

    def kill(self) -> None:
        """SIGKILL to the postmaster and to every process it started, all at once."""
        postmaster = int((self.server.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # it must not start anything while we count
        processes = [*_children(postmaster), postmaster]
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: _gone(processes), "the killed processes are gone", 30)

    def revive(self) -> None:
        """Start it where it doesn't run, and wait until it answers; half-way through, kill what still recovers."""
        deadline = time.monotonic() + 2 * RECOVERY
        again = time.monotonic() + RECOVERY
        while True:
            try:
                if embedded.running(self.folder, version=VERSION) is None:
                    self.server = embedded.start(self.folder, version=VERSION)
                self.connect().close()
            except (SetupError, psycopg.OperationalError):
                if time.monotonic() > deadline:
                    raise
                if time.monotonic() > again and embedded.running(self.folder, version=VERSION) is not None:
                    again = deadline
                    sys.stderr.write(f"{KILLED_AGAIN} after {RECOVERY:g} s of recovery\n")
                    self.kill()
                time.sleep(0.1)
            else:
                return

    def standby(self, folder: Path) -> Cluster:
        """A running streaming standby of this server, in a folder of its own."""
        folder.mkdir()
        owner = self.server.data.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        data = folder / self.server.data.name
        options = ("--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync")
        where = ("-h", str(self.server.socket_dir), "-p", str(self.server.port), "-U", SUPERUSER)
        subprocess.run(
            [programs.program(VERSION, "pg_basebackup"), *where, "-D", data, *options],
            check=True,
            capture_output=True,
            text=True,
            cwd="/",
            timeout=120,
            user=owner.st_uid if os.geteuid() == 0 else None,
        )
        # The socket lies in the data folder, where the path is short enough, and its lock was copied with the rest.
        for copied in data.glob(".s.PGSQL.*"):
            copied.unlink()
        return Cluster(folder)

    def stop(self) -> None:
        """End it, in whatever state it is; nobody needs its data any more."""
        if embedded.running(self.folder, version=VERSION) is not None:
            self.kill()
        if self.server.socket_dir != self.server.data:
            shutil.rmtree(self.server.socket_dir, ignore_errors=True)


@contextmanager
def running_cluster(folder: Path | None = None) -> Iterator[Cluster]:
    """A new server with the product installed, in a temporary folder or in that one."""
    programs.use(VERSION)
    with tempfile.TemporaryDirectory(prefix="oms-faults-", ignore_cleanup_errors=True) as name:
        cluster = Cluster((folder or Path(name)) / "server")
        try:
            cluster.install()
            yield cluster
        finally:
            cluster.stop()


def _processes() -> list[tuple[int, int, str]]:
    """Process, parent and state of all there are."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], check=True, capture_output=True, text=True).stdout
    return [(int(pid), int(parent), state) for pid, parent, state in map(str.split, listed.splitlines())]


def _children(postmaster: int) -> list[int]:
    return [pid for pid, parent, _ in _processes() if parent == postmaster]


def _gone(pids: Collection[int]) -> bool:
    return not any(pid in pids and not state.startswith("Z") for pid, _, state in _processes())
