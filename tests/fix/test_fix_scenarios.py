"""The published matrices are met in both passes, and the runner sees it when one isn't."""

from __future__ import annotations

import copy
import json
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .__main__ import DEFAULT, main
from .conftest import Play, Write
from .reading import read_scenarios
from .running import run

Scenario = dict[str, Any]
Place = tuple[int, int, str]

SHARED: list[Scenario] = json.loads(DEFAULT.read_text(encoding="utf-8")) if DEFAULT.is_file() else []

pytestmark = pytest.mark.skipif(not SHARED, reason=f"the shared scenarios are not here: {DEFAULT}")

STATUSES = ("New", "Partially Filled", "Filled", "Canceled", "Rejected", "Suspended", "Pending Cancel")
QUANTITIES = ("cum_qty", "leaves_qty", "avg_px", "day_order_qty", "day_cum_qty")


def _compared() -> list[Place]:
    """Every value that is compared and never told: scenario, step, key (expect's own behind a dot)."""
    places = []
    for number, scenario in enumerate(SHARED):
        for place, row in enumerate(scenario["steps"]):
            if row["msg"] not in {"execution", "cancel_reject"}:
                continue
            if not row.get("anomaly"):
                places += [(number, place, key) for key in ("ord_status", *QUANTITIES) if row.get(key) is not None]
            expect = row.get("expect", {})
            places += [(number, place, f"expect.{key}") for key in expect if key != "open_requests"]
    return places


def _corrupted(place: Place, word: str) -> Scenario:
    number, step, key = place
    scenario = copy.deepcopy(SHARED[number])
    row = scenario["steps"][step]
    outer, _, inner = key.rpartition(".")
    values = row[outer] if outer else row
    old = values[inner]
    values[inner] = (word if word != old else "Stopped") if inner == "ord_status" else (old or 0) + 7
    return scenario


def test_no_difference(trader_dsn: str) -> None:
    with psycopg.connect(trader_dsn) as conn:
        outcomes = run(conn, read_scenarios(DEFAULT))
    assert [outcome.differences for outcome in outcomes] == [[], []]
    rows = sum(row["msg"] in {"execution", "cancel_reject"} for scenario in SHARED for row in scenario["steps"])
    assert [outcome.rows for outcome in outcomes] == [rows, rows]


def test_nothing_is_kept(trader_dsn: str) -> None:
    with psycopg.connect(trader_dsn) as conn:
        run(conn, read_scenarios(DEFAULT))
    with psycopg.connect(trader_dsn) as conn:
        assert conn.execute("SELECT count(*) FROM oms.orders").fetchall() == [(0,)]


def test_it_plays_as_a_trader(trader_dsn: str) -> None:
    with psycopg.connect(trader_dsn) as conn:
        found = conn.execute(
            "SELECT pg_has_role('oms_trader', 'member'), rolsuper, pg_has_role(n.nspowner, 'member')"
            " FROM pg_roles, pg_namespace n WHERE rolname = current_user AND nspname = 'oms'"
        ).fetchall()
    assert found == [(True, False, False)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(_compared() or [(0, 0, "")]), word=st.sampled_from(STATUSES))
def test_one_wrong_value_is_one_difference_in_each_pass(play: Play, place: Place, word: str) -> None:
    row = SHARED[place[0]]["steps"][place[1]]
    outcomes = play(_corrupted(place, word))
    for name, outcome in outcomes.items():
        (difference,) = outcome.differences
        assert difference.startswith(f"{name}: {SHARED[place[0]]['id']}, time {row['time']} ")
        assert f": {place[2]}: expected " in difference


def test_the_exit_status_says_it(write: Write, trader_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    scenarios = copy.deepcopy(SHARED[:2])
    assert main([str(write(scenarios)), "--database", trader_dsn]) == 0
    good = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in good[:2]] == ["calls", "reports"]
    assert good[-1].startswith("2 scenarios, ")
    assert good[-1].endswith(" rows compared, 0 differences")
    last = [row for row in scenarios[1]["steps"] if row["cum_qty"] is not None][-1]
    last["cum_qty"] += 1
    assert main([str(write(scenarios)), "--database", trader_dsn]) == 1
    bad = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in bad[:2]] == [
        f"{name}: {scenarios[1]['id']}" for name in ("calls", "reports")
    ]
    assert bad[-1] == good[-1].replace("0 differences", "2 differences")
