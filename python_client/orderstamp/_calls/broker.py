"""What a broker says by itself: executions taken back or corrected, holds, restated terms, whole reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from orderstamp._calls.call import Bound, Call, Number, build, columns, known_or_none, order_call
from orderstamp._calls.report import as_json
from orderstamp.models import Hold, Order

_ORDER = columns(Order)

_BUST_FILL = f"""
SELECT {_ORDER} FROM oms.bust_fill(order_id => %(order_id)s, exec_id => %(exec_id)s, reason => %(reason)s,
  new_exec_id => %(new_exec_id)s, occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def bust_fill(
    self: Bound,
    order_id: int,
    exec_id: str,
    reason: str | None = None,
    new_exec_id: str | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """An execution never was: totals and positions are without it (`oms.bust_fill`). Repeating changes nothing.

    `exec_id` is the execution taken back, `new_exec_id` the id of the bust itself, where the broker gave it one.

    Raises OrderNotFound, DuplicateMismatch (busted or corrected otherwise before), InvalidArgument (no such
    execution), StaleVersion, WrongAccount.
    """
    return order_call(self, _BUST_FILL, locals())


_CORRECT_FILL = f"""
SELECT {_ORDER} FROM oms.correct_fill(order_id => %(order_id)s, exec_id => %(exec_id)s, quantity => %(quantity)s,
  price => %(price)s, reason => %(reason)s, new_exec_id => %(new_exec_id)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def correct_fill(
    self: Bound,
    order_id: int,
    exec_id: str,
    quantity: Number | None = None,
    price: Number | None = None,
    reason: str | None = None,
    new_exec_id: str | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """An execution was another: its quantity or price is replaced (`oms.correct_fill`). Repeating changes nothing.

    `quantity` in units, `price` per unit; None is as it was. `exec_id` is the execution corrected, `new_exec_id` the
    id of the correction itself, where the broker gave it one.

    Raises OrderNotFound, DuplicateMismatch (busted or corrected otherwise before), Overfill, InvalidArgument (no such
    execution), StaleVersion, WrongAccount.
    """
    return order_call(self, _CORRECT_FILL, locals())


_HOLD_ORDER = f"""
SELECT {_ORDER} FROM oms.hold_order(order_id => %(order_id)s, hold => %(hold)s, reason => %(reason)s,
  trade_date => %(trade_date)s, occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def hold_order(
    self: Bound,
    order_id: int,
    hold: Hold,
    reason: str | None = None,
    trade_date: date | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """A live order does not trade now: `hold` (`oms.hold_order`). Repeating changes nothing.

    A day order that is done for the day ends, with `end_reason` done_for_day; of an order that has ended, only
    done_for_day and calculated are kept. `trade_date` is the trading day of it (None: today, where the account is).

    Raises OrderNotFound, InvalidArgument, StaleVersion, WrongAccount.
    """
    return order_call(self, _HOLD_ORDER, locals())


_RESUME_ORDER = f"""
SELECT {_ORDER} FROM oms.resume_order(order_id => %(order_id)s, reason => %(reason)s, trade_date => %(trade_date)s,
  occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def resume_order(
    self: Bound,
    order_id: int,
    reason: str | None = None,
    trade_date: date | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """A held order trades again: no `hold` (`oms.resume_order`). Of one that isn't held it changes nothing.

    `trade_date` is the trading day on which it does, where another has begun.

    Raises OrderNotFound, InvalidArgument, StaleVersion, WrongAccount.
    """
    return order_call(self, _RESUME_ORDER, locals())


_RESTATE_ORDER = f"""
SELECT {_ORDER} FROM oms.restate_order(order_id => %(order_id)s, quantity => %(quantity)s,
  limit_price => %(limit_price)s, stop_price => %(stop_price)s, split_ratio => %(split_ratio)s,
  trade_date => %(trade_date)s, reason => %(reason)s, occurred_at => %(occurred_at)s, actor => %(actor)s,
  expected_version => %(expected_version)s::integer, account => %(account)s)"""


def restate_order(
    self: Bound,
    order_id: int,
    quantity: Number | None = None,
    limit_price: Number | None = None,
    stop_price: Number | None = None,
    split_ratio: Number | None = None,
    trade_date: date | None = None,
    reason: str | None = None,
    *,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Call[Order]:
    """The broker changed terms by itself: `restated_at`; None keeps one (`oms.restate_order`).

    `quantity` in units: the new total; prices per unit. A later `trade_date` begins another day: done_for_day ends.
    `split_ratio` is what one unit becomes: quantities times it, prices divided by it, also of what is executed.
    Each call is a restatement of its own; `expected_version` keeps a repeated one from splitting twice.

    Raises OrderNotFound, InvalidArgument, StaleVersion, WrongAccount.
    """
    return order_call(self, _RESTATE_ORDER, locals())


_APPLY_EXECUTION_REPORT = f"""
SELECT {_ORDER} FROM oms.apply_execution_report(report => %(report)s::jsonb, broker => %(broker)s,
  actor => %(actor)s, account => %(account)s)"""


def apply_execution_report(self: Bound, report: Mapping[str, Any], broker: str | None = None) -> Call[Order | None]:
    """Apply one message of a broker's stream (`oms.apply_execution_report`). Its ExecID makes it safe to repeat.

    `report` has FIX field names (ClOrdID, ExecType, LastQty …) and their values, enumerations by code or name;
    numbers are text, int or Decimal, times have a zone. An unknown order is recorded where the report has Symbol,
    Side and OrderQty or CashOrderQty. Returns None where it is a cancel reject of an order that nobody knows, or
    says itself that there is none. What contradicts the books is found in `oms.discrepancies`.

    Raises OrderNotFound (unknown, and too little said), InvalidArgument (`detail` names the field), WrongAccount;
    what the message brings about might raise IllegalTransition, DuplicateMismatch or Overfill.
    """
    return build(self, _APPLY_EXECUTION_REPORT, locals() | {"report": as_json(report)}, Order, known_or_none)
