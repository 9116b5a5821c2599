"""What a bot does to many orders at once: quantities before the open, re-entries after an exit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from support.fold_orders import call, execute, place
from support.fold_tables import Conn, event_count, event_types, events, gaps, order, refused, snapshot

DEFAULT = "Quantity adjusted - before market open"


def _amo(conn: Conn, symbol: str = "INFY", **terms: Any) -> int:
    return place(conn, symbol, **{"variety": "amo", **terms})


def _adjust(conn: Conn, *entries: Any, **named: Any) -> list[dict[str, Any]]:
    return call(conn, "adjust_quantities", json.dumps(entries), **named)


# -- quantities before the open ----------------------------------------------------------------------------------------


def test_quantities_are_adjusted_in_one_step(trader: Conn) -> None:
    ids = [_amo(trader, symbol, client_order_id=symbol) for symbol in ("INFY", "TCS", "WIPRO")]
    entries = [
        {"order_id": ids[2], "quantity": 12},
        {"client_order_id": "INFY", "quantity": 7.5},
        {"order_id": ids[1], "quantity": 10},
    ]
    found = _adjust(trader, *entries, actor="bot", occurred_at="2026-01-05 09:00+05:30")
    assert [(o["order_id"], o["quantity"]) for o in found] == [(ids[2], 12), (ids[0], Decimal("7.5")), (ids[1], 10)]
    assert found == [order(trader, o["order_id"]) for o in found]
    for changed in found[:2]:
        assert changed["quantity_adjusted_at"] == changed["updated_at"]
        assert (changed["reason"], changed["leaves_qty"], changed["version"]) == (DEFAULT, changed["quantity"], 2)
        event = events(trader, changed["order_id"])[-1]
        assert (event["event_type"], event["reason"], event["actor"]) == ("quantity_adjusted", DEFAULT, "bot")
        assert event["occurred_at"] is not None
    assert (found[2]["version"], found[2]["quantity_adjusted_at"]) == (1, None)
    assert gaps(trader) == []


def test_every_change_has_its_reason(trader: Conn) -> None:
    """Also where the row says the same already, and where the transaction says one."""
    order_id = _amo(trader)
    for quantity in (11, 12):
        _adjust(trader, {"order_id": order_id, "quantity": quantity})
    _adjust(trader, {"order_id": order_id, "quantity": 13}, reason="less margin")
    with trader.transaction():
        trader.execute("SELECT oms.set_context(reason => 'gap down')")
        _adjust(trader, {"order_id": order_id, "quantity": 14})
        _adjust(trader, {"order_id": order_id, "quantity": 15}, reason="half size")
    reasons = [event["reason"] for event in events(trader, order_id)[1:]]
    assert reasons == [DEFAULT, DEFAULT, "less margin", "gap down", "half size"]


def test_the_same_quantity_again_changes_nothing(trader: Conn) -> None:
    order_id = _amo(trader)
    _adjust(trader, {"order_id": order_id, "quantity": 12})
    before = snapshot(trader)
    (found,) = _adjust(trader, {"order_id": order_id, "quantity": 12.00}, reason="again")
    assert found == order(trader, order_id)
    assert _adjust(trader) == []
    assert snapshot(trader) == before


@pytest.mark.parametrize(
    ("entry", "sqlstate"),
    [
        ({"order_id": 99, "quantity": 1}, "OM001"),
        ({"client_order_id": "nobody", "quantity": 1}, "OM001"),
        ({"quantity": 1}, "OM001"),
        ({"order_id": "1", "quantity": 1}, "OM001"),
        ({"order_id": 1.5, "quantity": 1}, "OM001"),
        ({"order_id": 10**30, "quantity": 1}, "OM001"),
        ({"order_id": -1, "quantity": 1}, "OM001"),
        ({"order_id": 2, "client_order_id": "c2", "quantity": 1}, "OM001"),
        ({"order_id": 2}, "OM007"),
        ({"order_id": 2, "quantity": 0}, "OM007"),
        ({"order_id": 2, "quantity": -1}, "OM007"),
        ({"order_id": 2, "quantity": "12"}, "OM007"),
        ({"order_id": 2, "quantity": None}, "OM007"),
        ({"order_id": 1, "quantity": 5}, "OM007"),
        ({"client_order_id": "c1", "quantity": 5}, "OM007"),
        ({"order_id": 3, "quantity": 5}, "OM007"),
        ({"order_id": 4, "quantity": 5}, "OM002"),
        (5, "OM007"),
        (None, "OM007"),
        ([], "OM007"),
    ],
    ids=str,
)
def test_one_bad_entry_refuses_all(trader: Conn, entry: Any, sqlstate: str) -> None:
    assert _amo(trader, client_order_id="c1") == 1
    assert _amo(trader, client_order_id="c2") == 2
    assert place(trader) == 3
    execute(trader, _amo(trader), 4)
    with refused(trader, sqlstate, entry=2, adjustment=entry):
        _adjust(trader, {"order_id": 1, "quantity": 12}, entry, {"quantity": 0})


@pytest.mark.parametrize("adjustments", ["{}", "null", "3", None])
def test_adjustments_are_a_list(trader: Conn, adjustments: str | None) -> None:
    with refused(trader, "OM007", argument="adjustments"):
        call(trader, "adjust_quantities", adjustments)


def test_large_and_exact_numbers(trader: Conn) -> None:
    order_id = _amo(trader)
    text = '[{"order_id": %s, "quantity": 123456789012345678901234567890.000000001}]' % order_id  # noqa: UP031
    (found,) = call(trader, "adjust_quantities", text)
    assert found["quantity"] == Decimal("123456789012345678901234567890.000000001")


def test_many_orders_are_linear_enough(trader: Conn) -> None:
    ids = [
        order_id
        for (order_id,) in trader.execute(
            "INSERT INTO oms.orders (symbol, side, quantity, variety)"
            " SELECT 'S' || n, 'buy', 10, 'amo' FROM generate_series(1, 2000) n RETURNING order_id"
        )
    ]
    found = _adjust(trader, *({"order_id": order_id, "quantity": 11} for order_id in reversed(ids)))
    assert [o["order_id"] for o in found] == ids[::-1]
    assert event_count(trader) == 4000


# -- re-entries after an exit ------------------------------------------------------------------------------------------


def _reentry(conn: Conn, symbol: str = "INFY", **terms: Any) -> int:
    return place(conn, symbol, **{"entry_type": "reentry", **terms})


def _called_off(conn: Conn, symbol: str = "INFY", **named: Any) -> list[tuple[int, str]]:
    return [(o["order_id"], o["status"]) for o in call(conn, "cancel_pending_reentries", symbol, **named)]


def test_what_was_never_sent_is_cancelled(trader: Conn) -> None:
    ids = [_reentry(trader), _reentry(trader, variety="amo")]
    assert _called_off(trader, actor="bot") == [(order_id, "cancelled") for order_id in ids]
    for order_id in ids:
        cancelled = order(trader, order_id)
        assert (cancelled["reason"], cancelled["end_reason"]) == ("Re-entry cancelled - position closed", "cancelled")
        assert (cancelled["cancelled_qty"], cancelled["leaves_qty"]) == (10, 0)
        assert cancelled["closed_at"] == cancelled["last_status_check"] == cancelled["updated_at"]
        event = events(trader, order_id)[-1]
        assert (event["event_type"], event["actor"], event["reason"]) == ("cancelled", "bot", cancelled["reason"])
    assert _called_off(trader) == []
    assert gaps(trader) == []


def test_it_is_what_mark_cancelled_does(trader: Conn) -> None:
    batch, single = _reentry(trader), _reentry(trader, "TCS")
    call(trader, "cancel_pending_reentries", "INFY", "stop hit")
    call(trader, "mark_cancelled", single, "stop hit")
    ours = ("order_id", "symbol", "placed_at", "closed_at", "updated_at", "last_status_check")
    one, other = ({k: v for k, v in order(trader, i).items() if k not in ours} for i in (batch, single))
    assert one == other
    logged = ("event_type", "from_status", "to_status", "reason", "changes")
    one, other = ({k: events(trader, i)[-1][k] for k in logged} for i in (batch, single))
    assert one == other


def test_what_may_live_at_the_broker_is_returned_as_it_is(trader: Conn) -> None:
    accepted = _reentry(trader, client_order_id="c1")
    call(trader, "accept_order", accepted, "B1")
    known = _reentry(trader, broker_order_id="B2")
    attempted = _reentry(trader)
    call(trader, "record_attempt", attempted, "read timed out")
    asked = _reentry(trader, client_order_id="c4")
    call(trader, "request_replace", "c4", "c4-2", 5)
    unsent = _reentry(trader)
    before = {i: order(trader, i) for i in (accepted, known, attempted, asked)}
    for left in ([(unsent, "cancelled")], []):
        assert _called_off(trader) == [*((i, "pending") for i in before), *left]
    assert {i: order(trader, i) for i in before} == before
    # The caller asks, the broker decides.
    call(trader, "request_cancel", "c1", "c1-cancel", "Re-entry cancelled - position closed")
    call(trader, "accept_request", "c1-cancel")
    assert order(trader, accepted)["status"] == "cancelled"
    assert _called_off(trader) == [(i, "pending") for i in (known, attempted, asked)]
    assert gaps(trader) == []


def test_paper_lives_nowhere_else(trader: Conn) -> None:
    order_id = _reentry(trader, trade_mode="paper", book="paper")
    call(trader, "accept_order", order_id, "P1")
    assert _called_off(trader) == []
    assert _called_off(trader, book="paper") == [(order_id, "cancelled")]


def test_everything_else_stays(trader: Conn) -> None:
    place(trader)
    _reentry(trader, "TCS")
    _reentry(trader, book="core")
    part_filled = _reentry(trader)
    execute(trader, part_filled, 4)
    before = snapshot(trader)
    assert _called_off(trader) == []
    assert _called_off(trader, "NOTHING") == []
    assert snapshot(trader) == before
    failed = _reentry(trader)
    call(trader, "mark_failed", failed, "no session")
    assert _called_off(trader) == [(failed, "cancelled")], "a retry would bring it back"
    assert event_types(trader, failed) == ["placed", "failed", "cancelled"]
