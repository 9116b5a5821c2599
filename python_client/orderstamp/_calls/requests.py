"""Requests to cancel or replace an order: made, acknowledged, decided. Each is known by its own client_order_id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderstamp._calls.call import Bound, Call, Number, build, columns, first
from orderstamp.models import OrderRequest

_REQUEST = columns(OrderRequest)


def _request_call(bound: Bound, statement: str, given: Mapping[str, Any]) -> Call[OrderRequest]:
    """A call that returns the request it made or changed."""
    return build(bound, statement, given, OrderRequest, first)


_REQUEST_CANCEL = f"""
SELECT {_REQUEST} FROM oms.request_cancel(orig_client_order_id => %(orig_client_order_id)s,
  client_order_id => %(client_order_id)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def request_cancel(
    self: Bound,
    orig_client_order_id: str,
    client_order_id: str,
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Call[OrderRequest]:
    """Ask to cancel what is left of the order known as `orig_client_order_id` (`oms.request_cancel`).

    The order stays as it is until the request is accepted; of an unknown or finished order the request is rejected
    at once. `client_order_id` makes it safe to repeat: the same content returns the request as it is now.

    Raises DuplicateMismatch (that id is an order's, or another request's), InvalidArgument, WrongAccount.
    """
    return _request_call(self, _REQUEST_CANCEL, locals())


_REQUEST_REPLACE = f"""
SELECT {_REQUEST} FROM oms.request_replace(orig_client_order_id => %(orig_client_order_id)s,
  client_order_id => %(client_order_id)s, quantity => %(quantity)s, limit_price => %(limit_price)s,
  stop_price => %(stop_price)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def request_replace(
    self: Bound,
    orig_client_order_id: str,
    client_order_id: str,
    quantity: Number | None = None,
    limit_price: Number | None = None,
    stop_price: Number | None = None,
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Call[OrderRequest]:
    """Ask for other terms of the order known as `orig_client_order_id`; None keeps one (`oms.request_replace`).

    `quantity` in units (the new total), prices per unit. The order stays as it is until the request is accepted; of
    an unknown or finished order the request is rejected at once. `client_order_id` makes it safe to repeat: the same
    content returns the request as it is now.

    Raises DuplicateMismatch (that id is an order's, or another request's), InvalidArgument, WrongAccount.
    """
    return _request_call(self, _REQUEST_REPLACE, locals())


_ACKNOWLEDGE_REQUEST = f"""
SELECT {_REQUEST} FROM oms.acknowledge_request(client_order_id => %(client_order_id)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def acknowledge_request(
    self: Bound, client_order_id: str, *, occurred_at: datetime | None = None
) -> Call[OrderRequest]:
    """The broker has the request: pending, `pending_at` once (`oms.acknowledge_request`). Repeating changes nothing.

    Nothing is decided by it; of a decided request it changes nothing.

    Raises OrderNotFound (no such request), WrongAccount.
    """
    return _request_call(self, _ACKNOWLEDGE_REQUEST, locals())


_ACCEPT_REQUEST = f"""
SELECT {_REQUEST} FROM oms.accept_request(client_order_id => %(client_order_id)s, quantity => %(quantity)s,
  limit_price => %(limit_price)s, stop_price => %(stop_price)s, broker_order_id => %(broker_order_id)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def accept_request(
    self: Bound,
    client_order_id: str,
    quantity: Number | None = None,
    limit_price: Number | None = None,
    stop_price: Number | None = None,
    broker_order_id: str | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Call[OrderRequest]:
    """The broker did what was asked: the order is cancelled, or has the new terms (`oms.accept_request`).

    `quantity` in units and prices per unit are what was granted; None is as asked. `broker_order_id` is the order's
    new id at the broker, where it got one. Repeating changes nothing.

    Raises OrderNotFound (no such request), IllegalTransition (rejected already, or nothing left to cancel),
    DuplicateMismatch (another order has that broker_order_id), InvalidArgument, WrongAccount.
    """
    return _request_call(self, _ACCEPT_REQUEST, locals())


_REJECT_REQUEST = f"""
SELECT {_REQUEST} FROM oms.reject_request(client_order_id => %(client_order_id)s, reason => %(reason)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s, account => %(account)s)"""


def reject_request(
    self: Bound,
    client_order_id: str,
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Call[OrderRequest]:
    """The broker refused the request; the order stays as it is (`oms.reject_request`). Repeating changes nothing.

    `reason` is what the broker said; it becomes the request's `rejection_reason`.

    Raises OrderNotFound (no such request), IllegalTransition (accepted already), WrongAccount.
    """
    return _request_call(self, _REJECT_REQUEST, locals())
