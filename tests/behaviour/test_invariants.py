"""Random callers of every kind against the invariants I1–I10 and the audit check.

A failure prints the steps that lead to it, shrunk, as Python. The run is the same each time; a long one draws afresh:

    ORDERSTAMP_FUZZ=2000 pytest tests/behaviour/test_invariants.py -k callers [--hypothesis-seed=N]

runs 2000 sequences and prints, with a failure, the blob that replays it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.fold_machine import Callers
from support.fold_tables import Conn

Connect = Callable[..., Conn]

LONG = int(os.environ.get("ORDERSTAMP_FUZZ", "0"))
STEPS = int(os.environ.get("ORDERSTAMP_FUZZ_STEPS", "30"))
PROFILE = settings(
    max_examples=LONG or 150,
    stateful_step_count=STEPS,
    derandomize=not LONG,
    print_blob=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
def test_random_callers_keep_every_invariant(owner: Conn, admin: Conn, connect: Connect) -> None:
    owner.execute("INSERT INTO oms.account_members (role, account) VALUES ('oms_trader', 'second')")
    # A superuser's session, so that it can take the place of the trader, and of the owner where only that may COPY.
    caller = connect("admin")
    caller.execute("SET SESSION AUTHORIZATION trader")
    admin.execute("SET session_replication_role = replica")

    def empty() -> None:
        admin.execute(
            "TRUNCATE oms.orders, oms.fills, oms.positions, oms.position_lots, oms.order_events, oms.order_requests,"
            " oms.execution_reports RESTART IDENTITY"
        )
        admin.execute("ALTER SEQUENCE oms.fills_fill_id_seq RESTART")

    class Driven(Callers):
        conn = caller
        done: ClassVar[dict[str, int]] = {}

    Driven.empty = staticmethod(empty)
    run_state_machine_as_test(Driven, settings=PROFILE)
    kinds = {key.rsplit(" ", 1)[0] for key in Driven.done if key.endswith(" done")}
    for key in sorted(Driven.done):
        print(f"{Driven.done[key]:6} {key}")  # noqa: T201
    assert {"insert", "copy orders", "fills by copy", "fills by insert", "cancel", "correct", "close_position"} <= kinds
    assert {"record_attempt", "claim_manual_order", "dismiss_manual_order"} <= kinds
    assert {"adjust_quantities", "cancel_pending_reentries"} <= kinds
