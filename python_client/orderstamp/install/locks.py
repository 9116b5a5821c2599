"""One installer at a time: a lock of our own around yoyo's, because yoyo's outlives a killed process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from psycopg import Connection

from orderstamp.install.failure import SetupError
from orderstamp.install.owner import as_login

# Any two constants that nobody else uses; INSTALL is always taken first, LOAD last.
INSTALL_KEY = 0x6F726465_7273_0001
LOAD_KEY = 0x6F726465_7273_0002


@contextmanager
def install_lock(conn: Connection[Any], progress: Callable[[str], None]) -> Iterator[None]:
    """Hold the installer's lock on this session; it ends with the session, however that ends.

    It is polled, not awaited: a waiting statement would hold a snapshot, and CREATE INDEX CONCURRENTLY of
    the installer that is ahead of us would wait for it.
    """
    told = False
    while True:
        row = conn.execute("SELECT pg_try_advisory_lock(%s)", [INSTALL_KEY]).fetchone()
        if row and row[0]:
            break
        if not told:
            progress("another migrate is running, waiting for it")
            told = True
        time.sleep(0.1)
    try:
        yield
    finally:
        if not conn.closed:
            conn.execute("SELECT pg_advisory_unlock(%s)", [INSTALL_KEY])


def wait_for_bare_yoyo(conn: Connection[Any], progress: Callable[[str], None], patience: float) -> None:
    """Called with the installer's lock: wait for, or clear away, whoever else holds yoyo's lock row.

    Our own rows carry a negative pid, and while we hold the installer's lock no other of ours is alive: such
    a row was left by a killed process. So was a row that is older than every other session of this database.
    """
    deadline = time.monotonic() + patience
    told = False
    while True:
        row = conn.execute("SELECT pid, ctime FROM yoyo_lock").fetchone()
        if row is None:
            return
        pid, taken_at = row
        if pid < 0 or not _session_since(conn, taken_at):
            progress(f"removing the yoyo lock that process {abs(pid)} left behind at {taken_at:%F %T} UTC")
            conn.execute("DELETE FROM yoyo_lock WHERE pid = %s AND ctime = %s", [pid, taken_at])
        elif time.monotonic() > deadline:
            raise SetupError(
                f"process {pid} holds yoyo's lock since {taken_at:%F %T} UTC",
                hint="wait for it to end; if it was killed, run: yoyo break-lock",
            )
        else:
            if not told:
                progress(f"yoyo runs as process {pid}, waiting for it")
                told = True
            time.sleep(0.2)


def _session_since(conn: Connection[Any], taken_at: datetime) -> bool:
    """Whether another session of this database may have been there then (UTC). The owner may see fewer than we do."""
    with as_login(conn):
        row = conn.execute(
            """
            SELECT EXISTS (
              SELECT FROM pg_stat_activity
               WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                 AND backend_start AT TIME ZONE 'UTC' < %s::timestamp + interval '1 minute')
            """,
            [taken_at],
        ).fetchone()
    return bool(row and row[0])
