"""Compares what a row demands with what oms.fix_fields answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .scenario import Check, Value

# Digits after the point in which an average price has to agree, however short the file writes it.
_PLACES = 4


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A demand that isn't met."""

    field: str
    expected: str
    got: str


def compare(checks: tuple[Check, ...], got: Mapping[str, Any]) -> list[Mismatch]:
    """All demands that the fields don't meet."""
    mismatches = []
    for check in checks:
        value = _value(check.field, got)
        if not _agrees(check, value, got):
            mismatches.append(Mismatch(check.name, _show(check.value), _show(value)))
    return mismatches


def _value(field: str, got: Mapping[str, Any]) -> Value:
    if field == "residual_qty":
        quantities = [got["order_qty"], got["cum_qty"], got["leaves_qty"]]
        return None if None in quantities else quantities[0] - quantities[1] - quantities[2]
    value: Value = got[field]
    return value


def _agrees(check: Check, value: Value, got: Mapping[str, Any]) -> bool:
    if check.field == "ord_status":
        return str(value).lower() in _statuses(str(check.value).lower(), got)
    if check.field == "avg_px":
        return _same_price(check.value, value, executed=bool(got["cum_qty"]))
    if value is None and got["order_qty"] is None:
        # Only cash is ordered so far; FIX writes a quantity that isn't known yet as 0.
        return not check.value
    return value == check.value


def _statuses(expected: str, got: Mapping[str, Any]) -> set[str]:
    """From FIX 4.3 on there is no status Replaced: such an order is new, or partially filled."""
    if expected != "replaced":
        return {expected}
    return {expected, "partially filled" if got["cum_qty"] else "new"}


def _same_price(expected: Value, value: Value, *, executed: bool) -> bool:
    """Whether two average prices agree as far as both are written; 0 is none while nothing is executed."""
    prices = [price or None if not executed else price for price in (expected, value)]
    if None in prices:
        return prices == [None, None]
    left, right = (Decimal(str(price)) for price in prices)
    places = max(_PLACES, min(_places(left), _places(right)))
    return abs(left - right) * 2 <= Decimal(10) ** -places


def _places(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _show(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    return f"{value.normalize():f}" if value.is_finite() else str(value)
