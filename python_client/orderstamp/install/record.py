"""`oms.installation`: which version is loaded, and whether this code may touch it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from orderstamp.install.catalog import table_exists
from orderstamp.install.failure import SetupError
from orderstamp.resources import Release

ROLLED_BACK = "0"
_MIGRATION_ID = re.compile(r"\d{4}\.[a-z]+-[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Record:
    """The row of `oms.installation`."""

    version: str
    digest: str
    objects: list[str]


def read_record(conn: Connection[Any]) -> Record | None:
    """What was loaded last, or None where nothing ever was."""
    if not table_exists(conn, "oms.installation"):
        return None
    row = conn.execute("SELECT version, digest, objects FROM oms.installation").fetchone()
    return Record(*row) if row else None


def write_record(conn: Connection[Any], record: Record) -> None:
    """Remember what was loaded; loading the same again writes nothing."""
    conn.execute(
        """
        INSERT INTO oms.installation AS i (version, digest, objects)
        VALUES (%s, %s, %s)
        ON CONFLICT (singleton) DO UPDATE
           SET version = excluded.version, digest = excluded.digest, objects = excluded.objects,
               installed_at = clock_timestamp()
         WHERE (i.version, i.digest, i.objects) IS DISTINCT FROM (excluded.version, excluded.digest, excluded.objects)
        """,
        [record.version, record.digest, record.objects],
    )


def refuse_newer(conn: Connection[Any], release: Release) -> None:
    """Raise if the database was installed by newer code. Reads only."""
    record = read_record(conn)
    if record is not None and _number(record.version) > _number(release.version):
        raise SetupError(
            f"the database holds orderstamp {record.version}, newer than this code ({release.version})",
            hint=f"upgrade the code: pip install 'orderstamp>={record.version}'",
        )
    if unknown := _unknown_migrations(conn, release):
        raise SetupError(
            f"the database has migrations that this code ({release.version}) doesn't know: {', '.join(unknown)}",
            hint="upgrade the code to the version that applied them, and run orderstamp migrate again",
        )


def _unknown_migrations(conn: Connection[Any], release: Release) -> list[str]:
    if not table_exists(conn, "_yoyo_migration"):
        return []
    known = {path.name.removesuffix(path.suffix) for path in release.migrations.iterdir()}
    applied = conn.execute("SELECT migration_id FROM _yoyo_migration ORDER BY 1").fetchall()
    # Another application may keep its own migrations in the same table: only names of our form count.
    return [name for (name,) in applied if name not in known and _MIGRATION_ID.fullmatch(name or "")]


def _number(version: str) -> tuple[int, ...]:
    """1.10.0rc1 → (1, 10): enough to tell newer from older, trailing zeros ignored."""
    digits = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in digits[0].split(".")] if digits else [0]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
