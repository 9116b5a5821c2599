"""A report as JSON: by code or name, FIX 4.2 or later, numbers as text or not, times as FIX or ISO 8601."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st

from support.report_codes import EXEC_TYPES, REASONS, STATUSES, TRANSACTIONS
from support.report_said import Report

BEGIN = datetime(2026, 3, 2, 3, 45, tzinfo=UTC)
INDIA = timezone(timedelta(hours=5, minutes=30))


@dataclass(frozen=True)
class Style:
    """How a broker writes."""

    codes: bool = True
    older: bool = False
    texts: bool = True
    time: int = 0
    loud: bool = False
    full: bool = True
    decimals: int | None = None


styles = st.builds(
    Style, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 3), st.booleans(), st.booleans(),
    st.sampled_from([None, 2, 4, 6]),
)  # fmt: skip


def moment(report: Report) -> datetime:
    """When it happened: rising within a day, the day its trading day in India."""
    return BEGIN + timedelta(days=report.day, seconds=report.at)


def _time(when: datetime, style: Style) -> str:
    if style.time == 3:
        return when.astimezone(INDIA).isoformat()
    return when.strftime(("%Y%m%d-%H:%M:%S.%f", "%Y%m%d-%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ")[style.time])


def _date(day: date, style: Style) -> str:
    return day.isoformat() if style.time > 1 else f"{day:%Y%m%d}"


def _number(number: Decimal | None, style: Style) -> str | float | int | None:
    if number is None or style.texts:
        return None if number is None else f"{number:f}"
    return int(number) if number == int(number) else float(number)


def _average(price: Decimal | None, style: Style) -> Decimal | None:
    """Rounded, as brokers do; 0, as FIX has it, or nothing where nothing is executed."""
    if price is None:
        return Decimal(0) if style.full else None
    decimals = 12 if style.decimals is None or not style.texts else style.decimals
    return price.quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)


def _word(names: dict[str, str], name: str, style: Style) -> str:
    if style.codes:
        return names[name]
    return name.upper().replace(" ", "_") if style.loud else name


def _type(report: Report, style: Style) -> dict[str, Any]:
    if report.kind == "Cancel Reject":
        answers = {"cancel": "1", "replace": "2"}[report.answers or "cancel"]
        return {"MsgType": "9", "CxlRejResponseTo": answers}
    if not style.older or report.kind not in TRANSACTIONS:
        return {"MsgType": "8" if style.full else None, "ExecType": _word(EXEC_TYPES, report.kind, style)}
    name, code = TRANSACTIONS[report.kind]
    filled = report.tells.leaves_qty == 0
    kind = ("Fill" if filled else "Partial Fill", "2" if filled else "1") if name == "New" else ("New", "0")
    return {"ExecTransType": code if style.codes else name, "ExecType": kind[style.codes]}


def _status(report: Report, style: Style) -> str:
    status = report.tells.ord_status
    if report.kind == "Replace" and style.older and status in ("New", "Partially Filled"):
        status = "Replaced"
    return _word(STATUSES, status, style)


def _reason(report: Report, style: Style) -> dict[str, str]:
    if report.reason is None:
        return {}
    tag = next(tag for tag, names in REASONS.items() if report.reason in names)
    return {tag: _word(REASONS[tag], report.reason, style)}


@dataclass(frozen=True)
class Terms:
    """What never changes of an order."""

    symbol: str
    side: str
    order_id: str
    good_till: bool


def encode(report: Report, style: Style, order: Terms) -> dict[str, Any]:
    """The message; FIX's fields by name."""
    facts, rejected = report.tells, report.kind == "Cancel Reject"
    terms = None if report.terse or rejected else facts
    last = ("LastShares" if style.older else "LastQty", _number(report.last_qty, style))
    message = {
        **_type(report, style),
        "OrderID": order.order_id,
        "ClOrdID": report.cl_ord_id,
        "OrigClOrdID": report.orig_cl_ord_id,
        "ExecID": None if rejected else report.exec_id,
        "ExecRefID": report.exec_ref_id,
        "TransactTime": _time(moment(report), style),
        "TradeDate": _date(moment(report).astimezone(INDIA).date(), style) if style.full and not rejected else None,
        "Symbol": order.symbol,
        "Side": _word({"buy": "1", "sell": "2"}, order.side, style),
        "TimeInForce": _word({"Day": "0", "GTC": "1"}, "GTC" if order.good_till else "Day", style),
        "OrderQty": _number(terms.quantity, style) if terms else None,
        "Price": _number(terms.price, style) if terms else None,
        last[0]: last[1],
        "LastPx": _number(report.last_px, style),
        "WorkingIndicator": None if report.working is None else "Y" if report.working else "N",
        **_reason(report, style),
        "OrdStatus": _status(report, style),
        "CumQty": None if rejected else _number(facts.cum_qty, style),
        "LeavesQty": None if rejected else _number(facts.leaves_qty, style),
        "AvgPx": None if rejected else _number(_average(facts.avg_px, style), style),
    }
    return {tag: value for tag, value in message.items() if value is not None}


def text(message: dict[str, Any]) -> str:
    """The message as JSON."""
    return json.dumps(message)
