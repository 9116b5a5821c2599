"""What can be asked. None of these writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from orderstamp._calls.call import Bound, Call, build, columns, first, first_or_none, known_or_none, order_call
from orderstamp.models import FixFields, Order, Statistics, Status, TimelineEntry

_ORDER = columns(Order)

_GET_ORDER = f"""
SELECT {_ORDER} FROM oms.get_order(order_id => %(order_id)s, account => %(account)s)"""


def get_order(self: Bound, order_id: int) -> Call[Order]:
    """One order by its id (`oms.get_order`).

    Raises OrderNotFound, WrongAccount.
    """
    return order_call(self, _GET_ORDER, locals())


_FIND_ORDER = f"""
SELECT {_ORDER} FROM oms.find_order(client_order_id => %(client_order_id)s, broker_order_id => %(broker_order_id)s,
  broker => %(broker)s, account => %(account)s)"""


def find_order(
    self: Bound,
    client_order_id: str | None = None,
    broker_order_id: str | None = None,
    broker: str | None = None,
) -> Call[Order | None]:
    """The order with that client or broker id, or None (`oms.find_order`).

    Raises InvalidArgument where neither id is given.
    """
    return build(self, _FIND_ORDER, locals(), Order, first_or_none)


_LIST_ORDERS = f"""
SELECT {_ORDER} FROM oms.list_orders(status => %(status)s, updated_since => %(updated_since)s,
  max_rows => %(max_rows)s::integer, after => %(after)s, account => %(account)s)"""


def list_orders(
    self: Bound,
    status: Status | None = None,
    updated_since: datetime | None = None,
    max_rows: int = 100,
    after: int | None = None,
) -> Call[list[Order]]:
    """Orders in the order they last changed, a page at a time (`oms.list_orders`).

    The next page: `updated_since` and `after` are `updated_at` and `order_id` of the last order read. Polling this
    can miss an order whose transaction commits late. `max_rows` is at most 10,000.

    Raises InvalidArgument.
    """
    return build(self, _LIST_ORDERS, locals(), Order, list)


_EVENT = columns(TimelineEntry).replace("changes", "changes::text")
_TIMELINE = f"""
SELECT {_EVENT} FROM oms.timeline(order_id => %(order_id)s, account => %(account)s)"""


def timeline(self: Bound, order_id: int) -> Call[list[TimelineEntry]]:
    """One order's life, event by event, with the time between them (`oms.timeline`).

    Raises OrderNotFound, WrongAccount.
    """
    return build(self, _TIMELINE, locals(), TimelineEntry, _entries)


_ORDER_STATISTICS = f"""
SELECT {columns(Statistics)} FROM oms.order_statistics(account => %(account)s)"""


def order_statistics(self: Bound) -> Call[list[Statistics]]:
    """How many orders stand in each of the five statuses (`oms.order_statistics`). Scans the account's orders."""
    return build(self, _ORDER_STATISTICS, locals(), Statistics, list)


_ORDER_AS_OF = f"""
SELECT {_ORDER} FROM oms.order_as_of(order_id => %(order_id)s, as_of => %(as_of)s, account => %(account)s)"""


def order_as_of(self: Bound, order_id: int, as_of: datetime) -> Call[Order | None]:
    """The order as it was recorded at a past moment; None before it was placed (`oms.order_as_of`).

    Raises OrderNotFound, WrongAccount.
    """
    return build(self, _ORDER_AS_OF, locals(), Order, known_or_none)


_FIX_FIELDS = f"""
SELECT {columns(FixFields)} FROM oms.fix_fields(order_id => %(order_id)s, account => %(account)s)"""


def fix_fields(self: Bound, order_id: int | None) -> Call[FixFields]:
    """What an execution report about this order says, in FIX's own words (`oms.fix_fields`).

    None is the order that nobody knows: what FIX answers then (Rejected, quantities 0, order id NONE).

    Raises OrderNotFound, WrongAccount.
    """
    return build(self, _FIX_FIELDS, locals(), FixFields, first)


def _entries(rows: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Numbers in the changes stay exact; psycopg would make floats of them."""
    return [replace(row, changes=json.loads(str(row.changes), parse_float=Decimal)) for row in rows]
