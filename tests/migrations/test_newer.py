"""Older code meets a newer database: it says so and writes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from orderstamp.install.failure import SetupError
from orderstamp.migrate import migrate, rollback
from orderstamp.resources import Release
from support.catalog import snapshot
from support.crashing import migrate_and_die
from support.releases import copy_release


def _written(conn: Connection[Any]) -> Any:
    """Grows with every transaction that wrote anything in this database, rolled back or not."""
    return conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())").fetchone(), snapshot(conn)


def test_a_newer_record_is_refused_and_nothing_is_written(
    blank: Connection[Any], blank_dsn: str, tiny: Release, tmp_path: Path
) -> None:
    migrate(blank_dsn, copy_release(tiny, tmp_path / "newer", "0.10.0"))
    before = _written(blank)
    for refused_call in (migrate, lambda dsn, release: rollback(dsn, 1, release)):
        with pytest.raises(SetupError, match=r"holds orderstamp 0\.10\.0, newer than this code \(0\.1\.0\)") as refused:
            refused_call(blank_dsn, tiny)
        assert "0.10.0" in refused.value.hint
    assert _written(blank) == before


def test_a_migration_this_code_does_not_know_is_refused(
    blank: Connection[Any], blank_dsn: str, tiny: Release, tmp_path: Path
) -> None:
    """A newer version that was killed before it could record itself."""
    newer = copy_release(tiny, tmp_path / "newer", "0.2.0")
    (newer.migrations / "0003.add-note.sql").write_text("ALTER TABLE oms.things ADD COLUMN note text;\n")
    migrate_and_die(blank_dsn, newer, "orderstamp.install.loader", "load")
    before = _written(blank)
    with pytest.raises(SetupError, match=r"doesn't know: 0003\.add-note"):
        migrate(blank_dsn, tiny)
    assert _written(blank) == before


def test_migrations_of_another_application_in_the_same_table_do_not_matter(
    blank: Connection[Any], blank_dsn: str, tiny: Release
) -> None:
    migrate(blank_dsn, tiny)
    blank.execute("INSERT INTO _yoyo_migration VALUES ('x', '20240131_01_Ab3dE-their-own-table', now())")
    assert migrate(blank_dsn, tiny).applied == []


@pytest.mark.parametrize(
    ("installed", "code"), [("0.9", "0.10"), ("0.1.0", "0.1"), ("0.1", "0.1.0"), ("1.0.0", "1.0.1"), ("0", "0.1.0")]
)
def test_the_same_or_an_older_record_is_not_refused(
    installed: str, code: str, blank_dsn: str, tiny: Release, tmp_path: Path
) -> None:
    migrate(blank_dsn, Release(installed, tiny.sql, tiny.migrations))
    assert migrate(blank_dsn, copy_release(tiny, tmp_path / "code", code)).loaded.version == code


def test_the_command_exits_with_an_error_and_the_hint(blank: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    migrate(blank_dsn, tiny)
    blank.execute("UPDATE oms.installation SET version = '99.0'")
    for arguments in (["migrate"], ["migrate", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "orderstamp.cli", *arguments],
            env={**os.environ, "DATABASE_URL": blank_dsn},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert "holds orderstamp 99.0" in done.stdout + done.stderr
        assert "pip install" in done.stdout + done.stderr
