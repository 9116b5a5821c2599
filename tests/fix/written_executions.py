"""Executions: their encodings, busts, corrections, and what they leave when the order ends, by FIX's rules."""

from __future__ import annotations

from typing import Any

from .rows import PLACED, Row, cancel_request, new_order, replace_request, report, scenario, trade


def version_4_2() -> dict[str, Any]:
    """Executions are Partial Fill and Fill; ExecTransType says what is canceled, corrected, only asked for."""

    def said(transaction: str, exec_type: str, status: str, quantities: tuple[int, int, int], **more: object) -> Row:
        return report("X", exec_type, status, quantities, exec_trans_type=transaction, **more)

    return scenario(
        "4.2 encodings",
        new_order("X", 1000),
        said("New", "New", "New", (1000, 0, 1000)),
        said("New", "Partial Fill", "Partially Filled", (1000, 100, 900), last_qty=100, last_px=10,
             exec_id="A", avg_px=10),
        said("New", "Fill", "Filled", (1000, 1000, 0), last_qty=900, last_px=20, exec_id="B", avg_px=19),
        said("Cancel", "Partial Fill", "Partially Filled", (1000, 900, 100), exec_id="C", exec_ref_id="A", avg_px=20),
        said("Correct", "Partial Fill", "Partially Filled", (1000, 900, 100), last_qty=900, last_px=30,
             exec_id="D", exec_ref_id="B", avg_px=30),
        {"msg": "status_request", "cl_ord_id": "X"},
        said("Status", "Partial Fill", "Partially Filled", (1000, 900, 100), last_qty=900, avg_px=30),
        said("Correct", "Fill", "Partially Filled", (1000, 800, 200), last_qty=800, last_px=30,
             exec_id="E", exec_ref_id="D", avg_px=30),
        replace_request("Y", "X", 1100),
        report("Y,X", "Pending Replace", "Pending Replace", (1000, 800, 200), exec_trans_type="New"),
        report("Y,X", "Replaced", "Partially Filled", (1100, 800, 300), exec_trans_type="New"),
        version="4.2",
    )  # fmt: skip


def late_trade() -> dict[str, Any]:
    """Canceled outranks Partially Filled, also where the fill comes later."""
    return scenario(
        "late trade",
        *PLACED,
        cancel_request("Y", "X"),
        report("Y,X", "Pending Cancel", "Pending Cancel", (1000, 0, 1000)),
        trade("X", 100, "Pending Cancel", (1000, 100, 900)),
        report("Y,X", "Canceled", "Canceled", (1000, 100, 0)),
        trade("X", 200, "Canceled", (1000, 300, 0), exec_id="A"),
        report("X", "Trade Cancel", "Canceled", (1000, 100, 0), exec_id="B", exec_ref_id="A"),
    )


def done_for_day() -> dict[str, Any]:
    """A day order ends with it, and stays so whatever is corrected or taken back."""
    return scenario(
        "done for day",
        *PLACED,
        report("X", "Done for Day", "Done for Day", (1000, 0, 0), alt=True),
        trade("X", 400, "Partially Filled", (1000, 400, 600), last_px=10, exec_id="A"),
        report("X", "Done for Day", "Done for Day", (1000, 400, 0)),
        report("X", "Trade Correct", "Done for Day", (1000, 300, 0), last_qty=300, last_px=12, exec_id="B",
               exec_ref_id="A", avg_px=12),
        report("X", "Trade Cancel", "Done for Day", (1000, 0, 0), exec_ref_id="B"),
    )  # fmt: skip


def stopped() -> dict[str, Any]:
    """The guaranteed quantity is no execution; an end clears the stop, which would outrank it."""
    return scenario(
        "stopped",
        *PLACED,
        report("X", "Stopped", "Stopped", (1000, 0, 1000), last_qty=100, last_px=10, guarantee=True),
        trade("X", 100, "Stopped", (1000, 100, 900), last_px=9, avg_px=9),
        trade("X", 900, "Filled", (1000, 1000, 0), last_px=9, alt=True),
        report("X", "Canceled", "Canceled", (1000, 100, 0)),
    )


def calculated() -> dict[str, Any]:
    """Calculated outranks Filled."""
    return scenario(
        "calculated",
        *PLACED,
        trade("X", 1000, "Filled", (1000, 1000, 0)),
        report("X", "Calculated", "Calculated", (1000, 1000, 0)),
    )


def expired() -> dict[str, Any]:
    return scenario(
        "expired",
        *PLACED,
        report("X", "Expired", "Expired", (1000, 0, 0), alt=True),
        trade("X", 300, "Partially Filled", (1000, 300, 700)),
        report("X", "Expired", "Expired", (1000, 300, 0)),
    )


SCENARIOS = [
    version_4_2(),
    late_trade(),
    done_for_day(),
    stopped(),
    calculated(),
    expired(),
]
