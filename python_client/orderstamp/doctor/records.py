"""What `migrate` wrote down: the version and digest that were loaded, and yoyo's list of migrations."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis
from orderstamp.install.manifest import Manifest
from orderstamp.install.record import ROLLED_BACK, read_record
from orderstamp.resources import Release

_FIX = "orderstamp migrate"


def compare_record(conn: Connection[Any], diagnosis: Diagnosis, release: Release, manifest: Manifest) -> None:
    """The row of oms.installation against this release."""
    record = read_record(conn)
    if record is None:
        diagnosis.add("version", "oms.installation", "empty: nothing was ever loaded", _FIX)
    elif record.version != release.version:
        what = "rolled back" if record.version == ROLLED_BACK else f"version {record.version}"
        diagnosis.add("version", "oms.installation", f"{what}; this code is {release.version}", _FIX)
    elif record.digest != manifest.digest:
        diagnosis.add(
            "version",
            "oms.installation",
            f"other files of version {release.version} were loaded (digest differs)",
            _FIX,
        )


def compare_migrations(conn: Connection[Any], diagnosis: Diagnosis, release: Release) -> None:
    """yoyo's list against the migrations of this release."""
    names = [path.name for path in release.migrations.iterdir() if path.name[:1].isdigit()]
    shipped = sorted(name.rsplit(".", 1)[0] for name in names if not name.endswith(".rollback.sql"))
    row = conn.execute("SELECT to_regclass('_yoyo_migration') IS NOT NULL").fetchone()
    applied: set[str] = set()
    if row and row[0]:
        applied = {name for (name,) in conn.execute("SELECT migration_id FROM _yoyo_migration").fetchall()}
    for name in shipped:
        if name not in applied:
            diagnosis.add("migration", name, "not recorded as applied", _FIX)
