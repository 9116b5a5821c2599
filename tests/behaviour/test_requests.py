"""Requests to cancel or replace: recorded before they are sent, decided once, keyed by the chain of ids."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import execute, place, reach, update
from support.fold_tables import Conn, event_types, gaps, order, refused, rows
from support.report_calls import ask, decide, fields, of, status, told


def test_a_cancel_step_by_step(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a")
    for step in range(2):
        received = ask(trader, "cancel", "a", "b", reason="too slow", actor="ana")
        assert of(received, "state", "order_id", "actor") == ("received", order_id, "ana"), step
    assert status(trader, order_id) == "Pending New"
    assert [decide(trader, "acknowledge", "b")["state"] for _ in range(2)] == ["pending"] * 2
    assert of(fields(trader, order_id), "ord_status", "cl_ord_id", "orig_cl_ord_id") == ("Pending Cancel", "b", "a")
    assert order(trader, order_id)["status"] == "pending"
    assert [decide(trader, "accept", "b")["state"] for _ in range(2)] == ["accepted"] * 2
    ended = order(trader, order_id)
    assert of(ended, "status", "end_reason", "client_order_id", "reason") == ("cancelled", "cancelled", "a", "too slow")
    assert status(trader, order_id) == "Canceled"
    assert told(trader, order_id) == [
        ("placed", "Order placed"), ("request_received", "cancel requested as b: too slow"),
        ("request_pending", "cancel pending as b"), ("cancelled", "too slow"),
    ]  # fmt: skip
    assert gaps(trader) == []


def test_a_replace_step_by_step(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a", order_type="limit", limit_price=100)
    before = order(trader, order_id)
    ask(trader, "replace", "a", "b", quantity=20, limit_price=101)
    decide(trader, "acknowledge", "b")
    assert status(trader, order_id) == "Pending Replace"
    waiting = order(trader, order_id)
    assert {name for name in before if before[name] != waiting[name]} == {"version", "updated_at"}
    granted = decide(trader, "accept", "b", quantity=15, broker_order_id="B-2")
    assert of(granted, "quantity", "granted_quantity", "granted_limit_price") == (20, 15, 101)
    replaced = order(trader, order_id)
    assert of(replaced, "client_order_id", "broker_order_id") == ("b", "B-2")
    assert of(replaced, "quantity", "leaves_qty", "limit_price") == (15, 15, 101)
    assert replaced["quantity_adjusted_at"] == replaced["updated_at"]
    assert of(fields(trader, order_id), "ord_status", "cl_ord_id", "orig_cl_ord_id") == ("New", "b", "a")
    assert event_types(trader, order_id) == ["placed", "request_received", "request_pending", "replaced"]
    assert gaps(trader) == []


def test_a_refused_request_leaves_the_order_alone(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a")
    ask(trader, "replace", "a", "b", quantity=20)
    before = order(trader, order_id)
    for _ in range(2):
        refusal = decide(trader, "reject", "b", reason="too late")
        assert of(refusal, "state", "rejection_reason") == ("rejected", "too late")
    after = order(trader, order_id)
    assert {name for name in before if before[name] != after[name]} == {"version", "updated_at"}
    assert told(trader, order_id)[2:] == [("request_rejected", "replace rejected as b: too late")]
    assert gaps(trader) == []


def test_a_request_for_an_order_nobody_knows(trader: Conn) -> None:
    for _ in range(2):
        request = ask(trader, "cancel", "nobody", "b")
        assert of(request, "state", "order_id", "rejection_reason") == ("rejected", None, "unknown order")
    assert request["decided_at"] == request["received_at"]
    assert rows(trader, "SELECT * FROM oms.order_events") == []
    assert decide(trader, "acknowledge", "b") == request
    with refused(trader, "OM002", client_order_id="b"):
        decide(trader, "accept", "b")
    assert decide(trader, "reject", "b", reason="unknown here too")["rejection_reason"] == "unknown here too"


@pytest.mark.parametrize(
    ("state", "kind", "named"),
    [
        ("cancelled", "cancel", {}),
        ("failed", "replace", {"quantity": 20}),
        ("rejected", "cancel", {}),
        ("part filled, remainder cancelled, held", "replace", {"quantity": 20}),
        ("filled, held", "cancel", {}),
        ("closed by its exit", "replace", {"limit_price": 99}),
        ("closed by its exit", "replace", {"quantity": 10}),
    ],
)
def test_a_request_for_a_finished_order(trader: Conn, state: str, kind: str, named: dict[str, Any]) -> None:
    order_id = reach(trader, state, "INFY")
    update(trader, order_id, client_order_id="a")
    version = order(trader, order_id)["version"]
    request = ask(trader, kind, "a", "b", **named)
    assert of(request, "state", "order_id") == ("rejected", order_id)
    why = f"{kind} requested as b: {request['rejection_reason']}"
    assert told(trader, order_id)[version:] == [("request_rejected", why)]
    assert gaps(trader) == []


@pytest.mark.parametrize("state", ["filled, held", "closed by its exit"])
def test_a_higher_quantity_opens_an_executed_order_again(trader: Conn, state: str) -> None:
    order_id = reach(trader, state, "INFY")
    update(trader, order_id, client_order_id="a")
    assert ask(trader, "replace", "a", "b", quantity=15)["state"] == "received"
    decide(trader, "accept", "b")
    again = order(trader, order_id)
    assert of(again, "status", "leaves_qty", "closed_at") == ("ongoing", 5, None)
    assert (event_types(trader, order_id)[-1], status(trader, order_id)) == ("replaced", "Partially Filled")
    execute(trader, order_id, 5)
    assert status(trader, order_id) == "Filled"
    assert gaps(trader) == []
