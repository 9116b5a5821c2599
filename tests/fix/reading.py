"""Reads a scenario file; whatever is wrong with it is said as one sentence."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from .demanding import checks_of
from .scenario import Scenario, Step
from .values import ScenarioError, flag, number, ratio, text, trade_dates
from .vocabulary import EXEC_TRANS_TYPES, EXEC_TYPES, EXECUTION, MESSAGES, RECEIVED, event_of


def read_scenarios(path: Path) -> list[Scenario]:
    """All scenarios of a file. Raises ScenarioError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ScenarioError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, list):
        raise ScenarioError(f"{path}: not a list of scenarios")
    scenarios = []
    for place, item in enumerate(content, 1):
        try:
            scenarios.append(_scenario(item))
        except ScenarioError as error:
            name = item.get("id") if isinstance(item, dict) else None
            raise ScenarioError(f"{path}: scenario {name or f'number {place}'}: {error}") from error
    return scenarios


def _scenario(item: Any) -> Scenario:
    if not isinstance(item, dict):
        raise ScenarioError("not an object")
    name = text(item, "id")
    if name is None:
        raise ScenarioError("without id")
    rows = item.get("steps")
    if not isinstance(rows, list) or not rows:
        raise ScenarioError("without steps")
    if not all(isinstance(row, dict) for row in rows):
        raise ScenarioError("a step is not an object")
    tif = text(item, "tif")
    steps = []
    for place, (row, trade_date) in enumerate(zip(rows, trade_dates(rows), strict=True), 1):
        try:
            steps.append(_step(place, row, tif, trade_date))
        except ScenarioError as error:
            raise ScenarioError(f"step {place} (time {row.get('time')}): {error}") from error
    return Scenario(name, str(item.get("fix_version") or ""), tuple(steps))


def _step(place: int, row: dict[str, Any], tif: str | None, trade_date: date | None) -> Step:
    msg = _word(row, "msg", {*MESSAGES, EXECUTION})
    exec_type = _word(row, "exec_type", EXEC_TYPES)
    exec_trans_type = _word(row, "exec_trans_type", EXEC_TRANS_TYPES)
    if msg is None:
        raise ScenarioError("without msg")
    if msg == EXECUTION and exec_type is None and exec_trans_type in (None, "New"):
        raise ScenarioError("an execution without exec_type")
    event = event_of(msg, exec_type, exec_trans_type)
    return Step(
        number=place,
        time=str(row.get("time", place)),
        event=event,
        checks=() if event in RECEIVED else checks_of(row),
        alt=flag(row, "alt") or False,
        cl_ord_id=text(row, "cl_ord_id"),
        orig_cl_ord_id=text(row, "orig_cl_ord_id"),
        exec_type=exec_type,
        exec_trans_type=exec_trans_type,
        exec_id=text(row, "exec_id"),
        exec_ref_id=text(row, "exec_ref_id"),
        order_qty=number(row, "order_qty"),
        order_qty_verbal=number(row, "order_qty_verbal"),
        cash_order_qty=number(row, "cash_order_qty"),
        last_qty=number(row, "last_qty"),
        last_px=number(row, "last_px"),
        price=number(row, "price"),
        split=ratio(row, "split"),
        tif=text(row, "tif") or tif,
        reason=text(row, "reason"),
        trade_date=trade_date,
        working=flag(row, "working"),
        resume=flag(row, "resume") or False,
        poss_resend=flag(row, "poss_resend") or False,
    )


def _word(row: dict[str, Any], key: str, known: Collection[str]) -> str | None:
    """A word of the vocabulary, in its spelling."""
    value = text(row, key)
    if value is None:
        return None
    for word in known:
        if word.lower() == value.lower():
            return word
    raise ScenarioError(f"unknown {key} {value!r}; known are: {', '.join(sorted(known))}")
