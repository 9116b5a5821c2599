"""Entries that can't be read: each is a discrepancy, or read as far as it goes, and none stops the others."""

from __future__ import annotations

import json
import random
from decimal import localcontext
from typing import Any

import pytest

from support.fold_invariants import check_state
from support.fold_tables import Conn, gaps, order, rows, snapshot
from support.reconcile_books import accepted, both, said, sent, traded
from support.reconcile_calls import counted, names, now, reasons, reconcile, repeated

UNREADABLE = "neither an order nor a trade, by the fields of the profile"
TOO_LITTLE = "unknown here, and the book says too little to record it: id, symbol, side and quantity make it a row"
NO_NUMBER = "a number that is none"
HUGE = "S" * 100_000
NINES = int("9" * 60)


def _odd(**fields: Any) -> dict[str, Any]:
    return said("X", **fields)


# name: entry, the decisions about it and about nothing else, the reasons of its discrepancies
ENTRIES: dict[str, tuple[Any, list[str], list[str]]] = {
    "null": (None, ["discrepancy"], [UNREADABLE]),
    "a number": (5, ["discrepancy"], [UNREADABLE]),
    "a string": ("order", ["discrepancy"], [UNREADABLE]),
    "a truth": (True, ["discrepancy"], [UNREADABLE]),
    "nothing": ({}, ["discrepancy"], [UNREADABLE]),
    "nested garbage": ({"data": {"data": [{"x": [1]}]}}, ["discrepancy"], [UNREADABLE]),
    "a list of garbage": ([1, [2, {"a": 3}]], ["discrepancy"] * 3, [UNREADABLE] * 3),
    "five hundred lists": (json.loads("[" * 500 + "]" * 500), [], []),
    "an error message": ({"status": "error", "message": "no session"}, ["discrepancy"], [UNREADABLE]),
    "no id": (said(None), ["discrepancy"], [UNREADABLE]),
    "an empty id": (said(""), ["discrepancy"], ["no order_id"]),
    "no symbol": (_odd(tradingsymbol=None), ["discrepancy"], ["no symbol"]),
    "no side": (_odd(transaction_type=None), ["discrepancy"], ["side missing"]),
    "a side in other words": (_odd(transaction_type="买"), ["discrepancy"], ['side "买"']),
    "no quantity": (_odd(quantity=None), ["discrepancy"], [TOO_LITTLE]),
    "nothing ordered": (_odd(quantity=0), ["discrepancy"], [TOO_LITTLE]),
    "less than nothing ordered": (_odd(quantity=-5), ["discrepancy"], [TOO_LITTLE]),
    "a quantity in words": (_odd(quantity="ten"), ["discrepancy"], [NO_NUMBER]),
    "a quantity that is none": (_odd(quantity="NaN"), ["discrepancy"], [NO_NUMBER]),
    "an endless quantity": (_odd(quantity="Infinity"), ["discrepancy"], [NO_NUMBER]),
    "61 digits": (_odd(quantity=int("9" * 61)), ["discrepancy"], [NO_NUMBER]),
    "a blank symbol": (
        _odd(tradingsymbol="  "), ["discrepancy"], ["could not be applied: invalid argument (OM007)"],
    ),
    # Read as far as it goes.
    "an unknown status": (_odd(status="ODD"), ["manual", "discrepancy"], ['unknown status "ODD"']),
    "a status that is a number": (_odd(status=5), ["manual", "discrepancy"], ['unknown status "5"']),
    "a huge status": (_odd(status=HUGE), ["manual", "discrepancy"], [f'unknown status "{HUGE}"']),
    "less than nothing executed": (
        _odd(filled=-5), ["manual", "discrepancy"], ["executed below zero; -5 executed, here 0"],
    ),
    "an endless total": (_odd() | {"filled_quantity": "Infinity"}, ["manual", "discrepancy"], [NO_NUMBER]),
    "a price in words": (_odd(price="abc"), ["manual", "discrepancy"], [NO_NUMBER]),
    "a price of 200 digits": (_odd(price=int("9" * 200)), ["manual", "discrepancy"], [NO_NUMBER]),
    "an average below zero": (
        _odd(filled=5, average_price=-3), ["manual", "executed", "discrepancy"], ["executed at a price it doesn't say"],
    ),
    "no average": (
        _odd(filled=5, average_price=None), ["manual", "executed", "discrepancy"],
        ["executed at a price it doesn't say"],
    ),
    "complete, but not": (
        _odd(status="COMPLETE", filled=5), ["manual", "executed", "discrepancy"], ["COMPLETE, but 5 of 10 executed"],
    ),
    "contradicting sides under one id": (
        [_odd(), _odd(transaction_type="SELL")], ["manual", "discrepancy"],
        ["entries of this id contradict: buy INFY, sell INFY"],
    ),
    "contradicting symbols under one id": (
        [_odd(), _odd(tradingsymbol="TCS")], ["manual", "discrepancy"],
        ["entries of this id contradict: buy INFY, buy TCS"],
    ),
    # Odd, but nothing is wrong with it.
    "an id that is a number": (said(17), ["manual"], []),  # type: ignore[arg-type]
    "an id of letters from everywhere": (said("Ж😀", tradingsymbol="日本"), ["manual"], []),
    "60 digits": (_odd(quantity=NINES), ["manual"], []),
    "60 digits executed": (_odd(filled=NINES, quantity=NINES), ["manual", "executed"], []),
    "an exponent": (_odd(quantity="1e99"), ["manual"], []),
    "a huge symbol": (_odd(tradingsymbol=HUGE), ["discrepancy"], ["could not be applied: invalid argument (OM007)"]),
    "a huge tag": (_odd(tag=HUGE), ["manual"], []),
    "a huge message": (_odd(status="REJECTED", status_message=HUGE), ["manual", "rejected"], []),
    "24:61": (_odd(order_timestamp="2026-01-02 24:61:00"), ["manual"], []),
    "30 February": (_odd(order_timestamp="2026-02-30 10:00:00"), ["manual"], []),
    "a time that is an object": (_odd(order_timestamp={"a": 1}), ["manual"], []),
    "a time of 19 nines": (_odd(order_timestamp=9_999_999_999_999_999_999), ["manual"], []),
    "a time to come": (_odd(order_timestamp="9999-12-31 23:59:59"), ["manual"], []),
    "no status": (_odd(status=None), ["manual"], []),
    "an unknown type and validity": (_odd(order_type=3, validity="GTFO", variety=None), ["manual"], []),
    "a price below zero": (_odd(price=-5), ["manual"], []),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_an_odd_entry_stops_nothing(trader: Conn, name: str) -> None:
    entry, decisions, found = ENTRIES[name]
    ids = accepted(trader), sent(trader, client_order_id="c2", broker_order_id="B2")
    book = [said(filled=4), entry, said("B2", filled=3)]
    at = now(trader)
    done = reconcile(trader, book, at)
    odd = [decision for decision in done if decision["order_id"] not in ids]
    assert names(decision for decision in done if decision["order_id"] in ids) == ["executed", "executed"]
    assert sorted(names(odd)) == sorted(decisions)
    assert reasons(odd) == found
    assert all(decision["occurred_at"] == at for decision in odd)
    assert [order(trader, order_id)["execution_qty"] for order_id in ids] == [4, 3]
    with localcontext(prec=200):
        check_state(snapshot(trader))
    again = repeated(trader, book, at)
    assert set(reasons(again)) <= set(found)
    assert set(names(again)) <= {"matched", "discrepancy"}


def test_what_is_told_of_an_unreadable_part_stays(trader: Conn) -> None:
    """The decision names the entry by its digest, the run has the book."""
    reconcile(trader, [None, {"x": 1}], now(trader))
    query = """
        SELECT encode(sha256(convert_to(p.part::text, 'UTF8')), 'hex') AS digest
          FROM oms.reconciliations r, jsonb_array_elements(r.snapshot) AS p (part) ORDER BY 1"""
    digests = rows(trader, query)
    assert digests == rows(trader, "SELECT digest FROM oms.reconciliation_decisions ORDER BY 1")


# Trades: the decisions about X, whose trade it is.
TRADES: dict[str, tuple[Any, list[str], list[str]]] = {
    "no id": (traded(None, 3, order_id="X"), ["discrepancy"], ["a trade without id"]),
    "no order": (traded("T1", 3) | {"order_id": None}, ["discrepancy"], ["a trade without its order"]),
    "no quantity": (
        traded("T1", 0, order_id="X"), ["discrepancy"], ["a trade that doesn't say how much"],
    ),
    "less than nothing": (
        traded("T1", -3, order_id="X"), ["discrepancy"], ["a trade that doesn't say how much"],
    ),
    "a quantity in words": (
        traded("T1", 1, order_id="X") | {"quantity": "three"}, ["discrepancy"], ["a trade that doesn't say how much"],
    ),
    "null": (None, ["discrepancy"], [UNREADABLE]),
    "no price": (
        traded("T1", 3, order_id="X") | {"average_price": None}, ["manual", "executed"], [],
    ),
    "a bad time": (
        traded("T1", 3, order_id="X", fill_timestamp="2026-02-30 24:61"), ["manual", "executed"], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRADES)
def test_an_odd_trade_stops_nothing(trader: Conn, name: str) -> None:
    trade, decisions, found = TRADES[name]
    order_id = accepted(trader)
    book = both([said(filled=4)], [trade, traded("T4", 4)])
    done = reconcile(trader, book, now(trader))
    odd = [decision for decision in done if decision["order_id"] != order_id]
    assert names(odd) == decisions
    assert reasons(odd) == found
    assert order(trader, order_id)["execution_qty"] == 4
    check_state(snapshot(trader))
    assert gaps(trader) == []


@pytest.mark.parametrize("trade", [traded(None, 3), traded("T1", 0), traded("T1", 1) | {"quantity": "three"}])
def test_an_odd_trade_of_a_known_order_is_its_discrepancy(trader: Conn, trade: Any) -> None:
    order_id = accepted(trader)
    book = both([said()], [trade])
    at = now(trader)
    (decision,) = reconcile(trader, book, at)
    assert (decision["decision"], decision["order_id"]) == ("discrepancy", order_id)
    assert order(trader, order_id)["execution_qty"] == 0
    assert names(repeated(trader, book, at)) == ["discrepancy"]


def test_an_odd_entry_of_a_known_order_misses_nothing(trader: Conn) -> None:
    """It is in the book, however garbled: so it isn't missing."""
    order_id = accepted(trader)
    done = reconcile(trader, [said(quantity="ten", price="x")], now(trader))
    assert (names(done), done[0]["order_id"]) == (["discrepancy"], order_id)


def test_an_order_that_cannot_be_made_stops_nothing(trader: Conn, owner: Conn) -> None:
    """Among many that can: each in its place, the reason with it."""
    rules = "ALTER TABLE oms.orders ADD CONSTRAINT orders_test_ck CHECK (symbol <> 'BAD')"
    owner.execute(rules)
    bad = {3, 7, 8, 20}
    book = [said(f"B{n:02}", filled=n % 3, tradingsymbol="BAD" if n in bad else "INFY") for n in range(25)]
    done = reconcile(trader, book, now(trader))
    count = {"manual": 21, "discrepancy": 4, "executed": sum(n % 3 > 0 for n in range(25) if n not in bad)}
    assert counted(done) == count
    assert {decision["broker_order_id"] for decision in done if decision["decision"] == "discrepancy"} == {
        f"B{n:02}" for n in bad
    }
    assert all("orders_test_ck" in reason and reason.endswith("(23514)") for reason in reasons(done))
    total = sum(n % 3 for n in range(25) if n not in bad)
    assert rows(trader, "SELECT sum(execution_qty) AS qty FROM oms.orders") == [{"qty": total}]
    check_state(snapshot(trader))


ENDLESS = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=20_000))


@pytest.mark.parametrize(
    "book",
    [[said(ENDLESS)], [said("X", filled=3, tradingsymbol=ENDLESS)], [said("X"), traded(ENDLESS, 1, order_id="X")]],
    ids=["an order's id", "a symbol", "a trade's id"],
)
def test_a_text_that_no_index_takes_stops_nothing(trader: Conn, book: Any) -> None:
    order_id = accepted(trader)
    reconcile(trader, [*book, said(filled=4)], now(trader))
    assert order(trader, order_id)["execution_qty"] == 4
    assert gaps(trader) == []
