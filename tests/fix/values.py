"""The values of a scenario file: checked, and as the types they mean."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

# Day 1 of every scenario that counts days.
FIRST_DAY = date(2026, 1, 5)

_RATIO = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:(?::|/|for)\s*(\d+(?:\.\d+)?)\s*)?", re.IGNORECASE)
_DAY = re.compile(r"\s*day\s*(\d+)", re.IGNORECASE)
_FLAGS = {True: True, False: False, "Y": True, "N": False}


class ScenarioError(Exception):
    """The file isn't what it should be; the message says where and why."""


def text(row: dict[str, Any], key: str) -> str | None:
    """A string, null where there is none."""
    value = row.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ScenarioError(f"{key} is not a text: {value!r}")
    return value


def number(row: dict[str, Any], key: str) -> Decimal | None:
    """A finite number, null where there is none."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise ScenarioError(f"{key} is not a number: {value!r}")
    return Decimal(value)


def flag(row: dict[str, Any], key: str) -> bool | None:
    """True or false (also Y, N), null where nothing is said."""
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, bool | str) or value not in _FLAGS:
        raise ScenarioError(f"{key} is neither true nor false: {value!r}")
    return _FLAGS[value]


def ratio(row: dict[str, Any], key: str) -> Decimal | None:
    """How many new units an old one becomes: 2, "2:1", "2/1", "2 for 1"."""
    value = row.get(key)
    if isinstance(value, str):
        found = _RATIO.fullmatch(value)
        if found is None or Decimal(found[2] or 1) == 0:
            raise ScenarioError(f"{key} is not a ratio: {value!r}")
        return Decimal(found[1]) / Decimal(found[2] or 1)
    return number(row, key)


def day(row: dict[str, Any]) -> int | None:
    """The day the row counts: its trade_day, else what its time begins with ("Day 2,1")."""
    told = number(row, "trade_day")
    if told is not None:
        if told != int(told) or told < 1:
            raise ScenarioError(f"trade_day is not a day: {told}")
        return int(told)
    found = _DAY.match(str(row.get("time", "")))
    return max(int(found[1]), 1) if found else None


def trade_dates(rows: list[dict[str, Any]]) -> list[date | None]:
    """The date of each row, the latest day told so far; none at all where no row counts days."""
    days = [day(row) for row in rows]
    if not any(days):
        return [None] * len(rows)
    dates: list[date | None] = []
    latest = 1
    for counted in days:
        latest = counted or latest
        dates.append(FIRST_DAY + timedelta(days=latest - 1))
    return dates
