"""A dump restored elsewhere: the whole database, or the rows alone, to the same and to another major version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orderstamp.doctor.examine import examine
from orderstamp.install.failure import SetupError
from orderstamp.migrate import migrate
from support.copies import OWN, SCRIPTS, Place, content, goes_on, run, run_ahead
from support.server import VERSION

from .conftest import OTHER, PAIRS, Make

Lived = Callable[[int], Place]

pytestmark = pytest.mark.slow

# What a newer server's dump sets, and an older one doesn't know.
TOO_NEW = "SET transaction_timeout = 0;\n"


def _dump(source: Place, target: Place, file: Path, *options: str) -> None:
    """By the newer pg_dump of the two, in the form of a script."""
    version = max(source.server.version, target.server.version)
    run(version, "pg_dump", *options, "--file", file, "--dbname", source.dsn)
    if source.server.version >= 17 > target.server.version:
        file.write_text(file.read_text(encoding="utf-8").replace(TOO_NEW, "", 1), encoding="utf-8")


def _restore(target: Place, *files: Path) -> None:
    run(VERSION, "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", *_each("-f", files), target.dsn)


def _each(option: str, files: tuple[Path, ...]) -> list[str | Path]:
    return [part for file in files for part in (option, file)]


def _healthy(place: Place) -> None:
    with place.connect() as conn:
        diagnosis = examine(conn)
    assert (diagnosis.findings, diagnosis.not_examined) == ([], {})


def _epoch(place: Place) -> int:
    value: int = place.value("SELECT epoch FROM oms.order_events ORDER BY recorded_at DESC, order_id DESC LIMIT 1")
    return value


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_whole_database(lived: Lived, make: Make, tmp_path: Path, old: int, new: int) -> None:
    source, target = lived(old), make(new, installed=False)
    _dump(source, target, tmp_path / "all.sql")
    _restore(target, tmp_path / "all.sql")
    before = content(source)
    assert content(target) == before
    assert target.value("SELECT count(*) FROM oms.audit_gaps") == 0
    query = (
        "SELECT max(txid::text::bigint) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM oms.order_events"
    )
    restarted = target.value(query)
    done = migrate(target.dsn)
    assert (done.applied, done.loaded.dropped, done.loaded.epoch) == ([], [], 2 if restarted else None)
    assert content(target) == before
    _healthy(target)
    goes_on(target)
    assert _epoch(target) == (2 if restarted else 1)


@pytest.fixture
def restarted(lived: Lived, make: Make, tmp_path: Path) -> Place:
    """A whole database restored where transaction ids are behind those of its log."""
    target = make(OTHER, installed=False)
    source = lived(VERSION)
    run_ahead(source.server, target.server)
    source.run("SELECT oms.place_order('TCS', 'buy', 1, account => 'a')", "trader")
    _dump(source, target, tmp_path / "all.sql")
    _restore(target, tmp_path / "all.sql")
    return target


def test_where_transaction_ids_restart_the_epoch_rises(restarted: Place) -> None:
    with restarted.connect() as conn:
        assert [finding.check for finding in examine(conn).findings] == ["epoch"]
    assert migrate(restarted.dsn).loaded.epoch == 2
    assert migrate(restarted.dsn).loaded.epoch is None
    _healthy(restarted)


def test_it_rises_even_if_many_orders_were_placed_before(restarted: Place) -> None:
    restarted.run(
        "SELECT count(oms.place_order('TCS', 'buy', 1, account => 'a')) FROM generate_series(1, 150)", "trader"
    )
    assert migrate(restarted.dsn).loaded.epoch == 2
    assert migrate(restarted.dsn).loaded.epoch is None
    _healthy(restarted)


def test_where_they_go_on_it_stays(lived: Lived, make: Make, tmp_path: Path) -> None:
    source, target = lived(VERSION), make(OTHER, installed=False)
    run_ahead(target.server, source.server)
    _dump(source, target, tmp_path / "all.sql")
    _restore(target, tmp_path / "all.sql")
    _healthy(target)
    assert migrate(target.dsn).loaded.epoch is None


@pytest.mark.parametrize(("old", "new"), [(VERSION, VERSION), (min(VERSION, OTHER), max(VERSION, OTHER))])
def test_archives(lived: Lived, make: Make, tmp_path: Path, old: int, new: int) -> None:
    """pg_restore, to the same version and to a newer one."""
    source = lived(old)
    for archive in ("custom", "directory"):
        target = make(new, installed=False)
        run(new, "pg_dump", "--format", archive, "--file", tmp_path / archive, "--dbname", source.dsn)
        run(new, "pg_restore", "--exit-on-error", "--dbname", target.dsn, tmp_path / archive)
        assert content(target) == content(source)
        migrate(target.dsn)
        _healthy(target)


def _rows(source: Place, target: Place, file: Path) -> Path:
    """The rows alone. That orders refer to orders makes pg_dump warn; one COPY per table is all they need."""
    version = max(source.server.version, target.server.version)
    options = ("--data-only", "--schema", "oms", *(f"--exclude-table=oms.{table}" for table in OWN))
    text = run(
        version, "pg_dump", *options, "--dbname", source.dsn, warns="circular foreign-key constraints on this table"
    )
    if source.server.version >= 17 > target.server.version:
        text = text.replace(TOO_NEW, "", 1)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_rows_alone(lived: Lived, make: Make, tmp_path: Path, old: int, new: int) -> None:
    source, target = lived(old), make(new)
    rows = _rows(source, target, tmp_path / "rows.sql")
    _restore(target, SCRIPTS / "empty.sql", SCRIPTS / "triggers_off.sql", rows, SCRIPTS / "triggers_on.sql")
    assert content(target, *OWN) == content(source, *OWN)
    assert target.value("SELECT count(*) FROM oms.audit_gaps") == 0
    migrate(target.dsn)
    _healthy(target)
    goes_on(target)


def test_a_later_epoch_comes_along(lived: Lived, make: Make, tmp_path: Path) -> None:
    """Its number is a default, which a dump of the rows doesn't hold: new events must not fall back behind old ones."""
    source, target = lived(VERSION), make(VERSION)
    source.run("ALTER TABLE oms.order_events ALTER COLUMN epoch SET DEFAULT 4")
    source.run("SELECT oms.place_order('TCS', 'buy', 1, account => 'a')", "trader")
    rows = _rows(source, target, tmp_path / "rows.sql")
    _restore(target, SCRIPTS / "empty.sql", SCRIPTS / "triggers_off.sql", rows, SCRIPTS / "triggers_on.sql")
    with target.connect() as conn:
        (finding,) = examine(conn).findings
        assert (finding.check, finding.problem.endswith("the epoch is still 1")) == ("epoch", True)
    assert migrate(target.dsn).loaded.epoch == 4
    assert migrate(target.dsn).loaded.epoch is None
    _healthy(target)


