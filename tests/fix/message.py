"""Second pass: the FIX message that a row stands for, as a gateway hands it on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from .book import Order
from .scenario import Step
from .vocabulary import EXEC_TRANS_TYPES, EXEC_TYPES, TIMES_IN_FORCE, Event

Message = dict[str, str]

_TYPE_CODES = {word: code for word, (code, _) in EXEC_TYPES.items()}
_TRANS_CODES = {word: code for word, (code, _) in EXEC_TRANS_TYPES.items()}

_REASONS = {
    Event.RESTATED: "ExecRestatementReason",
    Event.CANCELED: "ExecRestatementReason",
    Event.REJECTED: "OrdRejReason",
    Event.CANCEL_REJECT: "CxlRejReason",
}


def message_of(step: Step, symbol: str, order_id: str, exec_id: str) -> Message:
    """What a row says by itself; nothing that is only compared."""
    by_code = step.number % 2 == 0
    message = {
        "MsgType": "9" if step.event is Event.CANCEL_REJECT else "8",
        "Symbol": symbol,
        "Side": "1" if by_code else "Buy",
        "OrderID": order_id,
        "ClOrdID": step.cl_ord_id,
        "OrigClOrdID": step.orig_cl_ord_id,
        "ExecID": None if step.event in {Event.STATUS, Event.CANCEL_REJECT} else exec_id,
        "ExecRefID": step.exec_ref_id,
        "ExecType": _word(step.exec_type, _TYPE_CODES if by_code else {}),
        "ExecTransType": _word(step.exec_trans_type, _TRANS_CODES if by_code else {}),
        "OrderQty": _number(step.changed_qty),
        "LastQty": _number(step.last_qty),
        "LastPx": _number(step.last_px),
        "Price": _number(step.price),
        "SplitRatio": _number(step.split),
        "TradeDate": None if step.trade_date is None else f"{step.trade_date:%Y%m%d}",
        "WorkingIndicator": _flag(True if step.resume else step.working),
        "PossResend": _flag(step.poss_resend or None),
    }
    if step.event in _REASONS:
        message[_REASONS[step.event]] = step.reason
    return {name: value for name, value in message.items() if value is not None}


def terms_of(order: Order) -> Message:
    """What a report restates of the order itself, for who hasn't heard of it."""
    terms = {"OrderQty": _number(order.quantity)}
    if order.placed is not None:
        terms |= {
            "CashOrderQty": _number(order.placed.cash_order_qty),
            "Price": _number(order.placed.price),
            "TimeInForce": _word(order.placed.tif, TIMES_IN_FORCE if order.number % 2 == 0 else {}),
        }
    return {name: value for name, value in terms.items() if value is not None}


def _word(word: str | None, codes: Mapping[str, str]) -> str | None:
    return None if word is None else codes.get(word, word)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _flag(value: bool | None) -> str | None:
    return None if value is None else "Y" if value else "N"
