"""Requests: granted less, refused, decided at once. Values follow FIX's rules."""

from __future__ import annotations

from typing import Any

from .rows import PLACED, cancel_reject, cancel_request, replace_request, report, scenario, trade


def replaced_4_2() -> dict[str, Any]:
    """OrdStatus Replaced is what later versions call New."""
    return scenario(
        "4.2 replaced",
        *PLACED,
        replace_request("Y", "X", 1100),
        report("Y,X", "Replaced", "Replaced", (1100, 0, 1100), exec_trans_type="New"),
        version="4.2",
    )


def replaced_below_executed() -> dict[str, Any]:
    """Less than what is executed means: stop executing. Granted is what is executed."""
    return scenario(
        "replace below CumQty",
        *PLACED,
        trade("X", 600, "Partially Filled", (1000, 600, 400)),
        replace_request("Y", "X", 500),
        report("Y,X", "Pending Replace", "Pending Replace", (1000, 600, 400)),
        report("Y,X", "Replace", "Filled", (600, 600, 0)),
    )


def second_replace_rejected() -> dict[str, Any]:
    """The refusal of the second leaves the first one pending."""
    return scenario(
        "second of two replaces rejected",
        *PLACED,
        replace_request("Y", "X", 1200),
        replace_request("Z", "Y", 1500),
        report("Y,X", "Pending Replace", "Pending Replace", (1000, 0, 1000)),
        cancel_reject("Z", "Y", "Pending Replace", reason="broker option"),
        trade("X", 100, "Pending Replace", (1000, 100, 900)),
        report("Y,X", "Replace", "Partially Filled", (1200, 100, 1100)),
        trade("Y", 1100, "Filled", (1200, 1200, 0)),
    )


def first_replace_rejected() -> dict[str, Any]:
    """The second was chained to a request that failed; refused in turn, it leaves the order as it was."""
    return scenario(
        "both of two replaces rejected",
        *PLACED,
        replace_request("Y", "X", 1200),
        replace_request("Z", "Y", 1500),
        report("Y,X", "Pending Replace", "Pending Replace", (1000, 0, 1000)),
        cancel_reject("Y", "X", "New", reason="broker option"),
        cancel_reject("Z", "X", "New", reason="unknown order"),
        trade("X", 1000, "Filled", (1000, 1000, 0)),
    )


def decided_at_once() -> dict[str, Any]:
    """Without a Pending report; also where the request never reached us, or was never made."""
    return scenario(
        "decided at once",
        *PLACED,
        replace_request("Y", "X", 800, price=9),
        report("Y,X", "Replace", "New", (800, 0, 800), price=9),
        report("V,Y", "Pending Replace", "Pending Replace", (800, 0, 800), alt=True),
        report("V,Y", "Replace", "New", (900, 0, 900), alt=True),
        report("Y", "Canceled", "Canceled", (800, 0, 0), alt=True),
        report("V,Y", "Canceled", "Canceled", (800, 0, 0), alt=True),
        cancel_request("Z", "Y"),
        cancel_request("Z", "Y", poss_resend=True),
        report("Z,Y", "Canceled", "Canceled", (800, 0, 0)),
    )


SCENARIOS = [
    replaced_4_2(),
    replaced_below_executed(),
    second_replace_rejected(),
    first_replace_rejected(),
    decided_at_once(),
]
