"""The benchmark runs and yields every figure. What the figures say is not tested here: that needs a quiet machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .publish import published, shown

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = {
    "status change by call, owner, sync off": 1.6,
    "status change by call, oms_trader, sync off": 1.6,
    "status change by call, owner, sync on": 1.2,
    "status change by call, oms_trader, sync on": 1.2,
    "single UPDATE, ours, p50, sync off": 1.5,
    "single UPDATE, ours, p50, sync on": 1.15,
    "1,000 rows in one UPDATE, µs per row": 2.3,
    "1,000 rows in one UPDATE against whole-row jsonb audit": 4,
    "1,000 rows in one UPDATE against typed row snapshot": 1,
    "1,000 rows in one UPDATE against history versioning": 6,
    "p50 of a change among 1,000 orders": 1.25,
    "bytes per event with its key, status changes": 250,
    "bytes per event with its key, a full life": 250,
    "bytes per event with all indexes, status changes": 330,
    "bytes per event with all indexes, a full life": 330,
    "heartbeats that stay HOT": 95,
    "a fill by call": 3,
    "New by report": 1.5,
    "Rejected by report": 1.5,
    "Trade by report": 1.5,
    "Canceled by report": 1.5,
    "reconcile, nothing changed, per order": 1 / 20,
    "reconcile, a tenth changed, per order": 1 / 5,
    "reconcile in an account 100 times as large": 1.25,
    "order life, as many commits, sync off": 2,
    "order life, one batch, sync off": 8,
}


def test_readme_shows_the_figures_kept() -> None:
    assert published() == shown()


@pytest.mark.slow
def test_quick_benchmark_yields_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = {figure["name"]: figure for part in json.loads(file.read_text()).values() for figure in part["figures"]}
    assert {name: figures[name]["aim"] for name in EXPECTED} == EXPECTED
    assert {name for name, figure in figures.items() if figure["aim"] is not None} - set(EXPECTED) <= {
        name for name in figures if "with actor" in name
    }
    assert all(figure["value"]["median"] > 0 for figure in figures.values())
    assert all(name.split(",")[0] in run.stdout.replace("\n", " ") for name in ("Cost", "heartbeats that stay HOT"))
