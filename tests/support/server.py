"""The tests' own server: as the product's embedded one, but fast to write and gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from orderstamp import embedded
from orderstamp.embedded import Embedded
from orderstamp.install.roles import GROUP_ROLES, administrator_sql
from support import programs

VERSION = int(os.environ.get("ORDERSTAMP_TEST_PG", "18"))
OWNER = "orderstamp_owner"
LOGINS = {"trader": "oms_trader", "operator": "oms_operator", "reader": "oms_reader", "auditor": "oms_auditor"}

SETTINGS = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "max_connections = 200",
    "shared_buffers = 128MB",
    "max_wal_size = 512MB",
    "jit = off",
    # At moments of its own it would change plans, and take the transaction ids that tests count.
    "autovacuum = off",
    "log_min_messages = fatal",
)

_MEMORY = Path("/dev/shm")


def _folder() -> Path:
    """Where a cluster's files cost least: in memory where there is room for some gigabytes, else on the disk.

    Every test clones a database of hundreds of files and drops it; ext4 looks at each inode that was dropped lately
    before it hands out another, so that a clone takes 15 ms in memory and 150 ms there. Sockets need a short path.
    """
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 8 << 30
    return _MEMORY if roomy else Path("/tmp")


@contextmanager
def running_server(
    *, group_roles: bool = True, version: int = VERSION, settings: Sequence[str] = ()
) -> Iterator[Embedded]:
    """A new server in a short temporary folder, with the roles that every test may use."""
    programs.use(version)
    with tempfile.TemporaryDirectory(prefix="om-", dir=_folder(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = embedded.start(folder, version=version, settings=[*SETTINGS, *settings])
        try:
            with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
                # A plain owner: what a managed service gives. The group roles come from its administrator.
                conn.execute(f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB".encode())
                conn.execute("CREATE ROLE reporting LOGIN")
                if group_roles:
                    conn.execute(administrator_sql(list(GROUP_ROLES)).encode())
                    for login, group in LOGINS.items():
                        conn.execute(f"CREATE ROLE {login} LOGIN IN ROLE {group}".encode())
            yield server
        finally:
            embedded.stop(folder, version=version)
