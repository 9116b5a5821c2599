"""Files that can't be played are refused with one sentence; what is compared is never told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .__main__ import DEFAULT, ROOT, main
from .conftest import Write
from .reading import read_scenarios
from .rows import new_order, out_of_band, report, scenario
from .scenario import Step
from .values import ratio, trade_dates

ROW = report("X", "New", "New", (10, 0, 10))
BAD: dict[str, tuple[object, str]] = {
    "an object": ({}, "not a list of scenarios"),
    "empty": ([], "no scenarios, so nothing was compared"),
    "no scenario": ([7], "scenario number 1: not an object"),
    "no id": ([{"steps": [ROW]}], "scenario number 1: without id"),
    "no steps": ([{"id": "S"}], "scenario S: without steps"),
    "empty steps": ([{"id": "S", "steps": []}], "scenario S: without steps"),
    "a step of words": ([{"id": "S", "steps": ["New"]}], "scenario S: a step is not an object"),
    "no msg": ([scenario("S", {})], "scenario S: step 1 (time 1): without msg"),
    "unknown msg": ([scenario("S", {"msg": "shout"})], "step 1 (time 1): unknown msg 'shout'; known are: "),
    "unknown exec_type": ([scenario("S", ROW | {"exec_type": "Nwe"})], "unknown exec_type 'Nwe'; known are: "),
    "no exec_type": ([scenario("S", ROW | {"exec_type": None})], "an execution without exec_type"),
    "unknown exec_trans_type": ([scenario("S", ROW | {"exec_trans_type": "Undo"})], "unknown exec_trans_type 'Undo'"),
    "a quantity of words": ([scenario("S", ROW | {"last_qty": "ten"})], "last_qty is not a number: 'ten'"),
    "a compared word": ([scenario("S", ROW | {"cum_qty": True})], "cum_qty is not a number: True"),
    "expect of words": ([scenario("S", ROW | {"expect": "all"})], "expect is not an object"),
    "no ratio": ([scenario("S", ROW | {"split": "two"})], "split is not a ratio: 'two'"),
    "no flag": ([scenario("S", ROW | {"alt": 2})], "alt is neither true nor false: 2"),
    "no day": ([scenario("S", ROW | {"trade_day": 0})], "trade_day is not a day: 0"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused(content: object, message: str, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(content))]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(("content", "message"), [("{", "not JSON"), (None, "No such file"), ("\xff", "not JSON")])
def test_what_is_no_json_is_refused(
    content: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scenarios.json"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    assert main([str(path)]) == 2
    assert message in capsys.readouterr().err


def test_the_file_is_named_by_the_environment(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fix"],
        cwd=ROOT,
        env={**os.environ, "FIX_SCENARIOS": str(tmp_path / "absent.json")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.startswith(f"fix: {tmp_path / 'absent.json'}: No such file")
    assert "Traceback" not in done.stderr


def test_without_the_shared_folder_it_says_how_to_name_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FIX_SCENARIOS", raising=False)
    monkeypatch.setattr(f"{main.__module__}.DEFAULT", tmp_path / "absent.json")
    assert main([]) == 2
    assert "absent.json: No such file or directory; name the scenarios by FIX_SCENARIOS=file" in capsys.readouterr().err


@pytest.mark.parametrize("written", [2, "2", "2:1", "2/1", "2 for 1", "4 : 2", 2.0])
def test_ratios(written: object) -> None:
    row = {"split": Decimal(str(written)) if isinstance(written, float) else written}
    assert ratio(row, "split") == 2


def test_days_are_carried_on() -> None:
    rows: list[dict[str, Any]] = [{"time": "1"}, {"time": "Day 1,2"}, {"trade_day": 3}, {"time": "4"}]
    dates = trade_dates(rows)
    assert [date.day - dates[0].day if date and dates[0] else None for date in dates] == [0, 0, 2, 2]
    assert trade_dates([{"time": "1"}, {"time": "2"}]) == [None, None]


@pytest.mark.skipif(not DEFAULT.is_file(), reason=f"the shared scenarios are not here: {DEFAULT}")
def test_no_row_tells_what_it_demands(write: Write) -> None:
    """Whatever the compared values are, both passes are told the same."""
    content = json.loads(DEFAULT.read_text(encoding="utf-8"))
    for row in (row for each in content for row in each["steps"]):
        row.update(dict.fromkeys(("cum_qty", "leaves_qty", "avg_px", "day_order_qty", "day_cum_qty"), 77))
        row.update(ord_status="Expired", expect={"quantity": 77, "avg_px": 77})
    assert _told(write(content)) == _told(DEFAULT)


def test_a_quantity_is_told_where_the_message_sets_it(write: Write) -> None:
    rows = [new_order("X", 10), out_of_band(), ROW, report("X", "Trade", "Filled", (10, 10, 0))]
    rows += [report("Y,X", "Replace", "New", (20, 0, 20)), report("X", "Restated", "New", (30, 0, 30))]
    (read,) = read_scenarios(write([scenario("S", *rows)]))
    assert [step.changed_qty for step in read.steps] == [10, None, None, None, 20, 30]


def _told(path: Path) -> list[list[Step]]:
    return [[replace(step, checks=()) for step in each.steps] for each in read_scenarios(path)]