def test_triggers_as_they_are_refuse_the_rows(lived: Lived, make: Make, tmp_path: Path) -> None:
    """Rather than to stamp and log them anew."""
    source, target = lived(VERSION), make(VERSION)
    rows = _rows(source, target, tmp_path / "rows.sql")
    command = ("-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", SCRIPTS / "empty.sql", "-f", rows, target.dsn)
    run(VERSION, "psql", *command, fails=True)
    assert target.value("SELECT count(*) FROM oms.orders") == 0


def test_what_fails_on_the_way_leaves_nothing_behind(make: Make, tmp_path: Path) -> None:
    target = make(VERSION)
    before = content(target)
    broken = tmp_path / "rows.sql"
    broken.write_text("SELECT 1 / 0;\n")
    # Without ON_ERROR_STOP: the scripts set it themselves.
    files = _each("-f", (SCRIPTS / "empty.sql", SCRIPTS / "triggers_off.sql", broken, SCRIPTS / "triggers_on.sql"))
    assert "division by zero" in run(VERSION, "psql", "-X", "-q", "-1", *files, target.dsn, fails=True)
    assert content(target) == before
    _healthy(target)


def test_without_a_transaction_nothing_begins(make: Make) -> None:
    target = make(VERSION)
    before = content(target)
    for script in ("empty.sql", "triggers_off.sql"):
        said = run(VERSION, "psql", "-X", "-q", "-f", SCRIPTS / script, target.dsn, fails=True)
        assert "can only be used in transaction blocks" in said
    assert content(target) == before
    _healthy(target)


def test_a_database_with_orders_is_not_emptied(lived: Lived) -> None:
    target = lived(VERSION)
    before = content(target)
    said = run(VERSION, "psql", "-X", "-q", "-1", "-f", SCRIPTS / "empty.sql", target.dsn, fails=True)
    assert "this database has orders of its own" in said
    assert content(target) == before


def test_triggers_left_off_are_named(make: Make) -> None:
    """By the doctor, each of them, and by migrate."""
    target = make(VERSION)
    run(VERSION, "psql", "-X", "-q", "-1", "-f", SCRIPTS / "triggers_off.sql", target.dsn)
    query = """
        SELECT array_agg(c.oid::regclass || '.' || t.tgname)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = 'oms'::regnamespace AND NOT t.tgisinternal
    """
    with target.connect() as conn:
        found = {finding.object for finding in examine(conn).findings if finding.problem == "disabled"}
    assert found == set(target.value(query))
    with pytest.raises(SetupError, match="is disabled"):
        migrate(target.dsn)
    run(VERSION, "psql", "-X", "-q", "-1", "-f", SCRIPTS / "triggers_on.sql", target.dsn)
    _healthy(target)


def test_the_schema_alone_is_not_the_whole(lived: Lived, make: Make, tmp_path: Path) -> None:
    """It lacks the list of applied migrations: the doctor says so, and migrate seeds again what was taken out."""
    source, target = lived(VERSION), make(VERSION, installed=False)
    _dump(source, target, tmp_path / "schema.sql", "--schema", "oms")
    _restore(target, tmp_path / "schema.sql")
    with target.connect() as conn:
        assert {finding.check for finding in examine(conn).findings} == {"migration"}
    before = content(target)
    assert before == content(source)
    migrate(target.dsn)
    changed = {table for table, rows in content(target).items() if rows != before[table]}
    assert changed == {"account_members", "reject_rules"}
