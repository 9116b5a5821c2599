"""Compares what the clients were told with what the database holds: rows against rows, nothing asked of the product."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from support.fold_invariants import check_state

from .journal import Write

Row = dict[str, Any]
Snapshot = dict[str, list[Row]]


@dataclass(slots=True)
class Verdict:
    """What is wrong, each in words; all empty is the proof."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def check(acknowledged: Iterable[Write], snapshot: Snapshot, gaps: Sequence[Row]) -> Verdict:
    """Every acknowledged write is there, as acknowledged and once; nothing else is; the invariants hold."""
    verdict = Verdict(gaps=[f"{gap['gap']}: order {gap['order_id']}, {gap['detail']}" for gap in gaps])
    by_order: dict[str, list[Write]] = defaultdict(list)
    for write in acknowledged:
        by_order[write.client_order_id].append(write)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in snapshot["orders"]:
        rows[row["client_order_id"]].append(row)
    fills, events = _by_order_id(snapshot["fills"]), _by_order_id(snapshot["events"])
    for name, writes in by_order.items():
        _check_order(verdict, name, writes, rows.pop(name, []), fills, events)
    verdict.doubled += [f"order {name}: nobody was told of it" for name in rows]
    try:
        check_state(snapshot)
    except AssertionError as error:
        verdict.gaps.append(f"invariant: {error}")
    return verdict


def _by_order_id(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(row)
    return found


def _check_order(
    verdict: Verdict,
    name: str,
    writes: Sequence[Write],
    rows: Sequence[Row],
    fills: dict[int, list[Row]],
    events: dict[int, list[Row]],
) -> None:
    if not rows:
        verdict.lost += [f"{write.kind} {name}" for write in writes]
        return
    verdict.doubled += [f"order {name} again" for _ in rows[1:]]
    row = rows[0]
    verdict.lost += [f"{write.kind} {name}: {write.content}" for write in writes if not _shows(row, write)]
    booked = [(fill["exec_id"], fill["quantity"], fill["price"]) for fill in fills[row["order_id"]]]
    _compare_fills(verdict, name, writes, booked)
    counted = Counter(event["event_type"] for event in events[row["order_id"]])
    once = {"placed": 1, "accepted": 1, "cancelled": 1, "executed": len(booked)}
    verdict.doubled += [f"event {kind} of {name}" for kind, limit in once.items() if counted[kind] > limit]


def _shows(row: Row, write: Write) -> bool:
    """Whether the order's row shows the effect of a write (of a fill: see the fills)."""
    said = write.content
    match write.kind:
        case "place":
            return all(row[column] == said[column] for column in ("symbol", "side", "quantity"))
        case "accept":
            return bool(row["broker_order_id"] == said["broker_order_id"] and row["accepted_at"])
        case "cancel":
            return bool(row["leaves_qty"] == 0 and row["end_reason"])
        case "reconcile":
            ended = row["leaves_qty"] == 0 and row["end_reason"]
            return bool(row["broker_order_id"] == said["broker_order_id"] and ended)
        case "fill":
            return True


def _compare_fills(
    verdict: Verdict, name: str, writes: Sequence[Write], booked: Sequence[tuple[Any, Any, Any]]
) -> None:
    """What was executed, by its execution id; what only a book's total tells of has an id of the product's own."""
    expected: Counter[tuple[Any, Any, Any]] = Counter()
    for write in writes:
        if write.kind == "fill":
            expected[write.content["exec_id"], write.content["quantity"], write.content["price"]] += 1
        elif write.kind == "reconcile":
            expected["synthetic", write.content["filled"], write.content["price"]] += 1
    found = Counter(
        ("synthetic" if str(exec_id).startswith("synthetic-") else exec_id, quantity, price)
        for exec_id, quantity, price in booked
    )
    verdict.lost += [f"fill {fill} of {name}" for fill in (expected - found).elements()]
    verdict.doubled += [f"fill {fill} of {name}" for fill in (found - expected).elements()]
