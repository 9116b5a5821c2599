"""The runner's own server: the product installed by a plain owner, and one trader to play as."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from orderstamp import embedded
from orderstamp.install.roles import GROUP_ROLES, administrator_sql
from orderstamp.migrate import migrate

_OWNER = "orderstamp_owner"
_TRADER = "trader"
_DATABASE = "matrices"

# Nothing is kept, so nothing has to reach the disk.
_SETTINGS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "jit = off")


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server in a temporary folder, install, yield the trader's conninfo, remove everything afterwards."""
    with tempfile.TemporaryDirectory(prefix="oms-fix-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = embedded.start(folder, settings=_SETTINGS)
        try:
            with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
                conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(_OWNER)))
                conn.execute(administrator_sql(list(GROUP_ROLES)).encode())
                conn.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE oms_trader").format(sql.Identifier(_TRADER)))
                conn.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(_DATABASE), sql.Identifier(_OWNER))
                )
            migrate(server.conninfo(_DATABASE, _OWNER))
            yield server.conninfo(_DATABASE, _TRADER)
        finally:
            embedded.stop(folder)
