"""Scenarios of our own, for what the published ones of the shared folder don't reach."""

from __future__ import annotations

from typing import Any

import pytest

from . import written_days, written_executions, written_orders, written_reports, written_requests
from .conftest import Play
from .rows import PLACED, cancel_reject, cancel_request, new_order, report, scenario, trade

WRITTEN = [
    *written_executions.SCENARIOS,
    *written_days.SCENARIOS,
    *written_orders.SCENARIOS,
    *written_reports.SCENARIOS,
    *written_requests.SCENARIOS,
]


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written["id"].replace(" ", "-"))
def test_both_passes_meet_it(written: dict[str, Any], play: Play) -> None:
    outcomes = play(written)
    assert [difference for outcome in outcomes.values() for difference in outcome.differences] == []
    rows = sum("ord_status" in row for row in written["steps"])
    assert [outcome.rows for outcome in outcomes.values()] == [rows, rows]


def test_a_drop_copy_knows_no_order_by_the_refusal_of_its_request(play: Play) -> None:
    """Refused before the order's first report: by the calls still Pending New, by the reports nothing yet."""
    written = scenario(
        "refused before acknowledged",
        new_order("X", 1000),
        cancel_request("Y", "X"),
        cancel_reject("Y", "X", "Pending New", reason="broker option"),
        report("X", "New", "New", (1000, 0, 1000)),
    )
    outcomes = play(written)
    assert [outcome.differences for outcome in outcomes.values()] == [[], []]
    assert {name: outcome.rows for name, outcome in outcomes.items()} == {"calls": 2, "reports": 1}


def test_a_refusal_ends_its_scenario_and_is_a_difference(play: Play) -> None:
    """An execution of less than nothing, in both passes; the next scenario is played."""
    refused = scenario(
        "refused",
        *PLACED,
        trade("X", -100, "New", (1000, 0, 1000)),
        trade("X", 100, "Partially Filled", (1000, 100, 900)),
    )
    for name, outcome in play(refused, written_executions.expired()).items():
        (difference,) = outcome.differences
        assert difference.startswith(f"{name}: refused, time 3 (step 3): OM007: ")
        assert outcome.rows == 5
