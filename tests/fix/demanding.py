"""What a row demands: its own literals, and what its `expect` repeats by rule."""

from __future__ import annotations

from typing import Any

from .scenario import Check
from .values import ScenarioError, number, text

_QUANTITIES = ("order_qty", "cum_qty", "leaves_qty", "avg_px", "day_order_qty", "day_cum_qty")

# expect's own words; its open_requests is no FIX field.
_EXPECT = {
    "quantity": "order_qty",
    "execution_qty": "cum_qty",
    "leaves_qty": "leaves_qty",
    "residual_qty": "residual_qty",
    "day_quantity": "day_order_qty",
    "day_execution_qty": "day_cum_qty",
}


def checks_of(row: dict[str, Any]) -> tuple[Check, ...]:
    """All demands of a row. A row with an anomaly demands only what `expect` says."""
    checks: list[Check] = []
    if not row.get("anomaly"):
        checks += _status(row, "ord_status")
        for key in _QUANTITIES:
            if (value := number(row, key)) is not None:
                checks.append(Check(key, key, value))
    expect = row.get("expect")
    if expect is None:
        return tuple(checks)
    if not isinstance(expect, dict):
        raise ScenarioError("expect is not an object")
    checks += _status(expect, "expect.ord_status")
    for key, field in _EXPECT.items():
        if (value := number(expect, key)) is not None:
            checks.append(Check(f"expect.{key}", field, value))
    if "avg_px" in expect:
        # Null is a demand too: the price of what was executed is unknown.
        checks.append(Check("expect.avg_px", "avg_px", number(expect, "avg_px")))
    return tuple(checks)


def _status(values: dict[str, Any], name: str) -> list[Check]:
    value = text(values, "ord_status")
    return [] if value is None else [Check(name, "ord_status", value)]
