"""What changes around an order: its terms, status checks, re-entries called off, and the positions it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderstamp._calls.call import Bound, Call, Number, build, columns, first, order_call
from orderstamp._calls.report import as_json
from orderstamp.models import Order, Position

_ORDER = columns(Order)
_POSITION = columns(Position)

_RECORD_STATUS_CHECK = f"""
SELECT {_ORDER} FROM oms.record_status_check(order_id => %(order_id)s, account => %(account)s)"""


def record_status_check(self: Bound, order_id: int) -> Call[Order]:
    """The broker was asked about this order: `last_status_check`, no event (`oms.record_status_check`).

    Legal in every status; a row that somebody is writing just now is left to them.

    Raises OrderNotFound, WrongAccount.
    """
    return order_call(self, _RECORD_STATUS_CHECK, locals())


_RECORD_STATUS_CHECKS = """
SELECT oms.record_status_checks(order_ids => %(order_ids)s::bigint[], account => %(account)s)"""


def record_status_checks(self: Bound, order_ids: Sequence[int]) -> Call[int]:
    """The broker was asked about all these orders (`oms.record_status_checks`). Returns how many were stamped.

    Raises OrderNotFound with the unknown ids, WrongAccount.
    """
    order_ids = list(order_ids)
    return build(self, _RECORD_STATUS_CHECKS, locals(), tuple, _only_value)


_MODIFY_ORDER = f"""
SELECT {_ORDER} FROM oms.modify_order(order_id => %(order_id)s, quantity => %(quantity)s,
  limit_price => %(limit_price)s, stop_price => %(stop_price)s, broker_order_id => %(broker_order_id)s,
  metadata => %(metadata)s, reason => %(reason)s, order_type => %(order_type)s, time_in_force => %(time_in_force)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def modify_order(
    self: Bound,
    order_id: int,
    quantity: Number | None = None,
    limit_price: Number | None = None,
    stop_price: Number | None = None,
    broker_order_id: str | None = None,
    metadata: dict[str, Any] | None = None,
    reason: str | None = None,
    *,
    order_type: str | None = None,
    time_in_force: str | None = None,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """Change terms of an order; None keeps one (`oms.modify_order`). `metadata` is merged into `order_metadata`.

    `quantity` in units, prices per unit. A changed quantity is stamped and logged as a quantity adjustment.

    Raises OrderNotFound, IllegalTransition (nothing can execute any more), DuplicateMismatch (broker_order_id is
    taken), InvalidArgument, StaleVersion, WrongAccount.
    """
    return order_call(self, _MODIFY_ORDER, locals())


_ADJUST_QUANTITY = f"""
SELECT {_ORDER} FROM oms.adjust_quantity(order_id => %(order_id)s, quantity => %(quantity)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def adjust_quantity(
    self: Bound,
    order_id: int,
    quantity: Number,
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """Set the quantity, in units: the new total, not the difference; `quantity_adjusted_at` (`oms.adjust_quantity`).

    Raises OrderNotFound, IllegalTransition (nothing can execute any more), InvalidArgument (below what is
    executed), StaleVersion, WrongAccount.
    """
    return order_call(self, _ADJUST_QUANTITY, locals())


_ADJUST_QUANTITIES = f"""
SELECT {_ORDER} FROM oms.adjust_quantities(adjustments => %(adjustments)s::jsonb, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def adjust_quantities(
    self: Bound,
    adjustments: Sequence[Mapping[str, Any]],
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Call[list[Order]]:
    """Set the quantities of many pending after-market orders before the open, all or nothing (`oms.adjust_quantities`).

    Each adjustment is `{"order_id": 1, "quantity": 12}`, or names its order by `client_order_id`; the quantity in units
    is the new total, an int or a Decimal. Returns the orders as listed; the same quantity again changes nothing.

    Raises OrderNotFound, IllegalTransition (not pending), InvalidArgument (not an amo order, named twice, not above
    zero), WrongAccount; `detail` has the entry, counted from 1.
    """
    given = locals() | {"adjustments": as_json(list(adjustments), argument="adjustments")}
    return build(self, _ADJUST_QUANTITIES, given, Order, list)


_CANCEL_PENDING_REENTRIES = f"""
SELECT {_ORDER} FROM oms.cancel_pending_reentries(symbol => %(symbol)s, reason => %(reason)s, book => %(book)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def cancel_pending_reentries(
    self: Bound,
    symbol: str,
    reason: str = "Re-entry cancelled - position closed",
    book: str = "",
    *,
    occurred_at: datetime | None = None,
) -> Call[list[Order]]:
    """The position was exited: call its pending re-entries off (`oms.cancel_pending_reentries`). Returns them.

    Those never sent, or on paper, are cancelled. Those that may live at the broker are still pending: ask with
    `request_cancel` and send it.

    Raises InvalidArgument, WrongAccount.
    """
    return build(self, _CANCEL_PENDING_REENTRIES, locals(), Order, list)


_ADJUST_POSITION = f"""
SELECT {_POSITION} FROM oms.adjust_position(symbol => %(symbol)s, quantity => %(quantity)s, price => %(price)s,
  reason => %(reason)s, book => %(book)s, occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def adjust_position(
    self: Bound,
    symbol: str,
    quantity: Number,
    price: Number | None = None,
    reason: str | None = None,
    book: str = "",
    *,
    occurred_at: datetime | None = None,
) -> Call[Position]:
    """Say what is really held: `quantity` is the signed result, in units (`oms.adjust_position`).

    The difference is booked at `price` per unit (None while unknown); the same quantity again books nothing.

    Raises InvalidArgument, WrongAccount.
    """
    return build(self, _ADJUST_POSITION, locals(), Position, first)


_CLOSE_POSITION = f"""
SELECT {_ORDER} FROM oms.close_position(symbol => %(symbol)s, price => %(price)s, reason => %(reason)s,
  book => %(book)s, occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def close_position(
    self: Bound,
    symbol: str,
    price: Number | None = None,
    reason: str | None = None,
    book: str = "",
    *,
    occurred_at: datetime | None = None,
) -> Call[list[Order]]:
    """The whole position is gone, at `price` per unit (`oms.close_position`). Returns the orders that held it.

    Raises InvalidArgument, NothingHeld, WrongAccount.
    """
    return build(self, _CLOSE_POSITION, locals(), Order, list)


_SET_CONTEXT = """
SELECT oms.set_context(actor => %(actor)s, reason => %(reason)s, correlation_id => %(correlation_id)s)"""


def set_context(
    self: Bound,
    actor: str | None = None,
    reason: str | None = None,
    correlation_id: str | None = None,
) -> Call[None]:
    """Who, why and for which request, until the end of the transaction: for your own SQL, too (`oms.set_context`).

    Without `actor` it is the client's. Outside a transaction, or through a pool, it is gone with the call.
    """
    actor = actor or self.actor
    return build(self, _SET_CONTEXT, locals(), tuple, _nothing)


def _only_value(rows: Sequence[Any]) -> int:
    return int(rows[0][0])


def _nothing(rows: Sequence[Any]) -> None:
    del rows
