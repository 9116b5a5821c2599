"""Random requests, corrections, holds, splits and reports: done whole, or refused in our words without a trace.

A failure prints the steps that lead to it, shrunk, as Python. The run is the same each time; a long one draws afresh:

    ORDERSTAMP_FUZZ=2000 pytest tests/behaviour/test_reports_random.py [--hypothesis-seed=N]
"""

from __future__ import annotations

import os
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.fold_tables import Conn
from support.report_machine import Asking

LONG = int(os.environ.get("ORDERSTAMP_FUZZ", "0"))
STEPS = int(os.environ.get("ORDERSTAMP_FUZZ_STEPS", "30"))
PROFILE = settings(
    max_examples=LONG or 40,
    stateful_step_count=STEPS,
    derandomize=not LONG,
    print_blob=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
def test_random_askers_are_served_or_refused(trader: Conn) -> None:
    class Driven(Asking):
        conn = trader
        done: ClassVar[dict[str, int]] = {}

    run_state_machine_as_test(Driven, settings=PROFILE)
    for key in sorted(Driven.done):
        print(f"{Driven.done[key]:6} {key}")  # noqa: T201
    served = {key.removesuffix(" done") for key in Driven.done if key.endswith(" done")}
    assert {"request_cancel", "accept_request", "bust_fill", "correct_fill", "hold_order", "restate_order"} <= served
