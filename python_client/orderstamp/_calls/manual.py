"""Orders placed by hand: seen at the broker, claimed by a strategy, or dismissed."""

from __future__ import annotations

from datetime import datetime

from orderstamp._calls.call import Bound, Call, Number, columns, order_call
from orderstamp.models import Order, Side

_ORDER = columns(Order)

_RECORD_MANUAL_ORDER = f"""
SELECT {_ORDER} FROM oms.record_manual_order(broker_order_id => %(broker_order_id)s, symbol => %(symbol)s,
  side => %(side)s, quantity => %(quantity)s, price => %(price)s, order_id => %(order_id)s,
  broker => %(broker)s, book => %(book)s, reason => %(reason)s, occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def record_manual_order(
    self: Bound,
    broker_order_id: str,
    symbol: str,
    side: Side,
    quantity: Number | None,
    price: Number | None = None,
    order_id: int | None = None,
    *,
    broker: str | None = None,
    book: str = "",
    reason: str | None = None,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """An order placed by hand was seen at the broker: `manual_detected_at`, pending (`oms.record_manual_order`).

    `quantity` in units, `price` per unit (a limit order where it is given). With `order_id`, that order of ours
    is linked to it instead. A known `broker_order_id` returns its order.

    Raises OrderNotFound, IllegalTransition, ImmutableColumn, DuplicateMismatch (other symbol or side),
    InvalidArgument, StaleVersion, WrongAccount.
    """
    return order_call(self, _RECORD_MANUAL_ORDER, locals())


_CLAIM_MANUAL_ORDER = f"""
SELECT {_ORDER} FROM oms.claim_manual_order(order_id => %(order_id)s, strategy_id => %(strategy_id)s,
  reason => %(reason)s, occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def claim_manual_order(
    self: Bound,
    order_id: int,
    strategy_id: str,
    reason: str,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """A strategy takes over an order placed by hand: `strategy_id` (`oms.claim_manual_order`).

    Needs an actor and a `reason`, which are logged. Also after a dismissal; repeating changes nothing.

    Raises OrderNotFound, DuplicateMismatch (another strategy owns it), InvalidArgument (not placed by hand; no
    strategy, reason or actor), StaleVersion, WrongAccount.
    """
    return order_call(self, _CLAIM_MANUAL_ORDER, locals())


_DISMISS_MANUAL_ORDER = f"""
SELECT {_ORDER} FROM oms.dismiss_manual_order(order_id => %(order_id)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def dismiss_manual_order(
    self: Bound,
    order_id: int,
    reason: str,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """An order placed by hand is none of ours (`oms.dismiss_manual_order`). Repeating changes nothing.

    Needs an actor and a `reason`, which are logged; the order stays a row and follows the broker as before.

    Raises OrderNotFound, DuplicateMismatch (a strategy owns it), InvalidArgument (not placed by hand; no reason or
    actor), StaleVersion, WrongAccount.
    """
    return order_call(self, _DISMISS_MANUAL_ORDER, locals())
