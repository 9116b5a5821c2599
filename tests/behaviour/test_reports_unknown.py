"""Reports of orders nobody knows: a row where enough is said, a refusal where not, nothing where there is no order."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, place
from support.fold_tables import Conn, gaps, order, refused, snapshot
from support.report_calls import NEW, asked, discrepancies, fields, of, report, reported, status, told


def test_an_unknown_order_becomes_a_row(trader: Conn) -> None:
    terms = {"OrderQty": 7.5, "OrdType": "4", "Price": "100", "StopPx": "99", "TimeInForce": "GTC"}
    made = report(trader, "E1", "0", **(NEW | {"Side": "Sell short"} | terms))
    assert of(made, "symbol", "side", "quantity", "client_order_id") == ("INFY", "sell", 7.5, "a")
    assert of(made, "order_type", "limit_price", "stop_price", "time_in_force") == ("stop_limit", 100, 99, "gtc")
    assert of(made, "entry_type", "broker_order_id", "status") == ("manual", "B-1", "pending")
    assert told(trader, made["order_id"])[0] == ("manual_detected", "Manual order detected")
    assert report(trader, "E2", "F", LastQty="1", LastPx="100", ClOrdID=None)["order_id"] == made["order_id"]
    assert (discrepancies(trader), gaps(trader)) == ([], [])


@pytest.mark.parametrize(
    ("exec_type", "said", "ended"),
    [
        ("F", {"LastQty": "4", "LastPx": "100"}, "ongoing"),
        ("4", {}, "cancelled"),
        ("4", {"ClOrdID": "b", "OrigClOrdID": "a"}, "cancelled"),
        ("5", {"ClOrdID": "b", "OrigClOrdID": "a"}, "pending"),
        ("6", {"ClOrdID": "b", "OrigClOrdID": "a"}, "pending"),
        ("8", {"OrdRejReason": "1"}, "failed"),
        ("C", {}, "cancelled"),
        ("3", {}, "cancelled"),
        ("9", {}, "pending"),
    ],
)
def test_whatever_the_first_word_is(trader: Conn, exec_type: str, said: dict[str, Any], ended: str) -> None:
    made = report(trader, "E1", exec_type, **(NEW | {"ExecType": exec_type} | said))
    assert of(made, "status", "symbol", "quantity") == (ended, "INFY", 10)
    assert made["client_order_id"] == (said.get("ClOrdID", "a") if exec_type == "5" else "a")
    for known in {"a", said.get("ClOrdID", "a")}:
        (found,) = call(trader, "find_order", client_order_id=known)
        assert found["order_id"] == made["order_id"]
    assert gaps(trader) == []


@pytest.mark.parametrize("missing", ["Symbol", "Side", "OrderQty"])
def test_an_unknown_order_of_which_too_little_is_said(trader: Conn, missing: str) -> None:
    with refused(trader, "OM001", ClOrdID="a", OrderID="B-1"):
        report(trader, "E1", "0", **(NEW | {missing: None}))


def test_a_refusal_of_a_request_about_no_order(trader: Conn) -> None:
    said: dict[str, Any] = {"MsgType": "9", "ClOrdID": "b", "OrigClOrdID": "x", "OrderID": "NONE", "CxlRejReason": "1"}
    for _ in range(2):
        nothing = report(trader, None, "0", **said, OrdStatus="8")
        assert set(nothing.values()) == {None}
    assert of(asked(trader, "b"), "state", "order_id") == ("rejected", None)
    assert [name for name, found in snapshot(trader).items() if found] == ["requests"]
    assert fields(trader, None)["ord_status"] == "Rejected"


def test_a_word_about_no_order_leaves_nothing(trader: Conn) -> None:
    before = snapshot(trader)
    assert report(trader, "E1", "8", OrderID="NONE", ClOrdID="x", OrdStatus="8")["order_id"] is None
    assert snapshot(trader) == before


@pytest.mark.parametrize("bad", [{"Side": "hold"}, {"OrderQty": "0"}, {"Symbol": " "}, {"Price": "-1"}])
def test_an_unknown_order_that_cant_be_is_refused(trader: Conn, bad: dict[str, Any]) -> None:
    with refused(trader, "OM007"):
        report(trader, "E1", "0", **(NEW | bad))


def test_kinds_we_have_no_word_for(trader: Conn) -> None:
    order_id = reported(trader, "E0", OrdType="K", TimeInForce="7", StopPx="90")
    made = order(trader, order_id)
    assert of(made, "order_type", "time_in_force") == ("stop", "day")
    assert made["order_metadata"] == {"OrdType": "K", "TimeInForce": "7"}


def test_the_id_of_another_order_is_noted(trader: Conn) -> None:
    other = place(trader, "TCS", broker_order_id="B-1")
    order_id = place(trader, client_order_id="a")
    assert report(trader, "E1", "0")["broker_order_id"] is None
    assert discrepancies(trader) == [f"OrderID B-1 belongs to order {other}"]
    assert (status(trader, order_id), order(trader, other)["version"]) == ("New", 1)
    assert gaps(trader) == []
