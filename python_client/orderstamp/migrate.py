"""Bring a database to this release, or back: migrations first, then always all of `sql/`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection, errors
from yoyo import read_migrations

from orderstamp.install import catalog, loader
from orderstamp.install.bookkeeping import Backend, open_backend
from orderstamp.install.failure import SetupError
from orderstamp.install.loader import Loaded
from orderstamp.install.locks import install_lock, wait_for_bare_yoyo
from orderstamp.install.manifest import read_manifest
from orderstamp.install.record import refuse_newer
from orderstamp.install.roles import create_roles
from orderstamp.install.session import prepare
from orderstamp.install.stubs import leave_stubs
from orderstamp.resources import Release, this_release

PATIENCE = 60.0
_RETRIES = 5
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Migrated:
    """What one `migrate` did."""

    applied: list[str]
    loaded: Loaded


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What one `rollback` undid, newest first, and which functions refuse everything since."""

    undone: list[str]
    stubs: list[str] = field(default_factory=list)


def migrate(conninfo: str, release: Release | None = None, progress: Progress = lambda _: None) -> Migrated:
    """Apply pending migrations and load `sql/`. Safe to repeat, safe to run many times at once.

    Raises SetupError, with nothing written, when the database is newer than the release, or belongs to a role that
    the one that connects may not act as.
    """
    release = release or this_release()
    read_manifest(release.sql)
    with _connect(conninfo) as conn:
        refuse_newer(conn, release)
        with install_lock(conn, progress):
            refuse_newer(conn, release)
            create_roles(conn)
            applied = _apply_pending(conn, conninfo, release, progress)
            return Migrated(applied, loader.load(conn, release, progress))


def rollback(
    conninfo: str,
    steps: int | None = 1,
    release: Release | None = None,
    progress: Progress = lambda _: None,
) -> RolledBack:
    """Undo the newest `steps` migrations, or all with None. Functions that still guard tables become stubs."""
    release = release or this_release()
    with _connect(conninfo) as conn, install_lock(conn, progress):
        refuse_newer(conn, release)
        with _yoyo(conn, conninfo, progress) as backend:
            undone = list(backend.to_rollback(read_migrations(str(release.migrations))))[:steps]
            if not undone:
                return RolledBack([])
            with conn.transaction():
                leave_stubs(conn)
            for migration in undone:
                progress(f"rolling back {migration.id}")
                _retrying(partial(backend.rollback_one, migration), migration.id)
            return RolledBack([migration.id for migration in undone], catalog.stubs(conn))


@contextmanager
def _connect(conninfo: str) -> Iterator[Connection[Any]]:
    try:
        conn = psycopg.connect(conninfo, autocommit=True, application_name="orderstamp migrate")
    except psycopg.OperationalError as error:
        raise SetupError(
            f"no connection: {str(error).strip()}",
            hint="check DATABASE_URL, or unset it to use the embedded server",
        ) from error
    with conn:
        conn.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        # It idles while yoyo's connection works, and its lock must not end before that.
        conn.execute("SET idle_session_timeout = 0")
        conn.execute("SET statement_timeout = 0")
        prepare(conn)
        yield conn


@contextmanager
def _yoyo(conn: Connection[Any], conninfo: str, progress: Progress) -> Iterator[Backend]:
    """yoyo with its own lock, too, so that a bare `yoyo` and we exclude each other."""
    with open_backend(conninfo) as backend:
        if not catalog.table_exists(conn, "yoyo_lock"):
            backend.create_lock_table()
        wait_for_bare_yoyo(conn, progress, PATIENCE)
        with backend.lock(timeout=PATIENCE):
            yield backend


def _apply_pending(conn: Connection[Any], conninfo: str, release: Release, progress: Progress) -> list[str]:
    with _yoyo(conn, conninfo, progress) as backend:
        pending = list(backend.to_apply(read_migrations(str(release.migrations))))
        for migration in pending:
            progress(f"applying {migration.id}")
            _retrying(partial(backend.apply_one, migration), migration.id)
    return [migration.id for migration in pending]


def _retrying(run: Callable[[], None], name: str) -> None:
    """A migration that can't get its lock was rolled back as a whole, so it may be tried again."""
    for attempt in range(1, _RETRIES + 1):
        try:
            return run()
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            if attempt == _RETRIES:
                raise SetupError(
                    f"migration {name} could not get its locks: {error.diag.message_primary}",
                    hint="it was rolled back; run orderstamp migrate again when long transactions have ended",
                ) from error
            time.sleep(0.2 * attempt)
        except psycopg.Error as error:
            raise SetupError(
                f"migration {name}: {error.diag.sqlstate} {error.diag.message_primary}",
                hint=error.diag.message_hint or "it was rolled back; nothing of it remains",
            ) from error
    return None
