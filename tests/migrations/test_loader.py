"""What CREATE OR REPLACE can't do, done without losing a grant or touching what is not ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from orderstamp.install.failure import SetupError
from orderstamp.install.loader import Loaded
from orderstamp.migrate import migrate
from orderstamp.resources import Release
from support.catalog import snapshot
from support.releases import copy_release, edit, manifest, write, write_manifest

MAKE_THING = "core/make_thing.sql"


@pytest.fixture
def installed(blank: Connection[Any], blank_dsn: str, tiny: Release) -> Connection[Any]:
    """The tiny release, and a user who was granted something by hand."""
    migrate(blank_dsn, tiny)
    blank.execute("GRANT EXECUTE ON FUNCTION oms.make_thing TO trader WITH GRANT OPTION")
    blank.execute("GRANT EXECUTE ON FUNCTION oms.things_named TO auditor")
    blank.execute("GRANT SELECT ON oms.thing_list TO reader")
    blank.execute("GRANT SELECT (name) ON oms.thing_list TO auditor")
    return blank


@pytest.fixture
def newer(tiny: Release, tmp_path: Path) -> Release:
    """The next release, to be changed."""
    return copy_release(tiny, tmp_path / "newer", "0.2.0")


def _may(conn: Connection[Any], role: str, function: str) -> bool:
    row = conn.execute("SELECT has_function_privilege(%s, %s, 'EXECUTE')", [role, function]).fetchone()
    return bool(row and row[0])


def _load(dsn: str, release: Release) -> Loaded:
    return migrate(dsn, release).loaded


def _same_as_fresh(conn: Connection[Any], release: Release, fresh_dsn: str) -> None:
    import psycopg

    with psycopg.connect(fresh_dsn, autocommit=True) as other:
        other.execute("DROP SCHEMA oms CASCADE")
        other.execute("DELETE FROM _yoyo_migration")
        migrate(fresh_dsn, release)
        assert snapshot(conn) == snapshot(other)


def test_an_added_parameter_leaves_one_function(installed: Connection[Any], blank_dsn: str, newer: Release) -> None:
    edit(newer, MAKE_THING, "make_thing(name text)", "make_thing(name text, note text DEFAULT NULL)")
    edit(newer, MAKE_THING, "make_thing(text)", "make_thing(text, text)")
    edit(newer, "access/grants.sql", "make_thing(text)", "make_thing(text, text)")
    assert _load(blank_dsn, newer).dropped == ["function oms.make_thing"]
    assert installed.execute("SELECT oms.make_thing('a'), oms.make_thing(name => 'b')").fetchone() == (1, 2)
    assert _may(installed, "trader", "oms.make_thing(text, text)")


def test_an_added_parameter_in_a_file_that_names_the_function_without_types(
    installed: Connection[Any], blank_dsn: str, newer: Release
) -> None:
    edit(newer, MAKE_THING, "make_thing(name text)", "make_thing(name text, note text DEFAULT NULL)")
    edit(newer, MAKE_THING, "make_thing(text)", "make_thing")
    edit(newer, "access/grants.sql", "make_thing(text)", "make_thing")
    assert _load(blank_dsn, newer).dropped == ["function oms.make_thing"]
    assert installed.execute("SELECT oms.make_thing('a')").fetchone() == (1,)


def test_a_new_function_is_closed_to_public(installed: Connection[Any], blank_dsn: str, newer: Release) -> None:
    write(
        newer, "core/brand_new.sql", "CREATE OR REPLACE FUNCTION oms.brand_new() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    )
    write_manifest(newer, [*manifest(newer), "core/brand_new.sql"])
    _load(blank_dsn, newer)
    row = installed.execute("SELECT has_function_privilege('public', 'oms.brand_new()', 'EXECUTE')").fetchone()
    assert row == (False,)


def test_a_renamed_parameter_replaces_the_function_and_keeps_its_grants(
    installed: Connection[Any], blank_dsn: str, newer: Release
) -> None:
    edit(newer, MAKE_THING, "make_thing(name text)", "make_thing(label text)")
    edit(newer, MAKE_THING, "make_thing.name", "make_thing.label")
    assert _load(blank_dsn, newer).dropped == ["function oms.make_thing"]
    assert installed.execute("SELECT oms.make_thing(label => 'a')").fetchone() == (1,)
    row = installed.execute(
        "SELECT has_function_privilege('trader', 'oms.make_thing(text)', 'EXECUTE WITH GRANT OPTION')"
    ).fetchone()
    assert row == (True,)


def test_a_removed_default_and_a_changed_result_replace_the_function(
    installed: Connection[Any], blank_dsn: str, newer: Release
) -> None:
    edit(newer, "core/old_helper.sql", "RETURNS int", "RETURNS text")
    edit(newer, "core/old_helper.sql", "SELECT 1", "SELECT 'one'::text")
    assert _load(blank_dsn, newer).dropped == ["function oms.old_helper"]
    assert installed.execute("SELECT oms.old_helper()").fetchone() == ("one",)


def test_what_left_the_manifest_is_dropped(installed: Connection[Any], blank_dsn: str, newer: Release) -> None:
    write_manifest(newer, [p for p in manifest(newer) if p not in ("core/old_helper.sql", "views/thing_count.sql")])
    edit(newer, "access/grants.sql", "oms.thing_list, oms.thing_count", "oms.thing_list")
    assert sorted(_load(blank_dsn, newer).dropped) == ["function oms.old_helper", "view oms.thing_count"]
    assert installed.execute("SELECT to_regclass('oms.thing_count'), to_regproc('oms.old_helper')").fetchone() == (
        None,
        None,
    )


def test_a_function_of_the_user_is_left_alone(installed: Connection[Any], blank_dsn: str, newer: Release) -> None:
    installed.execute("CREATE FUNCTION oms.mine() RETURNS int LANGUAGE sql AS 'SELECT 7'")
    installed.execute("CREATE VIEW oms.my_view AS SELECT 7 AS seven")
    assert _load(blank_dsn, newer).dropped == []
    assert installed.execute("SELECT oms.mine(), seven FROM oms.my_view").fetchone() == (7, 7)


def test_a_view_with_other_columns_is_made_again_with_what_depends_on_it(
    installed: Connection[Any], blank_dsn: str, newer: Release
) -> None:
    installed.execute("INSERT INTO oms.things (name) VALUES ('a')")
    edit(newer, "views/thing_list.sql", "t.id, t.name", "t.made_at, t.name, t.id")
    assert sorted(_load(blank_dsn, newer).dropped) == [
        "function oms.things_named",
        "view oms.thing_count",
        "view oms.thing_list",
    ]
    assert installed.execute("SELECT name, id FROM oms.things_named('A')").fetchone() == ("A", 1)
    assert installed.execute("SELECT things FROM oms.thing_count").fetchone() == (1,)
    assert _may(installed, "auditor", "oms.things_named(text)")
    row = installed.execute(
        "SELECT has_table_privilege('reader', 'oms.thing_list', 'SELECT'),"
        "       has_column_privilege('auditor', 'oms.thing_list', 'name', 'SELECT'),"
        "       has_column_privilege('auditor', 'oms.thing_list', 'id', 'SELECT')"
    ).fetchone()
    assert row == (True, True, False)


def test_a_grant_on_a_column_that_left_is_forgotten(installed: Connection[Any], blank_dsn: str, newer: Release) -> None:
    edit(newer, "views/thing_list.sql", "t.id, t.name", "t.id, t.name AS label")
    edit(newer, "core/things_named.sql", "l.name", "l.label")
    _load(blank_dsn, newer)
    assert installed.execute("SELECT label FROM oms.thing_list").fetchall() == []


@pytest.mark.parametrize("schema", ["public", "oms"])
def test_what_the_user_built_on_a_changed_view_is_never_dropped(
    schema: str, installed: Connection[Any], blank_dsn: str, newer: Release
) -> None:
    installed.execute(f"CREATE VIEW {schema}.report AS SELECT name FROM oms.thing_list".encode())
    before = snapshot(installed)
    edit(newer, "views/thing_list.sql", "t.id, t.name", "t.name AS label, t.id")
    with pytest.raises(SetupError, match=r"view (public\.|oms\.)?report depends on"):
        _load(blank_dsn, newer)
    assert snapshot(installed) == before


def test_an_unchanged_view_is_not_locked_out_by_the_user_s_view_on_it(
    installed: Connection[Any], blank_dsn: str, newer: Release
) -> None:
    installed.execute("CREATE VIEW public.report AS SELECT name FROM oms.thing_list")
    edit(newer, "views/thing_list.sql", "t.id, t.name", "t.id, t.name, t.made_at")
    assert _load(blank_dsn, newer).dropped == []


def test_group_roles_get_exactly_what_the_release_says(
    installed: Connection[Any], blank_dsn: str, newer: Release, dsn: str
) -> None:
    """Neither a grant by hand nor one of an older release survives, so that upgraded equals fresh."""
    installed.execute("GRANT DELETE ON oms.things TO oms_trader")
    installed.execute("GRANT SELECT (name) ON oms.things TO oms_reader")
    installed.execute("GRANT EXECUTE ON FUNCTION oms.old_helper() TO oms_auditor")
    installed.execute("REVOKE ALL ON FUNCTION oms.make_thing, oms.things_named FROM trader, auditor")
    installed.execute("REVOKE ALL ON oms.thing_list FROM reader, auditor")
    edit(newer, "access/grants.sql", "SELECT, INSERT, UPDATE ON oms.things", "SELECT ON oms.things")
    _load(blank_dsn, newer)
    _same_as_fresh(installed, newer, dsn)


def test_files_that_cannot_be_right_are_refused_before_anything_is_written(
    blank: Connection[Any], blank_dsn: str, tiny: Release
) -> None:
    write(tiny, "core/one_name.sql", "CREATE OR REPLACE FUNCTION oms.another() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    good = manifest(tiny)
    for bad, said in (
        ([*good, "core/one_name.sql"], "named after its object"),
        ([*good, "core/absent.sql"], "incomplete"),
        ([*good, good[0]], "same object"),
    ):
        write_manifest(tiny, bad)
        with pytest.raises(SetupError, match=said):
            migrate(blank_dsn, tiny)
    write(tiny, "core/no_object.sql", "SELECT 1")
    write_manifest(tiny, [*good, "core/no_object.sql"])
    with pytest.raises(SetupError, match="does not begin with"):
        migrate(blank_dsn, tiny)
    assert blank.execute("SELECT to_regnamespace('oms'), to_regclass('yoyo_lock')").fetchone() == (None, None)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("ALTER TABLE oms.things DISABLE TRIGGER t20_stamp", "trigger t20_stamp on oms.things is disabled"),
        ("ALTER TABLE oms.things ENABLE REPLICA TRIGGER t20_stamp", "trigger t20_stamp on oms.things is disabled"),
        ("DROP TRIGGER t20_stamp ON oms.things", "trigger t20_stamp on oms.things is missing"),
    ],
)
def test_a_guard_that_was_taken_away_is_found(
    spoil: str, said: str, installed: Connection[Any], blank_dsn: str, tiny: Release
) -> None:
    installed.execute(spoil.encode())
    with pytest.raises(SetupError, match=said):
        _load(blank_dsn, tiny)


def test_a_stub_that_no_file_replaces_is_found(installed: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    (tiny.migrations / "0003.add-guard.sql").write_text(
        "CREATE FUNCTION oms.guard() RETURNS int LANGUAGE plpgsql AS $$\n"
        "BEGIN -- orderstamp: not installed\n  RAISE EXCEPTION 'x';\nEND $$;\n"
    )
    with pytest.raises(SetupError, match=r"oms\.guard\(\) is still the stub"):
        _load(blank_dsn, tiny)
    assert installed.execute("SELECT version FROM oms.installation").fetchone() == ("0.1.0",)
