"""A trader's connection to play on, and scenarios as files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from .reading import read_scenarios
from .running import Outcome, run

Play = Callable[..., dict[str, Outcome]]
Write = Callable[[object], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write(content): a file of it, as JSON."""

    def write_file(content: object) -> Path:
        path = tmp_path / "scenarios.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def play(trader_dsn: str, write: Write) -> Iterator[Play]:
    """play(*scenarios): what both passes found, by name."""
    with psycopg.connect(trader_dsn) as conn:

        def run_them(*scenarios: dict[str, Any]) -> dict[str, Outcome]:
            return {outcome.name: outcome for outcome in run(conn, read_scenarios(write([*scenarios])))}

        yield run_them
