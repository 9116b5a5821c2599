"""The example beside the runner, which shows the shape of a scenario file, is itself met."""

from __future__ import annotations

from pathlib import Path

import psycopg

from .reading import read_scenarios
from .running import run

EXAMPLE = Path(__file__).with_name("example.json")


def test_the_example(trader_dsn: str) -> None:
    with psycopg.connect(trader_dsn) as conn:
        outcomes = run(conn, read_scenarios(EXAMPLE))
    assert [(outcome.differences, outcome.rows) for outcome in outcomes] == [([], 8), ([], 8)]
