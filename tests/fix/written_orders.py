"""Orders that wait, rest or are refused. Values follow FIX's rules."""

from __future__ import annotations

from typing import Any

from .rows import PLACED, cancel_request, new_order, report, scenario, trade


def cash() -> dict[str, Any]:
    """The quantity is known once the broker has accepted the cash."""
    return scenario(
        "cash order",
        new_order("X", None, cash_order_qty=10000),
        report("X", "Rejected", "Rejected", (0, 0, 0), alt=True),
        report("X", "Pending New", "Pending New", None, cum_qty=0),
        report("X", "New", "New", (200, 0, 200)),
        trade("X", 200, "Filled", (200, 200, 0), last_px=50, avg_px=50),
    )


def triggered() -> dict[str, Any]:
    """A stop order rests as New, first not working, then working."""
    return scenario(
        "triggered",
        new_order("X", 100),
        report("X", "New", "New", (100, 0, 100), working=False),
        report("X", "Triggered", "New", (100, 0, 100), working=True),
        trade("X", 100, "Filled", (100, 100, 0), last_px=9, avg_px=9),
    )


def suspended() -> dict[str, Any]:
    """A suspension outranks Partially Filled, and ends with a restatement."""
    return scenario(
        "suspended, resumed",
        *PLACED,
        trade("X", 400, "Partially Filled", (1000, 400, 600)),
        report("X", "Suspended", "Suspended", (1000, 400, 600)),
        report("X", "Restated", "Partially Filled", (1000, 400, 600), resume=True),
        trade("X", 600, "Filled", (1000, 1000, 0)),
    )


def suspended_canceled() -> dict[str, Any]:
    """An end clears the suspension, which would outrank it."""
    return scenario(
        "suspended, canceled",
        *PLACED,
        report("X", "Suspended", "Suspended", (1000, 0, 1000)),
        cancel_request("Y", "X"),
        report("Y,X", "Pending Cancel", "Pending Cancel", (1000, 0, 1000)),
        report("Y,X", "Canceled", "Canceled", (1000, 0, 0)),
    )


def forks() -> dict[str, Any]:
    """What only happens on the side is forgotten, each time."""
    return scenario(
        "forks",
        new_order("X", 1000),
        report("X", "Rejected", "Rejected", (1000, 0, 0), alt=True),
        report("X", "New", "New", (1000, 0, 1000), alt=True),
        trade("X", 400, "Partially Filled", (1000, 400, 600), alt=True),
        trade("X", 500, "Partially Filled", (1000, 500, 500), alt=True),
        report("X", "Pending New", "Pending New", (1000, 0, 1000)),
        report("X", "New", "New", (1000, 0, 1000)),
    )


SCENARIOS = [
    cash(),
    triggered(),
    suspended(),
    suspended_canceled(),
    forks(),
]
