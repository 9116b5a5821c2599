"""`yoyo apply` and `yoyo rollback` without us: the same result, through the hook in migrations/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp.embedded import Embedded
from orderstamp.migrate import migrate
from orderstamp.resources import Release
from support.catalog import snapshot
from support.releases import copy_release, edit
from support.server import OWNER


def _yoyo(
    server: Embedded, conn: Connection[Any], release: Release, *arguments: str
) -> subprocess.CompletedProcess[str]:
    url = f"postgresql+psycopg://{OWNER}@/{conn.info.dbname}?host={server.socket_dir}&port={server.port}"
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "yoyo",
            *arguments,
            "--batch",
            "--no-config-file",
            "--database",
            url,
            str(release.migrations),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_apply_installs_everything(
    server: Embedded, blank: Connection[Any], blank_dsn: str, release: Release, owner: Connection[Any]
) -> None:
    done = _yoyo(server, blank, release, "apply")
    assert done.returncode == 0, done.stderr
    assert snapshot(blank) == snapshot(owner)
    assert migrate(blank_dsn, release).applied == []


def test_a_hook_that_failed_is_made_good_by_the_next_migrate(
    server: Embedded, blank: Connection[Any], blank_dsn: str, tiny: Release
) -> None:
    edit(tiny, "core/old_helper.sql", "SELECT 1", "SELECT nothing")
    done = _yoyo(server, blank, tiny, "apply")
    assert done.returncode != 0
    assert "sql/core/old_helper.sql" in done.stderr
    with pytest.raises(psycopg.Error) as refused:
        blank.execute("INSERT INTO oms.things (name) VALUES ('x')")
    assert refused.value.sqlstate == "OM090"
    edit(tiny, "core/old_helper.sql", "SELECT nothing", "SELECT 1")
    assert _yoyo(server, blank, tiny, "apply").returncode == 0, "yoyo finds nothing to do"
    assert blank.execute("SELECT to_regproc('oms.old_helper')").fetchone() == (None,)
    migrate(blank_dsn, tiny)
    assert blank.execute("SELECT oms.old_helper()").fetchone() == (1,)


def test_the_hook_refuses_a_newer_database(
    server: Embedded, blank: Connection[Any], blank_dsn: str, tiny: Release, tmp_path: Path
) -> None:
    migrate(blank_dsn, Release("99.0", tiny.sql, tiny.migrations))
    same = copy_release(tiny, tmp_path / "same", "0.1.0")
    (same.migrations / "0003.add-note.sql").write_text("SELECT 1;\n")
    done = _yoyo(server, blank, same, "apply")
    assert done.returncode != 0
    assert "newer than this code" in done.stderr
    assert blank.execute("SELECT version FROM oms.installation").fetchone() == ("99.0",)


def test_a_step_undone_by_yoyo_is_done_again_by_migrate(
    server: Embedded, blank: Connection[Any], blank_dsn: str, release: Release
) -> None:
    migrate(blank_dsn, release)
    before = snapshot(blank)
    done = _yoyo(server, blank, release, "rollback")
    assert done.returncode == 0, done.stderr
    assert snapshot(blank) != before
    assert len(migrate(blank_dsn, release).applied) == 1
    assert snapshot(blank) == before
