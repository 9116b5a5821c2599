"""Nothing is booked twice: the same again changes nothing, something else under a known key is refused."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, execute, place, raw_fill, update
from support.fold_tables import Conn, gaps, order, refused, snapshot
from support.report_calls import ask, decide

CONTENT: dict[str, Any] = {
    "symbol": "INFY",
    "side": "buy",
    "quantity": 10,
    "order_type": "limit",
    "limit_price": 100,
    "client_order_id": "c1",
}


def test_placing_again_returns_the_order_as_it_is_now(trader: Conn) -> None:
    (first,) = call(trader, "place_order", **CONTENT)
    call(trader, "modify_order", first["order_id"], limit_price=101, quantity=12)
    execute(trader, first["order_id"], 5)
    before = snapshot(trader)
    (again,) = call(trader, "place_order", **CONTENT)
    assert again == order(trader, first["order_id"])
    (again,) = call(trader, "place_order", **CONTENT, reason="after a timeout", actor="bot")
    assert again["order_id"] == first["order_id"]
    assert snapshot(trader) == before


@pytest.mark.parametrize(
    "other",
    [
        {"symbol": "TCS"},
        {"side": "sell"},
        {"quantity": 11},
        {"limit_price": 101},
        {"order_type": "stop_limit", "stop_price": 99},
        {"time_in_force": "gtc"},
        {"variety": "amo"},
        {"book": "paper"},
        {"broker": "other"},
        {"broker_order_id": "b9"},
        {"strategy_id": "s"},
        {"entry_type": "reentry"},
        {"trade_mode": "paper"},
        {"cash_quantity": 1000},
        {"metadata": "{}", "quantity": 9},
    ],
    ids=lambda other: next(iter(other)),
)
def test_other_content_under_a_known_key(trader: Conn, other: dict[str, Any]) -> None:
    (first,) = call(trader, "place_order", **CONTENT)
    call(trader, "modify_order", first["order_id"], limit_price=101, quantity=11, broker_order_id="b9")
    with refused(trader, "OM005", client_order_id="c1", order_id=first["order_id"]):
        call(trader, "place_order", **{**CONTENT, **other})


@pytest.mark.parametrize("answer", [None, "accept", "reject"])
@pytest.mark.parametrize("quantity", [10, 20])
def test_the_key_of_a_request_was_never_placed(trader: Conn, answer: str | None, quantity: int) -> None:
    """Neither as the order that the request is about, nor as what it asks for."""
    call(trader, "place_order", **CONTENT)
    ask(trader, "replace", "c1", "c2", quantity=20)
    if answer:
        decide(trader, answer, "c2")
    with refused(trader, "OM005", client_order_id="c2"):
        call(trader, "place_order", **CONTENT | {"client_order_id": "c2", "quantity": quantity})
    (again,) = call(trader, "place_order", **CONTENT)
    assert again["client_order_id"] == ("c2" if answer == "accept" else "c1")


def test_a_key_is_per_account(owner: Conn, trader: Conn) -> None:
    owner.execute("INSERT INTO oms.account_members (role, account) VALUES ('oms_trader', 'second')")
    (first,) = call(trader, "place_order", **CONTENT, broker_order_id="b1")
    (second,) = call(trader, "place_order", **CONTENT, broker_order_id="b1", account="second")
    assert first["order_id"] != second["order_id"]
    (again,) = call(trader, "place_order", **CONTENT, broker_order_id="b1", account="second")
    assert again["order_id"] == second["order_id"]


def test_without_a_key_every_call_is_an_order(trader: Conn) -> None:
    assert place(trader) != place(trader)


def test_a_broker_order_id_is_taken_once(trader: Conn) -> None:
    first = place(trader, broker_order_id="b1")
    second = place(trader)
    with refused(trader, "OM005", broker_order_id="b1"):
        place(trader, broker_order_id="b1")
    with refused(trader, "OM005", broker_order_id="b1"):
        call(trader, "accept_order", second, "b1")
    with refused(trader, "OM005", broker_order_id="b1"):
        call(trader, "modify_order", second, broker_order_id="b1")
    with refused(trader, "OM005", broker_order_id="b1"):
        call(trader, "record_manual_order", "b1", "INFY", "buy", 10, order_id=second)
    other_broker = place(trader, broker_order_id="b1", broker="other")
    assert len({first, second, other_broker}) == 3


def test_an_execution_is_booked_once(trader: Conn) -> None:
    order_id = place(trader)
    told = {"fees": 2, "fee_currency": "INR", "trade_date": "2026-01-02", "occurred_at": "2026-01-02 10:00+00"}
    execute(trader, order_id, 4, 100, exec_id="e1", **told)
    execute(trader, order_id, 6, 101, exec_id="e2")
    before = snapshot(trader)
    execute(trader, order_id, 4, 100, exec_id="e1")
    execute(trader, order_id, None, 101, exec_id="e2")
    execute(trader, order_id, 4, 100, exec_id="e1", actor="bot", **told)
    # Two channels of one broker seldom agree on the time.
    execute(trader, order_id, 4, 100, exec_id="e1", occurred_at="2026-01-02 15:31+05:30")
    trader.execute(
        "INSERT INTO oms.fills (order_id, exec_id, quantity, price) VALUES (%s, 'e1', 4, 100) ON CONFLICT DO NOTHING",
        [order_id],
    )
    assert snapshot(trader) == before
    for quantity, price in ((5, 100), (4, 99), (4, None), (None, 99)):
        with refused(trader, "OM005", order_id=order_id, exec_id="e1"):
            execute(trader, order_id, quantity, price, exec_id="e1")
    for name, other in (
        ("fees", 3),
        ("fee_currency", "USD"),
        ("trade_date", "2026-01-03"),
    ):
        with refused(trader, "OM005", order_id=order_id, exec_id="e1"):
            execute(trader, order_id, 4, 100, exec_id="e1", **{name: other})


def test_an_exec_id_is_per_order(trader: Conn) -> None:
    for order_id in (place(trader), place(trader)):
        execute(trader, order_id, 4, 100, exec_id="e1")
        assert order(trader, order_id)["execution_qty"] == 4


def test_an_execution_is_busted_once(trader: Conn) -> None:
    order_id = place(trader)
    execute(trader, order_id, 4, 100, exec_id="e1")
    raw_fill(trader, order_id=order_id, kind="correct", exec_ref_id="e1", exec_id="e2", quantity=5, price=100)
    with refused(trader, "OM005", order_id=order_id, exec_ref_id="e1", undone_by="e2"):
        raw_fill(trader, order_id=order_id, kind="cancel", exec_ref_id="e1")
    raw_fill(trader, order_id=order_id, kind="cancel", exec_ref_id="e2")
    with refused(trader, "OM005", exec_ref_id="e2"):
        raw_fill(trader, order_id=order_id, kind="correct", exec_ref_id="e2", quantity=4, price=100)
    assert order(trader, order_id)["execution_qty"] == 0


def test_a_manual_order_is_seen_once(trader: Conn) -> None:
    (first,) = call(trader, "record_manual_order", "b1", "INFY", "buy", 10)
    before = snapshot(trader)
    (again,) = call(trader, "record_manual_order", "b1", "INFY", "buy", 10)
    assert again["order_id"] == first["order_id"]
    assert snapshot(trader) == before
    for symbol, side in (("TCS", "buy"), ("INFY", "sell")):
        with refused(trader, "OM005", broker_order_id="b1", order_id=first["order_id"]):
            call(trader, "record_manual_order", "b1", symbol, side, 10)
        with refused(trader, "OM005", order_id=first["order_id"]):
            call(trader, "record_manual_order", "b2", symbol, side, 10, order_id=first["order_id"])


def test_repeating_what_is_reached_changes_nothing(trader: Conn) -> None:
    cancelled, rejected, accepted, expired = (place(trader) for _ in range(4))
    adjusted = place(trader)
    repeated: list[tuple[str, list[Any]]] = [
        ("mark_cancelled", [cancelled, "done for today"]),
        ("mark_rejected", [rejected, "no margin"]),
        ("accept_order", [accepted, "b1"]),
        ("expire_order", [expired]),
        ("adjust_quantity", [adjusted, 20]),
        ("modify_order", [adjusted, 20]),
        ("retry_order", [adjusted]),
        ("adjust_position", ["TCS", 5]),
    ]
    for name, arguments in repeated:
        call(trader, name, *arguments)
        before = snapshot(trader)
        call(trader, name, *arguments)
        assert snapshot(trader) == before, name
    call(trader, "mark_cancelled", cancelled, "another reason")
    assert order(trader, cancelled)["reason"] == "done for today"
    assert gaps(trader) == []


CALLS: dict[str, list[Any]] = {
    "mark_executed": [100, 1],
    "mark_rejected": ["no margin"],
    "mark_cancelled": [],
    "mark_failed": ["no network"],
    "retry_order": [],
    "expire_order": [],
    "accept_order": ["b1"],
    "modify_order": [20],
    "adjust_quantity": [20],
}


@pytest.mark.parametrize("name", CALLS)
def test_expected_version(trader: Conn, name: str) -> None:
    order_id = place(trader)
    if name == "retry_order":
        call(trader, "mark_failed", order_id, "no network")
    stale = order(trader, order_id)["version"]
    update(trader, order_id, strategy_id="other")
    with refused(trader, "OM008", order_id=order_id, expected_version=stale, version=stale + 1):
        call(trader, name, order_id, *CALLS[name], expected_version=stale)
    call(trader, "record_status_check", order_id)
    (changed,) = call(trader, name, order_id, *CALLS[name], expected_version=stale + 1)
    assert changed["version"] == stale + 2


def test_an_annotation_makes_no_version_stale(owner: Conn, trader: Conn) -> None:
    order_id = place(trader)
    owner.execute(
        "INSERT INTO oms.order_events"
        " (order_id, seq, account, event_type, from_status, to_status, recorded_at, txid, db_user)"
        " SELECT order_id, 2, account, 'discrepancy', status, status, clock_timestamp(), pg_current_xact_id(), 'x'"
        " FROM oms.orders"
    )
    assert trader.execute("UPDATE oms.orders SET version = NULL").rowcount == 1
    assert order(trader, order_id)["version"] == 2
    assert gaps(trader) == []
    (changed,) = call(trader, "mark_cancelled", order_id, expected_version=1)
    assert (changed["status"], changed["version"]) == ("cancelled", 3)
    assert gaps(trader) == []
