"""Load `sql/` in one transaction: afterwards the database holds exactly what the manifest names.

CREATE OR REPLACE alone isn't enough. It refuses a renamed parameter and a changed result, makes a second
function beside the first where a parameter was added, and can't take a column out of a view. Such objects are
dropped and made again here and keep their grants. So are those of ours that depend on them: they come later in the
manifest, their own turn makes them again. Trigger bindings, tables and what users built on top are never touched: a
release that would need it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection, errors, sql

from orderstamp.install import access, catalog
from orderstamp.install.drop import Dropper
from orderstamp.install.epoch import raise_epoch_if_restored
from orderstamp.install.failure import SetupError
from orderstamp.install.locks import LOAD_KEY
from orderstamp.install.manifest import Manifest, SqlFile, read_manifest
from orderstamp.install.owner import refuse_other_owners
from orderstamp.install.record import Record, read_record, refuse_newer, write_record
from orderstamp.install.roles import GROUP_ROLES, create_roles
from orderstamp.install.session import prepare
from orderstamp.install.verify import verify
from orderstamp.resources import Release

ATTEMPTS = 5
LOCK_TIMEOUT = "2s"
Progress = Callable[[str], None]

# What CREATE OR REPLACE can't do in place: a changed signature (42P13, 42809) or changed columns (42P16), and an
# added parameter in a file that then speaks of the function by name alone (42725).
_NEEDS_DROP: tuple[type[psycopg.Error], ...] = (
    errors.InvalidFunctionDefinition,
    errors.InvalidTableDefinition,
    errors.WrongObjectType,
    errors.AmbiguousFunction,
)
# Somebody else is faster; the whole transaction may simply be tried again. XX000: tuple concurrently updated.
_BUSY: tuple[type[psycopg.Error], ...] = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.InternalError_,
)


@dataclass(slots=True)
class Loaded:
    """What one load did."""

    version: str
    digest: str
    objects: int
    dropped: list[str] = field(default_factory=list)
    missing_roles: list[str] = field(default_factory=list)
    epoch: int | None = None


def load(conn: Connection[Any], release: Release, progress: Progress = lambda _: None) -> Loaded:
    """Load a release on an autocommit connection; a busy system is asked again, never queued behind us."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with conn.transaction():
                return load_within(conn, release, progress)
        except _BUSY as error:
            if attempt == ATTEMPTS:
                raise SetupError(
                    f"sql/ could not be loaded, the database is too busy: {error.diag.message_primary}",
                    hint="nothing was changed; run orderstamp migrate again when long transactions have ended",
                ) from error
            progress(f"busy ({error.diag.message_primary}), trying again")
            time.sleep(0.2 * attempt)
    raise AssertionError("unreachable")


def load_within(conn: Connection[Any], release: Release, progress: Progress = lambda _: None) -> Loaded:
    """Load a release inside the transaction that is open on `conn`."""
    manifest = read_manifest(release.sql)
    prepare(conn)
    refuse_newer(conn, release)
    conn.execute("SET LOCAL lock_timeout = 0")
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [LOAD_KEY])
    conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT)))
    conn.execute("SET LOCAL search_path = pg_catalog, pg_temp")
    conn.execute("SET LOCAL client_min_messages = warning")
    record = read_record(conn)
    refuse_other_owners(conn)
    missing_roles = create_roles(conn)
    grants = access.current_grants(conn)
    dropper = Dropper(conn, _ours(record, manifest))

    departed = _departed(record, manifest)
    for identity in (name for name in reversed(departed) if name.startswith("view ")):
        dropper.drop_named(identity)
    for file in (file for file in manifest.files if file.kind is not None):
        progress(file.path)
        _load_object(conn, file, dropper)
    for identity in (name for name in departed if name.startswith("function ")):
        dropper.drop_named(identity)

    access.close_to_public(conn, manifest.names("function"))
    if set(missing_roles) != set(GROUP_ROLES):
        # Taken away first: a fresh and an upgraded database agree on what the group roles may do.
        access.revoke_from_groups(conn)
        # A role that came with this release and isn't there yet is no reason to leave the others without access.
        for file in (file for file in manifest.files if file.is_access and file.name not in missing_roles):
            progress(file.path)
            _execute(conn, file)
    access.restore_grants(conn, grants, manifest.objects)
    epoch = raise_epoch_if_restored(conn)
    verify(conn, manifest, release.migrations)
    write_record(conn, Record(release.version, manifest.digest, manifest.objects))
    return Loaded(release.version, manifest.digest, len(manifest.objects), dropper.dropped, missing_roles, epoch)


def _load_object(conn: Connection[Any], file: SqlFile, dropper: Dropper) -> None:
    before = {routine.oid: routine for routine in catalog.routines(conn, file.name)}
    try:
        with conn.transaction():
            _execute(conn, file, passing=_NEEDS_DROP)
    except _NEEDS_DROP:
        dropper.drop_named(file.identity)
        _execute(conn, file)
    if file.kind != "function":
        return
    after = catalog.routines(conn, file.name)
    made = {r.oid for r in after if r.oid not in before or r.place != before[r.oid].place}
    for routine in after:
        if routine.oid not in made:  # another parameter list of old: calls would be ambiguous
            dropper.drop_routine(routine)


def _execute(conn: Connection[Any], file: SqlFile, *, passing: tuple[type[psycopg.Error], ...] = ()) -> None:
    expected = passing + _BUSY
    try:
        conn.execute(file.text.encode())
    except expected:
        raise
    except psycopg.Error as error:
        where = f", line {_line(file, error)}" if error.diag.statement_position else ""
        raise SetupError(
            f"sql/{file.path}{where}: {error.diag.sqlstate} {error.diag.message_primary}",
            hint=error.diag.message_hint or "nothing was changed: sql/ loads as a whole or not at all",
        ) from error


def _line(file: SqlFile, error: psycopg.Error) -> int:
    position = int(error.diag.statement_position or 1)
    return file.text.count("\n", 0, position - 1) + 1


def _departed(record: Record | None, manifest: Manifest) -> list[str]:
    recorded: Iterable[str] = record.objects if record else ()
    staying = set(manifest.objects)
    return [identity for identity in recorded if identity not in staying]


def _ours(record: Record | None, manifest: Manifest) -> set[str]:
    return {*manifest.objects, *(record.objects if record else ())}
