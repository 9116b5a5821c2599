"""What reports alone tell: orders nobody placed, nobody knows, somebody placed twice. Values follow FIX's rules."""

from __future__ import annotations

from typing import Any

from .rows import (
    PLACED,
    Row,
    cancel_reject,
    cancel_request,
    new_order,
    out_of_band,
    replace_request,
    report,
    scenario,
    trade,
)


def telephoned() -> dict[str, Any]:
    """No ClOrdID at all: the broker's reports are the first we hear, in the agreed quantity."""
    return scenario(
        "telephoned",
        out_of_band(order_qty_verbal=500),
        report(None, "New", "New", (500, 0, 500)),
        trade(None, 200, "Partially Filled", (500, 200, 300), last_px=10, avg_px=10),
        report(None, "Canceled", "Canceled", (500, 200, 0), reason="verbal change"),
    )


def telephoned_told_by_a_fill() -> dict[str, Any]:
    return scenario(
        "telephoned, told by a fill",
        out_of_band(),
        trade(None, 200, "Partially Filled", (500, 200, 300)),
        trade(None, 300, "Filled", (500, 500, 0)),
    )


def unknown_order() -> dict[str, Any]:
    """Nobody knows the order: Rejected, nothing of anything."""
    nothing = {"quantity": 0, "execution_qty": 0, "leaves_qty": 0, "avg_px": None}
    return scenario(
        "unknown order",
        cancel_request("Y", "X"),
        cancel_reject("Y", "X", "Rejected", reason="unknown order", expect=nothing),
        {"msg": "status_request", "cl_ord_id": "Z"},
        report("Z", "Order Status", "Rejected", (0, 0, 0), expect=nothing),
        new_order("W", 10),
        report("W", "New", "New", (10, 0, 10)),
    )


def asked_for() -> dict[str, Any]:
    """Answers to status requests, the first before the order is acknowledged, say how it is and change nothing."""
    asks: Row = {"msg": "status_request", "cl_ord_id": "X"}
    return scenario(
        "asked for",
        new_order("X", 1000),
        asks,
        report("X", "Order Status", "Pending New", (1000, 0, 1000)),
        report("X", "New", "New", (1000, 0, 1000)),
        replace_request("Y", "X", 2000),
        asks,
        report("X", "Order Status", "New", (1000, 0, 1000)),
        report("Y,X", "Pending Replace", "Pending Replace", (1000, 0, 1000)),
        report("Y,X", "Order Status", "Pending Replace", (1000, 0, 1000)),
        report("Y,X", "Replace", "New", (2000, 0, 2000)),
        report("X", "Order Status", "New", (2000, 0, 2000)),
        trade("Y", 2000, "Filled", (2000, 2000, 0)),
    )


def resent() -> dict[str, Any]:
    """An order sent again with PossResend is the same order; with other content it is refused, and nothing happens."""
    return scenario(
        "resent",
        *PLACED,
        new_order("X", 1000, poss_resend=True),
        report("X", "Order Status", "New", (1000, 0, 1000)),
        new_order("X", 1500),
        report("X", "Rejected", "New", (1000, 0, 1000), reason="duplicate order"),
        report("X", "Rejected", "Rejected", (1000, 0, 0), reason="exchange closed"),
    )


SCENARIOS = [
    telephoned(),
    telephoned_told_by_a_fill(),
    unknown_order(),
    asked_for(),
    resent(),
]
