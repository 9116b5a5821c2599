"""A fresh installation, and doing it again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from yoyo import read_migrations

from orderstamp.install.bookkeeping import open_backend
from orderstamp.install.loader import load_within
from orderstamp.install.manifest import read_manifest
from orderstamp.migrate import migrate, rollback
from orderstamp.resources import Release
from support.catalog import snapshot


def _command(dsn: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orderstamp.cli", *arguments],
        env={**os.environ, "DATABASE_URL": dsn},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_everything_of_the_manifest_is_there_and_recorded(
    blank: Connection[Any], blank_dsn: str, release: Release
) -> None:
    done = migrate(blank_dsn, release)
    manifest = read_manifest(release.sql)
    assert done.applied == sorted(
        path.stem for path in release.migrations.glob("[0-9]*") if not path.name.endswith(".rollback.sql")
    )
    row = blank.execute("SELECT version, digest, objects FROM oms.installation").fetchall()
    assert row == [(release.version, manifest.digest, manifest.objects)]
    made = {
        f"function oms.{name}"
        for (name,) in blank.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'oms'::regnamespace")
    } | {f"view oms.{name}" for (name,) in blank.execute("SELECT viewname FROM pg_views WHERE schemaname = 'oms'")}
    assert made == set(manifest.objects)


def test_the_record_can_have_only_one_row(blank: Connection[Any], blank_dsn: str, release: Release) -> None:
    migrate(blank_dsn, release)
    with pytest.raises(Exception, match="installation_"):
        blank.execute("INSERT INTO oms.installation VALUES (false, '9', '', '{}')")


def test_doing_it_again_changes_nothing(blank: Connection[Any], blank_dsn: str, release: Release) -> None:
    migrate(blank_dsn, release)
    before = snapshot(blank)
    recorded = blank.execute("SELECT xmin::text, * FROM oms.installation").fetchall()
    done = migrate(blank_dsn, release)
    assert done.applied == []
    assert done.loaded.dropped == []
    assert snapshot(blank) == before
    assert blank.execute("SELECT xmin::text, * FROM oms.installation").fetchall() == recorded


def test_settings_that_read_sql_otherwise_do_not_matter(
    blank: Connection[Any], blank_dsn: str, release: Release, owner: Connection[Any]
) -> None:
    """A database may read backslashes in strings as escapes, and quote every name it prints."""
    otherwise = make_conninfo(blank_dsn, options="-c standard_conforming_strings=off -c quote_all_identifiers=on")
    rules = "SELECT * FROM oms.reject_rules ORDER BY broker, priority"
    migrate(otherwise, release)
    assert snapshot(blank) == snapshot(owner)
    assert blank.execute(rules).fetchall() == owner.execute(rules).fetchall()
    assert [stub for stub in rollback(otherwise, 2, release).stubs if '"' in stub] == []
    with open_backend(otherwise) as backend:
        backend.apply_migrations_only(backend.to_apply(read_migrations(str(release.migrations))))
    with psycopg.connect(otherwise) as conn:
        load_within(conn, release)
    assert snapshot(blank) == snapshot(owner)


def test_a_body_changed_by_hand_is_put_right(blank: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    migrate(blank_dsn, tiny)
    before = snapshot(blank)
    blank.execute("CREATE OR REPLACE FUNCTION oms.old_helper() RETURNS int LANGUAGE sql AS 'SELECT 2'")
    assert snapshot(blank) != before
    migrate(blank_dsn, tiny)
    assert snapshot(blank) == before


def test_the_command_prints_one_object_for_machines(blank_dsn: str, release: Release) -> None:
    done = _command(blank_dsn, "migrate", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    printed = json.loads(line)
    assert printed["version"] == release.version
    assert printed["digest"] == read_manifest(release.sql).digest
    assert printed["missing_roles"] == []


def test_the_command_prints_a_sentence_for_people(blank_dsn: str, release: Release) -> None:
    done = _command(blank_dsn, "migrate")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"orderstamp {release.version} is installed in ")


def test_a_server_that_is_not_there_is_a_message_not_a_traceback() -> None:
    done = _command("postgresql://localhost:1/nowhere", "migrate")
    assert done.returncode == 1
    assert "error: no connection" in done.stderr
    assert "hint: check DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
