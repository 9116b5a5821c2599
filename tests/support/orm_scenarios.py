"""What each event is: done as a call, or as columns; and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from support.fold_orders import call, execute, place
from support.fold_tables import Conn

NOW, OCCURRED, FILL = "recorded_at of the event", "occurred_at of the event", "the fill of the event"
Changes = dict[str, Any]


@dataclass
class Event:
    """One event; `changes` as the row shows them, with NOW and the like for what differs from run to run."""

    event_type: str
    from_status: str | None
    to_status: str
    reason: str | None
    changes: Changes
    execution: tuple[Decimal, Decimal | None] | None = None
    checked: bool = False


@dataclass
class Scenario:
    """What is done, as a call and as columns, and what comes of it for the last order set up, and for those before."""

    call: str
    arguments: Changes
    columns: Changes
    expected: list[list[Event]]
    setup: Callable[[Conn], list[int]] = field(default=lambda _: [])


def _placed(conn: Conn) -> list[int]:
    return [place(conn)]


def _failed(conn: Conn) -> list[int]:
    order_id = place(conn)
    call(conn, "mark_rejected", order_id, "no margin")
    return [order_id]


def _held_and_exit(conn: Conn) -> list[int]:
    entry = place(conn, quantity=4)
    execute(conn, entry, price=100)
    return [entry, place(conn, side="sell", quantity=4)]


PLACED = {"symbol": "INFY", "side": "buy", "quantity": Decimal(10), "leaves_qty": Decimal(10), "placed_at": NOW}
AMO = {"variety": "amo", "order_type": "limit", "limit_price": Decimal("99.5"), "client_order_id": "c1"}
BOOKED = {"execution_time": OCCURRED, "filled_at": NOW, "accepted_at": NOW, "last_fill_id": FILL}
ENDED = {"leaves_qty": Decimal(0), "cancelled_qty": Decimal(10), "closed_at": NOW}
FAILED = {"leaves_qty": Decimal(0), "first_failed_at": NOW}

SCENARIOS = {
    "placed": Scenario(
        "place_order",
        {"symbol": "INFY", "side": "buy", "quantity": 10, **AMO},
        {"symbol": "INFY", "side": "buy", "quantity": 10, **AMO},
        [[Event("placed", None, "pending", "Order placed - waiting for market open", {**PLACED, **AMO})]],
    ),
    "status check": Scenario("record_status_check", {}, {"last_status_check": datetime.now(UTC)}, [[]], _placed),
    "executed": Scenario(
        "mark_executed",
        {"last_price": Decimal("102.5"), "last_qty": 10},
        {"status": "ongoing", "execution_qty": 10, "execution_price": Decimal("102.5")},
        [
            [
                Event(
                    "executed",
                    "pending",
                    "ongoing",
                    "Order executed at Rs 102.50",
                    {
                        **BOOKED,
                        "execution_qty": Decimal(10),
                        "execution_price": Decimal("102.5"),
                        "leaves_qty": Decimal(0),
                        "open_qty": Decimal(10),
                    },
                    (Decimal(10), Decimal("102.5")),
                    checked=True,
                )
            ]
        ],
        _placed,
    ),
    "partly executed": Scenario(
        "mark_executed",
        {"last_price": 102, "last_qty": 4},
        {"execution_qty": 4, "execution_price": 102},
        [
            [
                Event(
                    "executed",
                    "pending",
                    "ongoing",
                    "Order executed at Rs 102.00",
                    {
                        **BOOKED,
                        "execution_qty": Decimal(4),
                        "execution_price": Decimal(102),
                        "leaves_qty": Decimal(6),
                        "open_qty": Decimal(4),
                    },
                    (Decimal(4), Decimal(102)),
                    checked=True,
                )
            ]
        ],
        _placed,
    ),
    "rejected": Scenario(
        "mark_rejected",
        {"rejection_reason": "no margin"},
        {"status": "failed", "rejection_reason": "no margin"},
        [
            [
                Event(
                    "rejected",
                    "pending",
                    "failed",
                    "Broker rejected: no margin",
                    {**FAILED, "rejection_reason": "no margin"},
                    checked=True,
                )
            ]
        ],
        _placed,
    ),
    "cancelled": Scenario(
        "mark_cancelled",
        {"cancelled_reason": "Cancelled by the desk"},
        {"status": "cancelled", "reason": "Cancelled by the desk"},
        [
            [
                Event(
                    "cancelled",
                    "pending",
                    "cancelled",
                    "Cancelled by the desk",
                    {**ENDED, "end_reason": "cancelled"},
                    checked=True,
                )
            ]
        ],
        _placed,
    ),
    "failed": Scenario(
        "mark_failed",
        {"failure_reason": "no network"},
        {"status": "failed", "reason": "no network"},
        [
            [
                Event(
                    "failed",
                    "pending",
                    "failed",
                    "no network",
                    {**FAILED, "last_retry_attempt": NOW, "retry_count": 1},
                )
            ]
        ],
        _placed,
    ),
    "modified": Scenario(
        "modify_order",
        {"limit_price": 101, "order_type": "limit"},
        {"limit_price": 101, "order_type": "limit"},
        [[Event("modified", "pending", "pending", None, {"limit_price": Decimal(101), "order_type": "limit"})]],
        _placed,
    ),
    "quantity adjusted": Scenario(
        "adjust_quantity",
        {"quantity": 12},
        {"quantity": 12},
        [
            [
                Event(
                    "quantity_adjusted",
                    "pending",
                    "pending",
                    None,
                    {"quantity": Decimal(12), "leaves_qty": Decimal(12), "quantity_adjusted_at": NOW},
                )
            ]
        ],
        _placed,
    ),
    "closed by its exit": Scenario(
        "mark_executed",
        {"last_price": 110, "last_qty": 4},
        {"execution_qty": 4, "execution_price": 110},
        [
            [
                Event("closed", "ongoing", "closed", "Position closed", {"open_qty": Decimal(0), "closed_at": NOW}),
            ],
            [
                Event(
                    "executed",
                    "pending",
                    "closed",
                    "Order executed at Rs 110.00",
                    {
                        **BOOKED,
                        "execution_qty": Decimal(4),
                        "execution_price": Decimal(110),
                        "leaves_qty": Decimal(0),
                        "closed_at": NOW,
                    },
                    (Decimal(4), Decimal(110)),
                    checked=True,
                )
            ],
        ],
        _held_and_exit,
    ),
    "manual order seen": Scenario(
        "record_manual_order",
        {"broker_order_id": "b1", "symbol": "INFY", "side": "buy", "quantity": 10, "price": 100},
        {
            "broker_order_id": "b1",
            "symbol": "INFY",
            "side": "buy",
            "quantity": 10,
            "order_type": "limit",
            "limit_price": 100,
            "entry_type": "manual",
        },
        [
            [
                Event(
                    "manual_detected",
                    None,
                    "pending",
                    "Manual order detected",
                    {
                        **PLACED,
                        "order_type": "limit",
                        "limit_price": Decimal(100),
                        "entry_type": "manual",
                        "broker_order_id": "b1",
                        "accepted_at": NOW,
                        "manual_detected_at": NOW,
                    },
                )
            ]
        ],
    ),
    "manual order linked": Scenario(
        "record_manual_order",
        {"broker_order_id": "b2", "symbol": "INFY", "side": "buy", "quantity": 10},
        {
            "status": "pending",
            "broker_order_id": "b2",
            "entry_type": "manual",
            "reason": "Manual order detected",
        },
        [
            [
                Event(
                    "manual_detected",
                    "failed",
                    "pending",
                    "Manual order detected",
                    {
                        "entry_type": "manual",
                        "broker_order_id": "b2",
                        "accepted_at": NOW,
                        "manual_detected_at": NOW,
                        "leaves_qty": Decimal(10),
                        "rejection_reason": None,
                    },
                )
            ]
        ],
        _failed,
    ),
    "accepted": Scenario(
        "accept_order",
        {"broker_order_id": "b3"},
        {"broker_order_id": "b3"},
        [[Event("accepted", "pending", "pending", None, {"broker_order_id": "b3", "accepted_at": NOW})]],
        _placed,
    ),
    "retried": Scenario(
        "retry_order",
        {},
        {"status": "pending"},
        [
            [
                Event(
                    "retried",
                    "failed",
                    "pending",
                    "Order retried",
                    {"leaves_qty": Decimal(10), "rejection_reason": None},
                )
            ]
        ],
        _failed,
    ),
    "expired": Scenario(
        "expire_order",
        {},
        {"end_reason": "expired"},
        [[Event("expired", "pending", "cancelled", "Order expired", {**ENDED, "end_reason": "expired"})]],
        _placed,
    ),
}
