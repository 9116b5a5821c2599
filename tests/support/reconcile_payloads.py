"""What real brokers' records say, read here by code of its own: per order the facts that no reconciliation may lose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from orderstamp.resources import checkout

ROOT = checkout()
assert ROOT is not None
DATA = ROOT.parent / "shared/data"
MISSING = f"the recorded books are not here: {DATA.relative_to(ROOT.parent)}"

ZERO = Decimal(0)
INDIA = ZoneInfo("Asia/Kolkata")
Entry = dict[str, Any]
Key = tuple[str, str]
# Quantity, price, time.
Trade = tuple[Decimal, Decimal, datetime | None]


@dataclass
class Told:
    """What a book tells of one order. end: alive, filled, cancelled, rejected; empty where only trades tell of it."""

    symbol: str
    side: str
    quantity: Decimal | None = None
    cash: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    executed: Decimal = ZERO
    average: Decimal | None = None
    end: str = ""
    at: datetime | None = None
    trades: dict[str, Trade] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """Executed, by its own word or by its trades, whichever tell of more."""
        return max(self.executed, sum((quantity for quantity, _, _ in self.trades.values()), ZERO))

    @property
    def price(self) -> Decimal | None:
        """Average: of the trades where they tell of all, else as stated."""
        traded = sum((quantity for quantity, _, _ in self.trades.values()), ZERO)
        if traded and traded == self.total:
            return sum((quantity * price for quantity, price, _ in self.trades.values()), ZERO) / traded
        return self.average


Book = dict[Key, Told]


def text(path: str) -> str:
    """A recorded file as it is."""
    return (DATA / path).read_text(encoding="utf-8")


def parsed(path: str) -> Any:
    """A recorded file, its numbers exact."""
    return json.loads(text(path), parse_float=Decimal)


def _number(written: Any) -> Decimal | None:
    return None if written in (None, "", "NA", "--") else Decimal(str(written))


def _positive(written: Any) -> Decimal | None:
    number = _number(written)
    return number if number is not None and number > 0 else None


def _merge(book: Book, key: Key, told: Told) -> None:
    """Of several records of one id the latest counts, with the most that any says was executed."""
    known = book.get(key)
    if known is not None:
        told.executed = max(told.executed, known.executed)
    book[key] = told


def _trade(book: Book, key: Key, told: Told, exec_id: str, trade: Trade) -> None:
    book.setdefault(key, told).trades[exec_id] = trade


def _local(written: str, style: str) -> datetime:
    return datetime.strptime(written, style).replace(tzinfo=INDIA).astimezone(UTC)


# -- Kite Connect ----------------------------------------------------------------------------------------------------

_KITE_ENDS = {"COMPLETE": "filled", "CANCELLED": "cancelled", "REJECTED": "rejected"}
_SIDES = {"BUY": "buy", "SELL": "sell", "B": "buy", "S": "sell"}


def kite(entries: Iterable[Entry]) -> Book:
    """Orders, the history of one order, or trades."""
    book: Book = {}
    for entry in entries:
        key = entry["order_id"], entry["tradingsymbol"]
        side = _SIDES[entry["transaction_type"]]
        quantity, average = Decimal(entry["quantity"]), Decimal(str(entry["average_price"]))
        if "trade_id" in entry:
            at = _local(entry["fill_timestamp"], "%Y-%m-%d %H:%M:%S")
            _trade(book, key, Told(key[1], side), entry["trade_id"], (quantity, average, at))
            continue
        at = _local(
            entry.get("exchange_update_timestamp") or entry["exchange_timestamp"] or entry["order_timestamp"],
            "%Y-%m-%d %H:%M:%S",
        )
        limit = _positive(entry["price"]) if entry["order_type"] in ("LIMIT", "SL") else None
        _merge(
            book,
            key,
            Told(
                key[1], side, quantity, None, limit, _positive(entry["trigger_price"]),
                Decimal(entry["filled_quantity"]), average or None, _KITE_ENDS.get(entry["status"], "alive"), at,
            ),
        )  # fmt: skip
    return book


# -- Kotak Neo -------------------------------------------------------------------------------------------------------

_KOTAK_ENDS = {
    "complete": "filled",
    "rejected": "rejected",
    "cancelled": "cancelled",
    "cancelled after market order": "cancelled",
}


def kotak_orders(entries: Iterable[Entry], book: Book | None = None) -> Book:
    """The order report."""
    book = {} if book is None else book
    for entry in entries:
        key = entry["nOrdNo"], entry["trdSym"]
        confirmed = entry.get("exCfmTm")
        known = book.get(key)
        told = Told(
            key[1], _SIDES[entry["trnsTp"]], Decimal(entry["qty"]), None,
            _positive(entry["prc"]) if entry["prcTp"] == "L" else None, _positive(entry["trgPrc"]),
            Decimal(entry["fldQty"]), _positive(entry["avgPrc"]), _KOTAK_ENDS.get(entry["ordSt"], "alive"),
            _local(confirmed, "%d-%b-%Y %H:%M:%S") if confirmed not in (None, "", "NA", "--")
            else _local(entry["hsUpTm"], "%Y/%m/%d %H:%M:%S"),
        )  # fmt: skip
        _merge(book, key, told)
        if known is not None:
            told.trades.update(known.trades)
    return book


def kotak_trades(entries: Iterable[Entry], book: Book | None = None) -> Book:
    """The trade report."""
    book = {} if book is None else book
    for entry in entries:
        key = entry["nOrdNo"], entry["trdSym"]
        fill = Decimal(entry["fldQty"]), Decimal(entry["avgPrc"]), _local(entry["exTm"], "%d-%b-%Y %H:%M:%S")
        _trade(book, key, Told(key[1], _SIDES[entry["trnsTp"]]), entry["flId"], fill)
    return book


# -- Alpaca ----------------------------------------------------------------------------------------------------------

_ALPACA_ENDS = {"filled": "filled", "canceled": "cancelled", "expired": "cancelled", "rejected": "rejected"}


def alpaca(entries: Iterable[Entry]) -> Book:
    """Order objects, each inside a record of the test that it comes from."""
    book: Book = {}
    for entry in entries:
        order = entry["order"]
        _merge(
            book,
            (order["id"], ""),
            Told(
                order["symbol"], order["side"], _number(order["qty"]), _number(order["notional"]),
                _number(order["limit_price"]), _number(order["stop_price"]), Decimal(order["filled_qty"]),
                _positive(order["filled_avg_price"]), _ALPACA_ENDS.get(order["status"], "alive"),
            ),
        )  # fmt: skip
    return book


# -- ccxt ------------------------------------------------------------------------------------------------------------

_CCXT_ENDS = {"canceled": "cancelled", "rejected": "rejected", "open": "alive", None: "alive"}


def _moment(milliseconds: int | None) -> datetime | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def _nested(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    for entry in entries:
        for order in entry["orders"]:
            yield from ((order, trade) for trade in order["trades"] if trade["amount"] is not None)


def ccxt(entries: Iterable[Entry]) -> Book:
    """Unified orders and trades, in records of the answers that they come from."""
    entries = list(entries)
    book: Book = {}
    ordered = [order for entry in entries for order in entry["orders"]]
    for order in sorted(ordered, key=lambda order: order["lastTradeTimestamp"] or order["timestamp"] or 0):
        amount = Decimal(str(order["amount"]))
        filled = Decimal(str(order["filled"] or 0))
        end = ("filled" if filled >= amount else "cancelled") if order["status"] == "closed" else order["status"]
        limit = None if order["type"] == "market" else _positive(order.get("price"))
        stop = _positive(order["triggerPrice"] or order["stopPrice"])
        stamp = order.get("lastUpdateTimestamp") or order["lastTradeTimestamp"] or order["timestamp"]
        told = Told(
            order["symbol"], order["side"], amount, None, limit, stop, filled, _positive(order.get("average")),
            _CCXT_ENDS.get(end, end), _moment(stamp),
        )  # fmt: skip
        _merge(book, (order["id"], order["symbol"]), told)
    alone = [(None, trade) for entry in entries for trade in entry["trades"] or []]
    for parent, trade in [*_nested(entries), *alone]:
        order_id = trade.get("order") or (parent or {}).get("id")
        key = str(order_id), trade["symbol"]
        fill = Decimal(str(trade["amount"])), Decimal(str(trade["price"])), _moment(trade["timestamp"])
        _trade(book, key, Told(trade["symbol"], trade["side"]), trade["id"], fill)
    return book
