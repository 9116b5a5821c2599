"""Every sql/examples/NN_name.sql prints exactly what the NN_name.out beside it says.

They run through the server's own psql as a member of oms_trader, on a clock that moves on by a minute per statement.
One that begins with "-- As the owner" runs as the one who installed the product.
ORDERSTAMP_REGENERATE=1 rewrites the outputs; read the difference before you commit it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from orderstamp.resources import this_release
from support.transcript import REGENERATE, psql, read, tick_by_statement

EXAMPLES = sorted((this_release().sql / "examples").glob("*.sql"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_output_is_what_it_says(owner: Connection[Any], dsn: str, trader_dsn: str, example: Path) -> None:
    tick_by_statement(owner)
    script = example.read_text(encoding="utf-8")
    printed = psql(dsn if script.startswith("-- As the owner") else trader_dsn, script, "-a")
    expected = example.with_suffix(".out")
    if REGENERATE:
        expected.write_text(printed, encoding="utf-8")
    assert printed == read(expected)
    assert owner.execute("SELECT * FROM oms.audit_gaps").fetchall() == []


def test_every_example_has_an_output_and_every_output_an_example() -> None:
    assert len(EXAMPLES) >= 5
    folder = this_release().sql / "examples"
    assert {path.stem for path in EXAMPLES} == {path.stem for path in folder.glob("*.out")}
    assert [path.name for path in EXAMPLES if not re.fullmatch(r"\d\d_[a-z_]+\.sql", path.name)] == []
    assert [path.name for path in EXAMPLES if not path.read_text().startswith("-- ")] == []


def test_only_refusals_fail() -> None:
    for example in EXAMPLES:
        failures = read(example.with_suffix(".out")).count("\nERROR: ")
        assert (failures > 0) == ("refusals" in example.stem), example.name


def test_the_day_is_the_same_every_time(owner: Connection[Any], trader_dsn: str) -> None:
    """The clock of the examples asks nothing of the machine's."""
    tick_by_statement(owner)
    script = "SELECT placed_at FROM oms.place_order('TCS', 'buy', 1);\n" * 2
    assert re.findall(r"2026-01-05 \S+", psql(trader_dsn, script)) == [
        "2026-01-05 09:15:00+05:30",
        "2026-01-05 09:16:00+05:30",
    ]
