"""What the calls return: frozen dataclasses, one field per column that this release knows.

Quantities and prices are `Decimal`, times are aware `datetime`. Field names are column names of `oms.orders` and
of the query functions; a column that a newer schema adds is simply not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

Side = Literal["buy", "sell"]
Status = Literal["pending", "ongoing", "closed", "failed", "cancelled"]
OrderType = Literal["market", "limit", "stop", "stop_limit"]
TimeInForce = Literal["day", "gtc", "gtd", "ioc", "fok", "opg"]
EntryType = Literal["initial", "reentry", "manual"]
TradeMode = Literal["paper", "broker"]
EndReason = Literal["cancelled", "expired", "rejected", "failed", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it is now (from `order_as_of`: as it was)."""

    order_id: int
    account: str
    client_order_id: str | None
    broker: str
    broker_order_id: str | None
    parent_order_id: int | None
    symbol: str
    side: Side
    book: str
    strategy_id: str | None
    order_type: OrderType
    time_in_force: TimeInForce
    variety: str
    entry_type: EntryType
    trade_mode: TradeMode
    quantity: Decimal | None
    cash_quantity: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    status: Status
    reason: str | None
    rejection_reason: str | None
    end_reason: EndReason | None
    hold: str | None
    execution_qty: Decimal
    execution_price: Decimal | None
    cancelled_qty: Decimal
    leaves_qty: Decimal | None
    open_qty: Decimal
    placed_at: datetime
    accepted_at: datetime | None
    updated_at: datetime
    last_status_check: datetime | None
    execution_time: datetime | None
    filled_at: datetime | None
    first_failed_at: datetime | None
    last_retry_attempt: datetime | None
    quantity_adjusted_at: datetime | None
    manual_detected_at: datetime | None
    closed_at: datetime | None
    retry_count: int
    version: int
    order_metadata: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One event of one order. `since_previous` is None for the first."""

    seq: int
    event_type: str
    from_status: Status | None
    to_status: Status
    recorded_at: datetime
    occurred_at: datetime | None
    since_previous: timedelta | None
    actor: str | None
    db_user: str
    application: str | None
    reason: str | None
    correlation_id: str | None
    exec_id: str | None
    last_qty: Decimal | None
    last_price: Decimal | None
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What is held of one symbol in one book: above zero long, below zero short."""

    account: str
    symbol: str
    book: str
    quantity: Decimal
    average_price: Decimal | None
    opened_at: datetime | None
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """How many orders stand in one status, how many of them can still execute, how many still hold something."""

    status: Status
    orders: int
    working: int
    held: int
    oldest_placed_at: datetime | None
    newest_updated_at: datetime | None
