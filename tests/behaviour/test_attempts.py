"""Unconfirmed is not failed: a transport error is logged, and ends nothing.

The random run is the same each time; a long one draws afresh:

    ORDERSTAMP_FUZZ=2000 pytest tests/behaviour/test_attempts.py -k random [--hypothesis-seed=N]

A failure prints the errors that lead to it, shrunk, and the blob that replays it.
"""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.fold_orders import STATES, call, execute, place, reach, update
from support.fold_tables import Conn, event_types, events, gaps, order, refused, row, rows, value

LONG = int(os.environ.get("ORDERSTAMP_FUZZ", "0"))
PROFILE = settings(
    max_examples=LONG or 60,
    derandomize=not LONG,
    print_blob=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
ERRORS = ("read timed out", "connection reset by peer", "broken pipe", "TLS handshake failed", "503 from the gateway")


def _exposure(conn: Conn, order_id: int) -> dict[str, Any]:
    return row(conn, "SELECT * FROM oms.open_exposure WHERE order_id = %s", [order_id])


def _exposed(conn: Conn) -> list[int]:
    return [found["order_id"] for found in rows(conn, "SELECT order_id FROM oms.open_exposure ORDER BY order_id")]


@pytest.mark.parametrize("state", STATES)
def test_an_attempt_changes_no_fact(trader: Conn, state: str) -> None:
    order_id = reach(trader, state, "INFY")
    before = order(trader, order_id)
    (after,) = call(
        trader, "record_attempt", order_id, "read timed out", actor="bot", occurred_at="2026-01-05 09:15+00"
    )
    assert after == order(trader, order_id)
    assert after == {**before, "version": before["version"] + 1, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    event = events(trader, order_id)[-1]
    assert (event["event_type"], event["reason"], event["actor"]) == ("attempted", "read timed out", "bot")
    assert (event["from_status"], event["to_status"], event["changes"]) == (before["status"], before["status"], {})
    assert event["db_user"] == "trader"
    assert event["recorded_at"] == after["updated_at"] > event["occurred_at"]
    assert gaps(trader) == []


@pytest.mark.parametrize("error", ["", "  ", None])
def test_an_attempt_says_what_went_wrong(trader: Conn, error: str | None) -> None:
    order_id = place(trader)
    with refused(trader, "OM007", argument="error", order_id=order_id) as refusal:
        call(trader, "record_attempt", order_id, error)
    assert "what went wrong" in refusal.hint


def test_each_call_is_an_attempt(trader: Conn) -> None:
    order_id = place(trader)
    for error in ERRORS[:3]:
        call(trader, "record_attempt", order_id, error)
    assert event_types(trader, order_id) == ["placed", *["attempted"] * 3]
    found = row(trader, "SELECT attempts, last_error FROM oms.unconfirmed_orders WHERE order_id = %s", [order_id])
    assert found == {"attempts": 3, "last_error": ERRORS[2]}


def test_an_attempt_makes_no_version_stale(trader: Conn) -> None:
    order_id = place(trader)
    call(trader, "record_attempt", order_id, "read timed out", expected_version=1)
    call(trader, "record_attempt", order_id, "read timed out", expected_version=1)
    call(trader, "modify_order", order_id, limit_price=5, expected_version=1)
    with refused(trader, "OM008", order_id=order_id, expected_version=1, version=4):
        call(trader, "record_attempt", order_id, "read timed out", expected_version=1)


def test_an_attempt_of_an_unknown_order(trader: Conn) -> None:
    with refused(trader, "OM001", order_id=99):
        call(trader, "record_attempt", 99, "read timed out")
    with refused(trader, "OM009", account="other"):
        call(trader, "record_attempt", 99, "read timed out", account="other")


def test_it_is_confirmed_by_the_broker_later(trader: Conn) -> None:
    order_id = place(trader, client_order_id="c1")
    call(trader, "record_attempt", order_id, "read timed out")
    assert _exposure(trader, order_id)["unconfirmed"]
    call(trader, "apply_execution_report", '{"ExecType": "New", "ClOrdID": "c1", "OrderID": "B1", "ExecID": "1"}')
    assert rows(trader, "SELECT * FROM oms.unconfirmed_orders") == []
    found = _exposure(trader, order_id)
    assert (found["unconfirmed"], found["attempts"], found["broker_order_id"]) == (False, 1, "B1")


@pytest.mark.slow
@PROFILE
@given(errors=st.lists(st.sampled_from(ERRORS) | st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_random_transport_errors_end_nothing(trader: Conn, errors: list[str]) -> None:
    """Whatever the transport says, and however often: open, unconfirmed, and counted as exposure."""
    order_id = place(trader, quantity=10, limit_price=5, order_type="limit")
    placed = order(trader, order_id)
    logged = [error for error in errors if error.strip(" ")]
    for error in errors:
        if error.strip(" "):
            call(trader, "record_attempt", order_id, error)
        else:
            with refused(trader, "OM007", argument="error"):
                call(trader, "record_attempt", order_id, error)
    now = order(trader, order_id)
    assert now == {**placed, "version": 1 + len(logged), "updated_at": now["updated_at"]}
    assert (now["status"], now["retry_count"], now["first_failed_at"]) == ("pending", 0, None)
    said = (len(logged), logged[-1] if logged else None)
    exposed = _exposure(trader, order_id)
    assert (exposed["unconfirmed"], exposed["signed_qty"], exposed["attempts"], exposed["last_error"]) == (
        True,
        10,
        *said,
    )
    query = "SELECT attempts, last_error FROM oms.unconfirmed_orders WHERE order_id = %s"
    assert row(trader, query, [order_id]) == {"attempts": said[0], "last_error": said[1]}
    assert gaps(trader) == []


# -- what could still trade --------------------------------------------------------------------------------------------

WORKING = {"pending", "working, part filled", "working, nothing held"}


@pytest.mark.parametrize("state", STATES)
def test_exposure_is_what_can_still_execute(trader: Conn, state: str) -> None:
    order_id = reach(trader, state, "INFY")
    leaves = order(trader, order_id)["leaves_qty"]
    assert (order_id in _exposed(trader)) == (state in WORKING) == (leaves > 0)
    if state in WORKING:
        found = _exposure(trader, order_id)
        assert (found["leaves_qty"], found["signed_qty"]) == (leaves, leaves)
        assert found["unconfirmed"] == (state == "pending")


@pytest.mark.parametrize("hold", ["suspended", "stopped", "not_triggered"])
def test_a_held_order_is_exposure(trader: Conn, hold: str) -> None:
    order_id = place(trader)
    call(trader, "hold_order", order_id, hold)
    assert _exposure(trader, order_id)["hold"] == hold


def test_paper_is_no_exposure(trader: Conn) -> None:
    place(trader, trade_mode="paper", book="paper")
    assert _exposed(trader) == []


def test_sides_have_signs_and_sum_up(trader: Conn) -> None:
    place(trader, quantity=10, order_type="limit", limit_price="99.5")
    sold = place(trader, side="sell", quantity=4, order_type="limit", limit_price=101)
    execute(trader, sold, 1, 101)
    place(trader, "TCS", "sell", 3)
    query = (
        "SELECT symbol, sum(signed_qty) AS qty, sum(signed_value) AS money FROM oms.open_exposure GROUP BY 1 ORDER BY 1"
    )
    assert rows(trader, query) == [
        {"symbol": "INFY", "qty": Decimal(7), "money": Decimal("692.0")},
        {"symbol": "TCS", "qty": Decimal(-3), "money": None},
    ]


def test_a_cash_order_is_exposed_with_its_money(trader: Conn) -> None:
    order_id = value(trader, "SELECT order_id FROM oms.place_order('INFY', 'buy', NULL, cash_quantity => 1000)")
    found = _exposure(trader, order_id)
    assert (found["leaves_qty"], found["signed_qty"], found["cash_quantity"], found["signed_value"]) == (
        None,
        None,
        1000,
        1000,
    )
    execute(trader, order_id, 2, 100)
    assert order(trader, order_id)["status"] == "ongoing"
    assert _exposure(trader, order_id)["signed_value"] == 800
    call(trader, "accept_order", order_id, quantity=10)
    assert _exposure(trader, order_id)["signed_qty"] == 8
    call(trader, "mark_cancelled", order_id)
    assert _exposed(trader) == []


def test_whose_it_is(trader: Conn) -> None:
    (manual,) = call(trader, "record_manual_order", "b1", "INFY", "buy", 10)
    ours = place(trader, strategy_id="momentum")
    assert _exposure(trader, manual["order_id"])["unclaimed"]
    assert _exposure(trader, ours)["strategy_id"] == "momentum"
    assert not _exposure(trader, ours)["unclaimed"]
    call(trader, "claim_manual_order", manual["order_id"], "momentum", "ours", actor="ana")
    assert not _exposure(trader, manual["order_id"])["unclaimed"]


def test_a_failed_order_is_none_until_it_is_retried(trader: Conn) -> None:
    order_id = place(trader)
    call(trader, "mark_failed", order_id, "connection refused")
    assert _exposed(trader) == []
    update(trader, order_id, status="pending")
    assert _exposed(trader) == [order_id]
