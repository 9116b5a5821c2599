"""A real PgBouncer in transaction mode before the tests' server: every transaction may get another server session."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import psycopg

from orderstamp.embedded import SUPERUSER, Embedded
from support import programs
from support.waiting import until

HOW_TO_GET = "PgBouncer isn't on this machine: `make tools` installs it as root (Debian's package pgbouncer)."
_PORT = 6432
# Since this release the pooler prepares a client's statements on whichever server session it hands out.
_PREPARES_SINCE = (1, 21)


@cache
def find() -> str | None:
    """The program, or None where this machine has none."""
    # Debian has it in a folder that is on root's PATH only.
    packaged = (str(file) for file in programs.debian_files("pgbouncer") if file.match("*bin/pgbouncer"))
    return shutil.which("pgbouncer") or next(packaged, None)


@cache
def prepares() -> bool:
    """Whether this PgBouncer knows prepared statements; an older one needs clients with prepare_threshold=None."""
    program = find()
    assert program is not None
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", printed)
    assert found, printed
    return (int(found[1]), int(found[2])) >= _PREPARES_SINCE


@contextmanager
def running_pooler(server: Embedded, users: Sequence[str], *, sessions: int) -> Iterator[Embedded]:
    """PgBouncer before `server` for these users, with so many server sessions per user and database."""
    program = find()
    assert program is not None
    # Like the server it refuses to run as root: whoever runs the one runs the other.
    owner = server.data.stat()
    with tempfile.TemporaryDirectory(prefix="om-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "users.txt").write_text("".join(f'"{user}" ""\n' for user in (SUPERUSER, *users)))
        (folder / "pooler.ini").write_text("\n".join(_settings(server, folder, sessions)) + "\n")
        as_owner = {}
        if os.geteuid() == 0:
            os.chown(folder, owner.st_uid, owner.st_gid)
            as_owner = {"user": owner.st_uid, "group": owner.st_gid}
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [program, str(folder / "pooler.ini")],
                stdout=log,
                stderr=log,
                **as_owner,  # type: ignore[call-overload]
            )
        try:
            pooler = replace(server, socket_dir=folder, port=_PORT)
            until(lambda: process.poll() is not None or _answers(pooler), "PgBouncer answers")
            assert process.poll() is None, (folder / "log").read_text()
            yield pooler
        finally:
            process.terminate()
            process.wait(10)


def open_sessions(conninfo: str, number: int) -> None:
    """Make the pooler open so many sessions: transactions at the same time can't share one."""
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(psycopg.connect(conninfo)).execute("SELECT 1")


def waiting(pooler: Embedded, dbname: str) -> int:
    """How many clients wait for a server session to that database."""
    return sum(int(pool["cl_waiting"]) for pool in _shown(pooler, "POOLS") if pool["database"] == dbname)


def _shown(pooler: Embedded, what: str) -> list[dict[str, str]]:
    """What PgBouncer's administration console shows; it speaks the simple protocol only."""
    with psycopg.connect(pooler.conninfo("pgbouncer"), autocommit=True) as conn:
        result = conn.pgconn.exec_(f"SHOW {what}".encode())
    names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
    return [
        {name: (result.get_value(row, column) or b"").decode() for column, name in enumerate(names)}
        for row in range(result.ntuples)
    ]


def _settings(server: Embedded, folder: Path, sessions: int) -> Iterator[str]:
    yield "[databases]"
    yield f"* = host={server.socket_dir} port={server.port}"
    yield "[pgbouncer]"
    yield "pool_mode = transaction"
    yield f"default_pool_size = {sessions}"
    # Never the session that the client had last, if there is another.
    yield "server_round_robin = 1"
    # Databases come and go under it: it looks at a session before it hands it out.
    yield "server_check_delay = 0"
    yield "listen_addr ="
    yield f"listen_port = {_PORT}"
    yield f"unix_socket_dir = {folder}"
    yield "auth_type = trust"
    yield f"auth_file = {folder / 'users.txt'}"
    yield f"admin_users = {SUPERUSER}"
    yield "max_client_conn = 200"
    if prepares():
        yield "max_prepared_statements = 100"


def _answers(pooler: Embedded) -> bool:
    try:
        _shown(pooler, "VERSION")
    except psycopg.OperationalError:
        return False
    return True
