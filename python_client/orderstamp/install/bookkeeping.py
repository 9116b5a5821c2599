"""yoyo as we use it: any libpq connection string, no look-ups of names, a lock row that tells whose it is."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import default_migration_table

from orderstamp.install.session import prepare

SCHEME = "postgresql+psycopg"


class Backend(PostgresqlPsycopgBackend):
    """yoyo's own backend for psycopg 3, with four small differences, each said below."""

    def connect(self, dburi: DatabaseURI) -> Connection[Any]:
        # Every migration comes on a connection of its own: what it makes belongs to the owner of what is there.
        conn: Connection[Any] = super().connect(dburi)
        prepare(conn)
        return conn

    def _insert_lock_row(self, pid: int, timeout: float, poll_interval: float = 0.5) -> None:
        # A negative pid marks the row as ours: who finds one while holding our advisory lock may remove it.
        super()._insert_lock_row(-pid, timeout, poll_interval)

    def _delete_lock_row(self, pid: int) -> None:
        super()._delete_lock_row(-pid)

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        # yoyo asks DNS for our name and the password file for the user's; either may be absent or slow.
        user = os.environ.get("LOGNAME") or os.environ.get("USER") or f"uid {os.geteuid()}"
        return {
            "id": os.urandom(16).hex(),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": user,
            "hostname": socket.gethostname(),
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }


@contextmanager
def open_backend(conninfo: str) -> Iterator[Backend]:
    """yoyo on the database that `conninfo` names. Everything but the name travels as libpq parameters."""
    params = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
    uri = DatabaseURI(
        scheme=SCHEME,
        username=None,
        password=None,
        hostname=None,
        port=None,
        database=params.pop("dbname", None),
        args=params,
    )
    backend = Backend(uri, default_migration_table)
    with backend:
        yield backend
