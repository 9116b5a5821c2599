"""The fold of an order's events into its row, written again from the log's description alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

# Columns the fold can't know: a heartbeat is no event.
NOT_LOGGED = frozenset({"last_status_check"})

TEXTS = frozenset(
    [
        "client_order_id",
        "broker",
        "broker_order_id",
        "symbol",
        "side",
        "book",
        "strategy_id",
        "order_type",
        "time_in_force",
        "variety",
        "entry_type",
        "trade_mode",
        "rejection_reason",
        "end_reason",
        "hold",
    ]
)
# Said of an order without changing it.
ANNOTATIONS = frozenset(
    [
        "attempted",
        "discrepancy",
        "dismissed",
        "duplicate_rejected",
        "request_received",
        "request_pending",
        "request_accepted",
        "request_rejected",
    ]
)
INTEGERS = frozenset({"parent_order_id", "last_fill_id", "retry_count"})
NUMBERS = frozenset(
    [
        "quantity",
        "cash_quantity",
        "limit_price",
        "stop_price",
        "execution_qty",
        "execution_price",
        "cancelled_qty",
        "leaves_qty",
        "open_qty",
    ]
)
STAMPS = frozenset(
    [
        "placed_at",
        "accepted_at",
        "filled_at",
        "first_failed_at",
        "last_retry_attempt",
        "quantity_adjusted_at",
        "manual_detected_at",
        "closed_at",
        "restated_at",
    ]
)


def blank() -> Row:
    """An order before its first event."""
    return {
        **dict.fromkeys(TEXTS | INTEGERS | NUMBERS | STAMPS | {"reason", "execution_time", "trade_date"}),
        "broker": "",
        "book": "",
        "order_type": "market",
        "time_in_force": "day",
        "variety": "regular",
        "entry_type": "initial",
        "trade_mode": "broker",
        "execution_qty": Decimal(0),
        "cancelled_qty": Decimal(0),
        "open_qty": Decimal(0),
        "last_fill_id": 0,
        "retry_count": 0,
        "order_metadata": {},
    }


def _value(column: str, written: Any, event: Row) -> Any:
    if column == "reason":
        return event["reason"] if written is True else written
    if column == "execution_time":
        if written is True:
            return event["occurred_at"]
        return None if written is None else datetime.fromisoformat(written)
    if column == "trade_date":
        return None if written is None else date.fromisoformat(written)
    if column in STAMPS:
        assert written is None or written is True, f"{column}: {written}"
        return None if written is None else event["recorded_at"]
    if column in NUMBERS:
        return None if written is None else Decimal(str(written))
    if column in TEXTS | INTEGERS | {"order_metadata"}:
        return written
    raise AssertionError(f"{column} has no place in changes")


def fold(events: Iterable[Row]) -> Row:
    """The order's row (without last_status_check) after these events, given in order of seq."""
    folded = blank()
    for event in events:
        for column, written in event["changes"].items():
            folded[column] = _value(column, written, event)
        folded["order_id"] = event["order_id"]
        folded["account"] = event["account"]
        folded["status"] = event["to_status"]
        folded["updated_at"] = event["recorded_at"]
        folded["version"] = event["seq"]
        if event["event_type"] not in ANNOTATIONS:
            folded["last_event"] = event["event_type"]
    return folded
