"""What the calls return: frozen dataclasses, one field per column that this release knows.

Quantities and prices are `Decimal`, times are aware `datetime`. Field names are column names of `oms.orders`,
`oms.order_requests`, `oms.reconciliation_decisions` and the query functions; a column that a newer schema adds is
simply not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

Side = Literal["buy", "sell"]
Status = Literal["pending", "ongoing", "closed", "failed", "cancelled"]
OrderType = Literal["market", "limit", "stop", "stop_limit"]
TimeInForce = Literal["day", "gtc", "gtd", "ioc", "fok", "opg"]
EntryType = Literal["initial", "reentry", "manual"]
TradeMode = Literal["paper", "broker"]
EndReason = Literal["cancelled", "expired", "done_for_day", "rejected", "failed", "closed"]
Hold = Literal["done_for_day", "suspended", "stopped", "calculated", "not_triggered"]
RequestKind = Literal["cancel", "replace"]
RequestState = Literal["received", "pending", "accepted", "rejected", "superseded"]
DecisionKind = Literal[
    "matched",
    "accepted",
    "executed",
    "cancelled",
    "rejected",
    "modified",
    "manual",
    "missing",
    "lost",
    "stale",
    "discrepancy",
]


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
    hold: Hold | None
    trade_date: date | None
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
    restated_at: datetime | None
    closed_at: datetime | None
    retry_count: int
    version: int
    order_metadata: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """A request to cancel or replace an order: what was asked, and what became of it.

    `order_id` is None where nobody knew the order (the request is rejected then); a None among the values asked for
    keeps what the order has. The granted ones are what the order had once a replace was accepted.
    """

    client_order_id: str
    account: str
    orig_client_order_id: str | None
    order_id: int | None
    kind: RequestKind
    state: RequestState
    quantity: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    granted_quantity: Decimal | None
    granted_limit_price: Decimal | None
    granted_stop_price: Decimal | None
    reason: str | None
    rejection_reason: str | None
    actor: str | None
    db_user: str
    received_at: datetime
    pending_at: datetime | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What reconciling a broker's book decided about one order; see the README for what each does.

    `reconciliation_id` is None in the plan of a dry run, `order_id` where there is no order, or not yet. `changes` has
    the new values by column, of an execution the list `fills`; its numbers are `Decimal`. `digest` is of the entry in
    the book (SHA-256, hexadecimal).
    """

    reconciliation_id: int | None
    decision_no: int
    account: str
    decision: DecisionKind
    order_id: int | None
    broker_order_id: str | None
    symbol: str | None
    changes: dict[str, Any]
    reason: str | None
    occurred_at: datetime | None
    digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixFields:
    """An order as a FIX execution report tells it: quantities in units, the average price per unit.

    `ord_status` is FIX's name of it ("Partially Filled"), `order_id` the broker's id, else ours. `avg_px` is None while
    unknown, the quantities of the order where a cash order has none yet.
    """

    ord_status: str
    order_qty: Decimal | None
    cum_qty: Decimal
    leaves_qty: Decimal | None
    avg_px: Decimal | None
    day_order_qty: Decimal | None
    day_cum_qty: Decimal | None
    cl_ord_id: str | None
    orig_cl_ord_id: str | None
    order_id: str


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
