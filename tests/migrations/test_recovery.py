"""A process killed at any point, or a file that fails: the next run finishes the work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp.install.failure import SetupError
from orderstamp.migrate import migrate, rollback
from orderstamp.resources import Release
from support.catalog import snapshot
from support.crashing import migrate_and_die
from support.releases import copy_release, edit, manifest, write, write_manifest

BACKEND = "orderstamp.install.bookkeeping"
LOADER = "orderstamp.install.loader"

# Module, function and the how-manieth call of it, in the order in which a fresh installation reaches them.
STAGES = {
    "nothing done yet": ("orderstamp.migrate", "create_roles", 1),
    "yoyo's lock taken": ("orderstamp.migrate", "read_migrations", 1),
    "before the first migration": (BACKEND, "Backend.apply_one", 1),
    "first migration committed, not booked": (BACKEND, "Backend.mark_one", 1),
    "second migration committed, not booked": (BACKEND, "Backend.log_migration", 2),
    "last migration committed, not booked": (BACKEND, "Backend.mark_one", -1),
    "migrations done, nothing loaded": (LOADER, "load", 1),
    "in the middle of loading": (LOADER, "_load_object", 5),
    "everything loaded, nothing granted": (LOADER, "access.revoke_from_groups", 1),
    "everything loaded, not verified": (LOADER, "verify", 1),
    "verified, not recorded": (LOADER, "write_record", 1),
}


@pytest.mark.parametrize("stage", STAGES)
def test_killed(stage: str, blank: Connection[Any], blank_dsn: str, release: Release, owner: Connection[Any]) -> None:
    where, name, call = STAGES[stage]
    if call < 0:
        call = len([path for path in release.migrations.glob("[0-9]*") if not path.name.endswith(".rollback.sql")])
    migrate_and_die(blank_dsn, release, where, name, call)
    migrate(blank_dsn, release)
    assert snapshot(blank) == snapshot(owner)


def test_killed_before_loading_leaves_tables_that_refuse_writes(
    blank: Connection[Any], blank_dsn: str, release: Release
) -> None:
    migrate_and_die(blank_dsn, release, LOADER, "load")
    with pytest.raises(psycopg.Error) as refused:
        blank.execute("INSERT INTO oms.orders (account, symbol, side, quantity) VALUES ('default', 'X', 'buy', 1)")
    assert refused.value.sqlstate == "OM090"
    assert refused.value.diag.message_hint == "run make migrate"


def test_killed_in_an_upgrade(blank: Connection[Any], blank_dsn: str, tiny: Release, tmp_path: Path) -> None:
    migrate(blank_dsn, tiny)
    before = snapshot(blank)
    newer = copy_release(tiny, tmp_path / "newer", "0.2.0")
    edit(newer, "core/old_helper.sql", "SELECT 1", "SELECT 2")
    migrate_and_die(blank_dsn, newer, LOADER, "write_record")
    assert snapshot(blank) == before
    migrate(blank_dsn, newer)
    assert blank.execute("SELECT oms.old_helper(), version FROM oms.installation").fetchone() == (2, "0.2.0")


@pytest.mark.parametrize("traffic", [False, True], ids=["idle", "with other sessions"])
def test_the_lock_row_of_a_killed_process_is_removed(
    traffic: bool, blank: Connection[Any], blank_dsn: str, tiny: Release
) -> None:
    migrate_and_die(blank_dsn, tiny, "orderstamp.migrate", "read_migrations")
    (pid,) = blank.execute("SELECT pid FROM yoyo_lock").fetchone() or (0,)
    assert pid < 0
    said: list[str] = []
    if not traffic:
        blank.close()
    migrate(blank_dsn, tiny, said.append)
    assert any("left behind" in line for line in said)
    with psycopg.connect(blank_dsn) as conn:
        assert conn.execute("SELECT FROM yoyo_lock").fetchall() == []


def test_a_living_yoyo_is_waited_for_and_then_named(
    blank: Connection[Any], blank_dsn: str, tiny: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(blank_dsn, tiny)
    blank.execute("INSERT INTO yoyo_lock (ctime, pid) VALUES (now() AT TIME ZONE 'UTC', 4711)")
    monkeypatch.setattr("orderstamp.migrate.PATIENCE", 0.3)
    with pytest.raises(SetupError, match="process 4711 holds yoyo's lock") as refused:
        migrate(blank_dsn, tiny)
    assert "yoyo break-lock" in refused.value.hint
    assert blank.execute("SELECT pid FROM yoyo_lock").fetchall() == [(4711,)]


def test_a_failing_file_is_named_and_nothing_of_the_load_remains(
    blank: Connection[Any], blank_dsn: str, tiny: Release, tmp_path: Path
) -> None:
    migrate(blank_dsn, tiny)
    before = snapshot(blank)
    newer = copy_release(tiny, tmp_path / "newer", "0.2.0")
    edit(newer, "core/old_helper.sql", "SELECT 1", "SELECT 2")
    write(newer, "core/broken.sql", "CREATE OR REPLACE FUNCTION oms.broken() RETURNS int\nLANGUAGE sql AS 'SELECT x'")
    write_manifest(newer, [*manifest(newer), "core/broken.sql"])
    with pytest.raises(SetupError, match=r"sql/core/broken\.sql.*42703"):
        migrate(blank_dsn, newer)
    assert snapshot(blank) == before
    assert blank.execute("SELECT version FROM oms.installation").fetchone() == ("0.1.0",)
    write(newer, "core/broken.sql", "CREATE OR REPLACE FUNCTION oms.broken() RETURNS int\nLANGUAGE sql AS 'SELECT 1'")
    migrate(blank_dsn, newer)
    assert blank.execute("SELECT oms.broken(), version FROM oms.installation").fetchone() == (1, "0.2.0")


def test_a_failing_access_file_is_named(blank: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    edit(tiny, "access/grants.sql", "ON oms.things TO", "ON oms.nothing TO")
    with pytest.raises(SetupError, match=r"sql/access/grants\.sql: 42P01"):
        migrate(blank_dsn, tiny)
    assert blank.execute("SELECT to_regproc('oms.old_helper')").fetchone() == (None,)


def test_a_failing_migration_is_named_and_rolled_back(
    blank: Connection[Any], blank_dsn: str, tiny: Release, tmp_path: Path
) -> None:
    newer = copy_release(tiny, tmp_path / "newer", "0.2.0")
    (newer.migrations / "0003.add-note.sql").write_text("ALTER TABLE oms.things ADD COLUMN note text;\nSELECT 1 / 0;\n")
    with pytest.raises(SetupError, match=r"0003\.add-note: 22012 division by zero"):
        migrate(blank_dsn, newer)
    assert blank.execute("SELECT FROM pg_attribute WHERE attname = 'note'").fetchall() == []
    (newer.migrations / "0003.add-note.sql").write_text("ALTER TABLE oms.things ADD COLUMN note text;\n")
    assert migrate(blank_dsn, newer).applied == ["0003.add-note"]


def test_a_busy_table_is_tried_again(
    blank: Connection[Any], blank_dsn: str, tiny: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of a view that has to be dropped: the loader gives up its queue place and comes back."""
    migrate(blank_dsn, tiny)
    monkeypatch.setattr("orderstamp.install.loader.LOCK_TIMEOUT", "100ms")
    edit(tiny, "views/thing_list.sql", "t.id, t.name", "t.name AS label, t.id")
    edit(tiny, "views/thing_count.sql", "l.id", "l.label")
    edit(tiny, "core/things_named.sql", "l.name", "l.label")
    said: list[str] = []

    def release_reader(line: str) -> None:
        said.append(line)
        if line.startswith("busy"):
            blank.rollback()

    blank.autocommit = False
    blank.execute("SELECT FROM oms.thing_list")
    migrate(blank_dsn, tiny, release_reader)
    assert len([line for line in said if line.startswith("busy")]) == 1


