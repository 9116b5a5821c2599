"""Where a profile finds what an entry says: alternatives of a field, and what a trade owes to the order around it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from support.fold_tables import Conn, gaps, order, rows
from support.reconcile_calls import names, reconcile

ALPACA: dict[str, Any] = {
    "id": "A1",
    "symbol": "SPY",
    "side": "buy",
    "limit_price": "10",
    "qty": "2",
    "filled_qty": "0",
    "status": "new",
}
CCXT: dict[str, Any] = {
    "id": "1",
    "symbol": "BTC/USDT",
    "side": "buy",
    "type": "market",
    "amount": 2,
    "filled": 2,
    "status": "closed",
}


@pytest.mark.parametrize("said", [{"order_type": "limit"}, {"type": "", "order_type": "limit"}, {"type": "limit"}])
def test_the_first_alternative_that_says_something(trader: Conn, said: dict[str, Any]) -> None:
    [made] = reconcile(trader, [{**ALPACA, **said}], broker="alpaca")
    assert order(trader, made["order_id"])["order_type"] == "limit"


def test_every_field_has_alternatives(owner: Conn) -> None:
    """Each field of an order's profile, read from its second place where the first is missing."""
    fields = {
        "broker_order_id": "no", "client_order_id": "ours", "symbol": "what", "side": "way", "order_type": "kind",
        "time_in_force": "until", "variety": "sort", "quantity": "of", "limit_price": "at", "stop_price": "from",
        "status": "now", "filled_quantity": "done", "average_price": "mean", "message": "text",
    }  # fmt: skip
    told = dict(zip(fields, ("N1", "c1", "INFY", "SELL", "limit", "gtc", "amo", "7", "3", "4", "part", "2", "2.5", "-"),
                    strict=True))  # fmt: skip
    profile: dict[str, Any] = {name: [f"{name}.first", f"second.{theirs}"] for name, theirs in fields.items()}
    profile["broker_order_id"] = "second.no"
    owner.execute(
        "INSERT INTO oms.broker_profiles (broker, order_fields, missing) VALUES ('two', %s, '{\"-\"}')",
        [json.dumps(profile)],
    )
    owner.execute("INSERT INTO oms.broker_statuses VALUES ('two', 'part', 'Partially Filled')")
    entry = {"quantity": {"first": "-"}, "second": {theirs: told[name] for name, theirs in fields.items()}}
    made, executed = reconcile(owner, {"orders": [entry]}, broker="two")
    row = order(owner, made["order_id"])
    assert executed["decision"] == "executed"
    assert {name: row[name] for name in ("broker_order_id", "client_order_id", "symbol", "side", "order_type")} == {
        "broker_order_id": "N1", "client_order_id": "c1", "symbol": "INFY", "side": "sell", "order_type": "stop_limit",
    }  # fmt: skip
    assert [row[name] for name in ("time_in_force", "variety", "quantity", "limit_price", "stop_price")] == [
        "gtc", "amo", 7, 3, 4,
    ]  # fmt: skip
    assert (row["execution_qty"], row["execution_price"]) == (2, Decimal("2.5"))


def test_trades_inside_an_order_are_of_its_symbol(trader: Conn) -> None:
    """Two orders of one number, each with trades that name neither order nor symbol."""
    book = [
        {**CCXT, "trades": [{"id": "a", "amount": 1, "price": 10}, {"id": "b", "amount": 1, "price": 11}]},
        {**CCXT, "symbol": "ETH/USDT", "trades": [{"id": "a", "amount": 2, "price": 3}]},
    ]
    decisions = reconcile(trader, book, broker="kraken", profile="ccxt")
    assert names(decisions) == ["manual", "executed"] * 2
    booked = rows(trader, "SELECT symbol, execution_qty, execution_price FROM oms.orders ORDER BY symbol")
    assert [list(row.values()) for row in booked] == [["BTC/USDT", 2, Decimal("10.5")], ["ETH/USDT", 2, 3]]
    assert set(names(reconcile(trader, book, broker="kraken", profile="ccxt"))) == {"matched"}
    assert gaps(trader) == []


def test_a_trade_without_a_time_is_about_the_one_order_of_its_number(trader: Conn) -> None:
    book = {
        "orders": [{"nOrdNo": "7", "trdSym": "INFY-EQ", "trnsTp": "B", "qty": "3", "fldQty": "3", "avgPrc": "10.00",
                    "ordSt": "complete", "ordDtTm": "05-Nov-2024 09:15:00"}],
        "trades": [{"nOrdNo": "7", "trdSym": "INFY-EQ", "trnsTp": "B", "flId": "1", "fldQty": "3", "avgPrc": "10.00"}],
    }  # fmt: skip
    decisions = reconcile(trader, book, broker="kotak_neo")
    assert names(decisions) == ["manual", "executed"]
    assert [fill["exec_id"] for fill in rows(trader, "SELECT exec_id FROM oms.fills")] == ["1"]


def test_an_order_known_by_its_trades_grows_with_them(trader: Conn) -> None:
    """Nobody says how much was ordered: at least what was executed, and that is no contradiction."""
    trade: dict[str, Any] = {"order_id": "B9", "tradingsymbol": "INFY", "transaction_type": "BUY"}
    first = {**trade, "trade_id": "T1", "quantity": 4, "average_price": 100}
    second = {**trade, "trade_id": "T2", "quantity": 2, "average_price": 103}
    assert names(reconcile(trader, [first])) == ["manual", "executed"]
    [modified, executed] = reconcile(trader, [first, second])
    assert [modified["decision"], executed["decision"]] == ["modified", "executed"]
    row = order(trader, executed["order_id"])
    assert [row[name] for name in ("quantity", "execution_qty", "execution_price", "leaves_qty")] == [6, 6, 101, 0]
    assert names(reconcile(trader, [second, first])) == ["matched"]
    assert gaps(trader) == []
