"""The migration files themselves: names, rollbacks, lock timeouts, and that released ones never change."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from orderstamp.install.verify import expected_triggers
from orderstamp.resources import Release, this_release
from support import checksums

NAME = re.compile(r"(?P<number>\d{4})\.(?P<verb>[a-z]+)-(?P<object>[a-z0-9]+(-[a-z0-9]+)*)\.(sql|py)")
VERBS = {"add", "alter", "backfill", "bind", "create", "drop", "enable", "index", "rename", "seed", "set"}

FILES = sorted(path for path in this_release().migrations.iterdir() if path.is_file())
APPLIED = [path for path in FILES if path.name != "post-apply.py" and not path.name.endswith(".rollback.sql")]


@pytest.mark.parametrize("path", APPLIED, ids=lambda path: path.name)
def test_the_name_follows_the_rule(path: Path) -> None:
    found = NAME.fullmatch(path.name)
    assert found, f"{path.name} is not NNNN.verb-object.(sql|py)"
    assert found["verb"] in VERBS


def test_numbers_run_from_one_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in APPLIED]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", APPLIED, ids=lambda path: path.name)
def test_it_has_a_rollback(path: Path) -> None:
    if path.suffix == ".sql":
        assert path.with_suffix(".rollback.sql").is_file()
    else:
        assert "rollback" in path.read_text()


def test_there_is_nothing_else_in_the_folder() -> None:
    names = {path.name for path in APPLIED} | {path.with_suffix(".rollback.sql").name for path in APPLIED}
    assert {path.name for path in FILES} - names == {"post-apply.py"}


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".sql"], ids=lambda path: path.name)
def test_it_sets_a_lock_timeout_first(path: Path) -> None:
    statements = re.sub(r"--[^\n]*", "", path.read_text()).split(";")
    assert statements[0].strip().startswith("SET lock_timeout = ")


@pytest.mark.parametrize("path", APPLIED, ids=lambda path: path.name)
def test_it_holds_no_function_body_but_stubs(path: Path) -> None:
    bodies = re.findall(r"CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION.*?END \$\w*\$;", path.read_text(), re.DOTALL)
    assert [body for body in bodies if "orderstamp: not installed" not in body] == []
    made = len(re.findall(r"CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION", path.read_text()))
    assert made == len(bodies)


def test_released_files_are_unchanged() -> None:
    assert checksums.problems(this_release().migrations) == []


def test_a_change_of_a_released_file_is_found(tmp_path: Path) -> None:
    migrations, ledger = tmp_path / "migrations", tmp_path / "checksums.txt"
    shutil.copytree(this_release().migrations, migrations)
    checksums.add_new(migrations, ledger)
    assert checksums.problems(migrations, ledger) == []
    changed, gone = APPLIED[0].name, APPLIED[1].name
    (migrations / changed).write_text("-- harmless, surely\n" + APPLIED[0].read_text())
    (migrations / gone).unlink()
    (migrations / "9999.add-new.sql").write_text("SELECT 1;\n")
    expected = [
        f"{changed} was changed after its release",
        f"{gone} was released and is gone",
        "9999.add-new.sql has no line yet: run python -m support.checksums",
    ]
    assert checksums.problems(migrations, ledger) == sorted(expected)
    assert checksums.add_new(migrations, ledger) == ["9999.add-new.sql"]
    assert checksums.problems(migrations, ledger) == sorted(expected[:2])


def test_triggers_are_read_from_the_files_in_order(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)

    write(
        "0001.create-a.sql",
        "CREATE TRIGGER t10 BEFORE INSERT OR UPDATE ON oms.a\n  FOR EACH ROW EXECUTE FUNCTION oms.f();\n"
        "-- CREATE TRIGGER not_this AFTER INSERT ON oms.a\n"
        "create or replace trigger t20 after update of x on oms.a referencing new table as n for each statement;\n"
        "CREATE TRIGGER t10 BEFORE DELETE ON oms.b EXECUTE FUNCTION oms.f();\n",
    )
    write("0001.create-a.rollback.sql", "DROP TRIGGER t10 ON oms.a;\n")
    write("0002.drop-b.sql", "DROP TRIGGER IF EXISTS t20 ON oms.a;\nDROP TABLE oms.b;\n")
    assert expected_triggers(tmp_path) == [("a", "t10")]
    assert len(expected_triggers(Release("", tmp_path, this_release().migrations).migrations)) >= 10