def test_a_table_that_stays_busy_is_a_message_and_changes_nothing(
    blank: Connection[Any], blank_dsn: str, tiny: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(blank_dsn, tiny)
    monkeypatch.setattr("orderstamp.install.loader.LOCK_TIMEOUT", "50ms")
    write_manifest(
        tiny, [path for path in manifest(tiny) if path not in ("views/thing_count.sql", "access/grants.sql")]
    )
    with psycopg.connect(blank_dsn) as reader:
        reader.execute("SELECT FROM oms.thing_count")
        with pytest.raises(SetupError, match="too busy") as refused:
            migrate(blank_dsn, tiny)
    assert "run orderstamp migrate again" in refused.value.hint
    assert blank.execute("SELECT count(*) FROM oms.thing_count").fetchone() == (1,)


def test_killed_in_a_rollback(blank: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    migrate(blank_dsn, tiny)
    before = snapshot(blank)
    script = (
        "import os, signal, sys, pathlib\n"
        "from orderstamp import migrate as m\n"
        "from orderstamp.resources import Release\n"
        "from orderstamp.install.bookkeeping import Backend\n"
        "Backend.rollback_one = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "m.rollback(sys.argv[1], 1, Release('0.1.0', pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])))\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, blank_dsn, str(tiny.sql), str(tiny.migrations)], check=False, timeout=60
    )
    with pytest.raises(psycopg.Error) as refused:
        blank.execute("INSERT INTO oms.things (name) VALUES ('x')")
    assert refused.value.sqlstate == "OM090"
    migrate(blank_dsn, tiny)
    assert snapshot(blank) == before
    rollback(blank_dsn, 1, tiny)
