"""Failed orders: who tries them again, and when they are given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from orderstamp._calls.call import Bound, Call, build, columns
from orderstamp.models import Order

_ORDER = columns(Order)

_CLAIM_RETRIES = f"""
SELECT {_ORDER} FROM oms.claim_retries(worker => %(worker)s, max_orders => %(max_orders)s::integer,
  lease => %(lease)s::interval, account => %(account)s)"""


def claim_retries(
    self: Bound,
    worker: str,
    max_orders: int = 10,
    lease: timedelta = timedelta(minutes=1),
) -> Call[list[Order]]:
    """Take failed orders that are due, oldest first; nobody else gets them for the time of `lease`
    (`oms.claim_retries`).

    `worker` names who sends them, at most `max_orders` (1 to 10,000). Nothing of the orders changes: call
    `retry_order(order.order_id, expected_version=order.version)`, commit, then send. StaleVersion there means that
    another worker was faster, or that the order has expired: don't send. Orders in hand are not handed out again, to
    the same worker neither, until their lease has run out.

    Raises InvalidArgument, WrongAccount.
    """
    return build(self, _CLAIM_RETRIES, locals(), Order, list)


_EXPIRE_ORDERS = f"""
SELECT {_ORDER} FROM oms.expire_orders(reason => %(reason)s, max_orders => %(max_orders)s::integer,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def expire_orders(
    self: Bound,
    reason: str = "Order expired",
    max_orders: int = 1000,
    *,
    occurred_at: datetime | None = None,
) -> Call[list[Order]]:
    """End the failed orders whose window is over: cancelled, `end_reason` expired (`oms.expire_orders`). Returns them.

    The window of an order ends with the close of the next trading session of its account's market that opens after
    `first_failed_at`. At most `max_orders` (1 to 10,000) at once: call it again until it returns fewer.

    Raises InvalidArgument, WrongAccount.
    """
    return build(self, _EXPIRE_ORDERS, locals(), Order, list)
