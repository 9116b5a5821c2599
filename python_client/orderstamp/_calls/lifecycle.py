"""What happens to an order: placed, accepted, executed, rejected, cancelled, failed, retried, expired."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from orderstamp._calls.call import Bound, Call, Number, columns, order_call
from orderstamp.models import EntryType, Order, OrderType, Side, TimeInForce, TradeMode

_ORDER = columns(Order)

_PLACE_ORDER = f"""
SELECT {_ORDER} FROM oms.place_order(symbol => %(symbol)s, side => %(side)s, quantity => %(quantity)s,
  order_type => %(order_type)s, limit_price => %(limit_price)s, stop_price => %(stop_price)s,
  time_in_force => %(time_in_force)s, variety => %(variety)s, client_order_id => %(client_order_id)s,
  broker_order_id => %(broker_order_id)s, broker => %(broker)s, book => %(book)s, strategy_id => %(strategy_id)s,
  parent_order_id => %(parent_order_id)s, entry_type => %(entry_type)s, trade_mode => %(trade_mode)s,
  cash_quantity => %(cash_quantity)s, metadata => %(metadata)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def place_order(
    self: Bound,
    symbol: str,
    side: Side,
    quantity: Number | None,
    order_type: OrderType = "market",
    limit_price: Number | None = None,
    stop_price: Number | None = None,
    time_in_force: TimeInForce = "day",
    variety: str = "regular",
    *,
    client_order_id: str,
    broker_order_id: str | None = None,
    broker: str = "",
    book: str = "",
    strategy_id: str | None = None,
    parent_order_id: int | None = None,
    entry_type: EntryType = "initial",
    trade_mode: TradeMode = "broker",
    cash_quantity: Number | None = None,
    metadata: dict[str, Any] | None = None,
    reason: str | None = None,
    occurred_at: datetime | None = None,
) -> Call[Order]:
    """Record a new order, before it is sent: pending with `placed_at` (`oms.place_order`).

    `quantity` in units (None with `cash_quantity`, in money), prices per unit. `client_order_id` makes it safe to
    repeat: the same content returns the order as it is now, without writing anything.

    Raises DuplicateMismatch (that id was placed with other content), InvalidArgument, WrongAccount.
    """
    metadata = metadata or {}
    return order_call(self, _PLACE_ORDER, locals())


_ACCEPT_ORDER = f"""
SELECT {_ORDER} FROM oms.accept_order(order_id => %(order_id)s, broker_order_id => %(broker_order_id)s,
  quantity => %(quantity)s, occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def accept_order(
    self: Bound,
    order_id: int,
    broker_order_id: str | None = None,
    quantity: Number | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """The broker has the order: `accepted_at` once, and its id (`oms.accept_order`). Repeating changes nothing.

    `quantity`, in units, is what a cash order learns now; None leaves it unknown.

    Raises OrderNotFound, DuplicateMismatch (another order has that broker_order_id), InvalidArgument, StaleVersion,
    WrongAccount.
    """
    return order_call(self, _ACCEPT_ORDER, locals())


_MARK_EXECUTED = f"""
SELECT {_ORDER} FROM oms.mark_executed(order_id => %(order_id)s, last_price => %(last_price)s, last_qty => %(last_qty)s,
  exec_id => %(exec_id)s, fees => %(fees)s, fee_currency => %(fee_currency)s, trade_date => %(trade_date)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def mark_executed(
    self: Bound,
    order_id: int,
    last_price: Number | None,
    last_qty: Number | None = None,
    *,
    exec_id: str,
    fees: Number | None = None,
    fee_currency: str | None = None,
    trade_date: date | None = None,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """Book an execution: totals, `execution_time`, `filled_at`, ongoing or closed (`oms.mark_executed`).

    `last_qty` in units (None: all that is left), `last_price` per unit (None while unknown), `fees` in
    `fee_currency`. `exec_id` makes it safe to repeat: a known one with the same content books nothing.

    Raises OrderNotFound, DuplicateMismatch (that exec_id with other content), Overfill, InvalidArgument,
    StaleVersion, WrongAccount.
    """
    return order_call(self, _MARK_EXECUTED, locals())


_MARK_REJECTED = f"""
SELECT {_ORDER} FROM oms.mark_rejected(order_id => %(order_id)s, rejection_reason => %(rejection_reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def mark_rejected(
    self: Bound,
    order_id: int,
    rejection_reason: str,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """The broker rejected the order: failed, `first_failed_at` once (`oms.mark_rejected`).

    Of a part-filled order the rest ends. `rejection_reason` is what the broker said.

    Raises OrderNotFound, IllegalTransition (nothing left to reject), InvalidArgument, StaleVersion, WrongAccount.
    """
    return order_call(self, _MARK_REJECTED, locals())


_MARK_CANCELLED = f"""
SELECT {_ORDER} FROM oms.mark_cancelled(order_id => %(order_id)s, cancelled_reason => %(cancelled_reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def mark_cancelled(
    self: Bound,
    order_id: int,
    cancelled_reason: str = "Cancelled",
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """The order, or what is left of it, is cancelled: `closed_at` (`oms.mark_cancelled`). Repeating changes nothing.

    Raises OrderNotFound, IllegalTransition (executed in full), StaleVersion, WrongAccount.
    """
    return order_call(self, _MARK_CANCELLED, locals())


_MARK_FAILED = f"""
SELECT {_ORDER} FROM oms.mark_failed(order_id => %(order_id)s, failure_reason => %(failure_reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def mark_failed(
    self: Bound,
    order_id: int,
    failure_reason: str,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """An attempt failed: failed, `first_failed_at` once, `last_retry_attempt`, `retry_count` + 1 (`oms.mark_failed`).

    Only for an order that certainly did not reach the broker; after a time-out it may have: `record_attempt`. Each call
    counts one attempt; `expected_version` keeps a repeated call from counting twice.

    Raises OrderNotFound, IllegalTransition, StaleVersion, WrongAccount.
    """
    return order_call(self, _MARK_FAILED, locals())


_RECORD_ATTEMPT = f"""
SELECT {_ORDER} FROM oms.record_attempt(order_id => %(order_id)s, error => %(error)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def record_attempt(
    self: Bound,
    order_id: int,
    error: str,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """Sending ended in a transport error, so the broker may have the order or not (`oms.record_attempt`).

    `error` is what the transport said. It is logged, and changes nothing else: the order lives on as it is. Legal in
    every status. Each call is an attempt of its own.

    Raises OrderNotFound, InvalidArgument (no error given), StaleVersion, WrongAccount.
    """
    return order_call(self, _RECORD_ATTEMPT, locals())


_RETRY_ORDER = f"""
SELECT {_ORDER} FROM oms.retry_order(order_id => %(order_id)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def retry_order(
    self: Bound,
    order_id: int,
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """A failed order is tried again: pending (`oms.retry_order`). Of a pending one it changes nothing.

    Raises OrderNotFound, IllegalTransition, StaleVersion, WrongAccount.
    """
    return order_call(self, _RETRY_ORDER, locals())


_EXPIRE_ORDER = f"""
SELECT {_ORDER} FROM oms.expire_order(order_id => %(order_id)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def expire_order(
    self: Bound,
    order_id: int,
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """The order, or what is left of it, ran out of time (`oms.expire_order`). Repeating changes nothing.

    Raises OrderNotFound, IllegalTransition (executed in full), StaleVersion, WrongAccount.
    """
    return order_call(self, _EXPIRE_ORDER, locals())
