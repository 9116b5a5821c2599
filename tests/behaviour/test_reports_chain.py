"""The ids an order has had: any of them finds it, none is used again, and its end leaves no request open."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.errors import UniqueViolation

from support.fold_orders import call, execute, place, reach, update
from support.fold_tables import Conn, event_types, gaps, order, refused, rows, snapshot
from support.report_calls import ask, asked, decide, of, status, told


def _chain(conn: Conn) -> int:
    """An order placed as a, replaced as b and c, with a cancel d asked for."""
    order_id = place(conn, client_order_id="a")
    for orig, request_id in (("a", "b"), ("b", "c")):
        ask(conn, "replace", orig, request_id, quantity=12)
        decide(conn, "accept", request_id)
    ask(conn, "cancel", "c", "d")
    return order_id


def test_any_id_finds_the_order(trader: Conn) -> None:
    order_id = _chain(trader)
    for known in ("a", "b", "c", "d"):
        (found,) = call(trader, "find_order", client_order_id=known)
        assert found["order_id"] == order_id
    assert call(trader, "find_order", client_order_id="e") == []


def test_placing_again_after_replaces_returns_the_order(trader: Conn) -> None:
    order_id = _chain(trader)
    before = snapshot(trader)
    (again,) = call(trader, "place_order", "INFY", "buy", 10, client_order_id="a")
    assert again == order(trader, order_id)
    assert snapshot(trader) == before
    with refused(trader, "OM005", client_order_id="a"):
        call(trader, "place_order", "INFY", "buy", 11, client_order_id="a")


@pytest.mark.parametrize("taken", ["b", "c", "d"])
def test_an_id_of_a_request_is_no_new_orders(trader: Conn, taken: str) -> None:
    _chain(trader)
    with refused(trader, "OM005", client_order_id=taken):
        place(trader, "TCS", client_order_id=taken)
    other = place(trader, "TCS")
    # The id an order has now is guarded by an index, which speaks for itself in raw SQL.
    with refused(trader, "OM005", client_order_id=taken) if taken != "c" else pytest.raises(UniqueViolation):
        update(trader, other, client_order_id=taken)


@pytest.mark.parametrize(
    ("kind", "orig", "request_id", "named"),
    [
        ("cancel", "c", "a", {}),
        ("cancel", "c", "b", {}),
        ("replace", "c", "c2", {"quantity": 13}),
        ("replace", "c", "d", {"quantity": 13}),
        ("cancel", "other", "d", {}),
    ],
)
def test_an_id_is_used_once(trader: Conn, kind: str, orig: str, request_id: str, named: dict[str, Any]) -> None:
    _chain(trader)
    place(trader, "TCS", client_order_id="other")
    place(trader, "TCS", client_order_id="c2")
    with refused(trader, "OM005", client_order_id=request_id):
        ask(trader, kind, orig, request_id, **named)


def test_a_raw_update_of_the_id_is_a_replace(trader: Conn) -> None:
    order_id = reach(trader, "closed by its exit", "INFY")
    update(trader, order_id, client_order_id="x")
    update(trader, order_id, client_order_id="y", quantity=15)
    again = order(trader, order_id)
    assert of(again, "status", "leaves_qty", "client_order_id") == ("ongoing", 5, "y")
    assert event_types(trader, order_id)[-1] == "replaced"
    link = asked(trader, "y")
    assert of(link, "orig_client_order_id", "kind", "state") == ("x", "replace", "accepted")
    assert of(link, "order_id", "granted_quantity", "decided_at") == (order_id, 15, again["updated_at"])
    assert rows(trader, "SELECT order_id FROM oms.find_order('x')") == [{"order_id": order_id}]
    assert gaps(trader) == []


def test_a_raw_update_grants_the_request_of_that_id(trader: Conn) -> None:
    order_id = place(trader, client_order_id="x")
    ask(trader, "replace", "x", "y", quantity=20)
    update(trader, order_id, client_order_id="y", quantity=18)
    assert of(asked(trader, "y"), "state", "granted_quantity") == ("accepted", 18)
    before = snapshot(trader)
    decide(trader, "accept", "y")
    assert snapshot(trader) == before
    assert gaps(trader) == []


ENDS: dict[str, tuple[Any, ...]] = {
    "mark_cancelled": (),
    "expire_order": (),
    "mark_rejected": ("no margin",),
    "mark_failed": ("no network",),
    "hold_order": ("done_for_day",),
}


@pytest.mark.parametrize("executed", [0, 4])
@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_an_order_supersedes_its_requests(trader: Conn, end: str, executed: int) -> None:
    order_id = place(trader, client_order_id="a")
    if executed:
        execute(trader, order_id, executed)
    ask(trader, "cancel", "a", "b")
    ask(trader, "replace", "a", "c", quantity=20)
    decide(trader, "acknowledge", "c")
    call(trader, end, order_id, *ENDS[end])
    ended = order(trader, order_id)
    for request_id in ("b", "c"):
        assert of(asked(trader, request_id), "state", "decided_at") == ("superseded", ended["updated_at"])
    assert not status(trader, order_id).startswith("Pending")
    assert gaps(trader) == []


def test_what_is_learned_late_of_a_superseded_request(trader: Conn) -> None:
    order_id = place(trader, client_order_id="a")
    for request_id in ("b", "c"):
        ask(trader, "cancel", "a", request_id)
    ask(trader, "replace", "a", "d", quantity=20)
    call(trader, "mark_cancelled", order_id)
    decide(trader, "reject", "b", reason="too late")
    decide(trader, "accept", "c")
    decide(trader, "accept", "d")
    assert [asked(trader, request_id)["state"] for request_id in "bcd"] == ["rejected", "accepted", "accepted"]
    ended = order(trader, order_id)
    assert of(ended, "status", "client_order_id") == ("cancelled", "d")
    assert of(ended, "quantity", "leaves_qty", "cancelled_qty") == (20, 0, 20)
    assert told(trader, order_id)[5:] == [
        ("request_rejected", "cancel rejected as b: too late"),
        ("request_accepted", "cancel accepted as c, which changes nothing any more"),
        ("replaced", None),
    ]
    assert gaps(trader) == []
