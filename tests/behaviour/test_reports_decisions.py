"""How a request to cancel or replace may be decided: once, by the broker's word, never below what is executed."""

from __future__ import annotations

from support.fold_orders import execute, place
from support.fold_tables import Conn, event_types, gaps, order, refused, snapshot
from support.report_calls import ask, asked, decide, of, status


def test_the_brokers_word_is_better_than_our_guess(trader: Conn) -> None:
    """What was rejected here, the order being unknown or executed, the broker may still grant."""
    ask(trader, "replace", "a", "b", quantity=12)
    order_id = place(trader, client_order_id="a")
    assert decide(trader, "accept", "b")["order_id"] == order_id
    execute(trader, order_id)
    assert ask(trader, "replace", "b", "c", limit_price=99)["state"] == "rejected"
    decide(trader, "accept", "c", quantity=20)
    assert of(order(trader, order_id), "client_order_id", "quantity", "leaves_qty") == ("c", 20, 8)
    assert event_types(trader, order_id) == ["placed", "replaced", "executed", "request_rejected", "replaced"]
    assert gaps(trader) == []


def test_never_below_what_is_executed(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a")
    execute(trader, order_id, 7)
    ask(trader, "replace", "a", "b", quantity=5)
    assert decide(trader, "accept", "b")["granted_quantity"] == 7
    assert (order(trader, order_id)["quantity"], status(trader, order_id)) == (7, "Filled")
    assert gaps(trader) == []


def test_a_cancel_granted_too_late(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a")
    ask(trader, "cancel", "a", "b")
    execute(trader, order_id)
    with refused(trader, "OM002", order_id=order_id):
        decide(trader, "accept", "b")
    assert asked(trader, "b")["state"] == "received"


def test_a_bad_request_is_refused(trader: Conn) -> None:
    place(trader, client_order_id="a")
    for argument, bad in (
        ("client_order_id", {"request_id": " "}),
        ("client_order_id", {"request_id": "a"}),
        ("orig_client_order_id", {"orig": ""}),
        ("quantity", {"quantity": 0}),
        ("quantity", {"quantity": "NaN"}),
        ("limit_price", {"limit_price": -1}),
        ("stop_price", {"stop_price": "Infinity"}),
    ):
        with refused(trader, "OM007", argument=argument):
            ask(trader, **({"kind": "replace", "orig": "a", "request_id": "b"} | bad))
    for decision in ("acknowledge", "accept", "reject"):
        with refused(trader, "OM001", client_order_id="b"):
            decide(trader, decision, "b")


def test_a_request_is_decided_once(trader: Conn) -> None:
    place(trader, client_order_id="a")
    ask(trader, "replace", "a", "b", quantity=12)
    ask(trader, "replace", "a", "c", quantity=14)
    decide(trader, "accept", "b")
    decide(trader, "reject", "c")
    for decision, request_id in (("reject", "b"), ("accept", "c")):
        with refused(trader, "OM002", client_order_id=request_id):
            decide(trader, decision, request_id)
    before = snapshot(trader)
    decide(trader, "acknowledge", "b")
    decide(trader, "acknowledge", "c")
    assert snapshot(trader) == before
