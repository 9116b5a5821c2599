"""An order placed by hand is nobody's until a named human claims it for a strategy or dismisses it."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_orders import call, execute, place, update
from support.fold_tables import Conn, event_types, events, gaps, order, refused, row, rows, snapshot


def _seen(conn: Conn, broker_order_id: str = "b1") -> int:
    """An order of 10 INFY placed by hand, as the broker told it; returns its id."""
    (found,) = call(conn, "record_manual_order", broker_order_id, "INFY", "buy", 10)
    order_id: int = found["order_id"]
    return order_id


def _claim(conn: Conn, order_id: int, strategy_id: str | None = "momentum", **named: Any) -> dict[str, Any]:
    (found,) = call(conn, "claim_manual_order", order_id, strategy_id, **{"reason": "ours", "actor": "ana", **named})
    return found


def _dismiss(conn: Conn, order_id: int, **named: Any) -> dict[str, Any]:
    (found,) = call(conn, "dismiss_manual_order", order_id, **{"reason": "not ours", "actor": "ana", **named})
    return found


def _handling(conn: Conn, order_id: int) -> tuple[Any, ...]:
    query = "SELECT handling, strategy_id, decided_by, decision FROM oms.manual_orders WHERE order_id = %s"
    return tuple(row(conn, query, [order_id]).values())


def test_a_strategy_claims_it(trader: Conn) -> None:
    order_id = _seen(trader)
    before = order(trader, order_id)
    assert before["strategy_id"] is None
    assert _handling(trader, order_id) == ("unclaimed", None, None, None)
    claimed = _claim(trader, order_id, reason="placed from the phone")
    assert claimed == {
        **before,
        "strategy_id": "momentum",
        **{k: claimed[k] for k in ("version", "updated_at", "last_event")},
    }
    event = events(trader, order_id)[-1]
    assert (event["event_type"], event["actor"], event["reason"]) == ("claimed", "ana", "placed from the phone")
    assert event["changes"] == {"strategy_id": "momentum"}
    assert _handling(trader, order_id) == ("claimed", "momentum", "ana", "placed from the phone")
    assert gaps(trader) == []


def test_claiming_again_changes_nothing(trader: Conn) -> None:
    order_id = _seen(trader)
    _claim(trader, order_id)
    before = snapshot(trader)
    assert _claim(trader, order_id, reason="still ours", actor="ben") == order(trader, order_id)
    assert snapshot(trader) == before


def test_another_strategy_can_not_claim_it(trader: Conn) -> None:
    order_id = _seen(trader)
    _claim(trader, order_id)
    with refused(trader, "OM005", order_id=order_id, strategy_id="momentum") as refusal:
        _claim(trader, order_id, "value")
    assert "momentum" in refusal.hint
    with refused(trader, "OM005", order_id=order_id, strategy_id="momentum"):
        _dismiss(trader, order_id)


def test_it_can_be_claimed_in_every_status(trader: Conn) -> None:
    reached: list[tuple[str, list[Any]]] = [
        ("mark_executed", [100]),
        ("mark_executed", [100, 4]),
        ("mark_cancelled", []),
        ("mark_rejected", ["no margin"]),
    ]
    for number, (name, arguments) in enumerate(reached):
        order_id = _seen(trader, f"b{number}")
        call(trader, name, order_id, *arguments)
        before = order(trader, order_id)
        claimed = _claim(trader, order_id)
        assert (claimed["status"], claimed["reason"]) == (before["status"], before["reason"])
        assert claimed["strategy_id"] == "momentum"
    assert gaps(trader) == []


def test_only_what_was_placed_by_hand(trader: Conn) -> None:
    order_id = place(trader)
    for decide in (_claim, _dismiss):
        with refused(trader, "OM007", argument="order_id", order_id=order_id) as refusal:
            decide(trader, order_id)
        assert "oms.manual_orders" in refusal.hint
        with refused(trader, "OM001", order_id=99):
            decide(trader, 99)
        with refused(trader, "OM009", account="other"):
            decide(trader, order_id, account="other")
    assert rows(trader, "SELECT * FROM oms.manual_orders") == []


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_who_and_why_are_demanded(trader: Conn, blank: str | None) -> None:
    order_id = _seen(trader)
    for decide in (_claim, _dismiss):
        with refused(trader, "OM007", argument="reason"):
            decide(trader, order_id, reason=blank)
        with refused(trader, "OM007", argument="actor") as refusal:
            decide(trader, order_id, actor=blank)
        assert "who" in refusal.hint
    with refused(trader, "OM007", argument="strategy_id", order_id=order_id):
        _claim(trader, order_id, blank)


def test_the_session_may_say_who(trader: Conn) -> None:
    order_id = _seen(trader)
    trader.execute("SET oms.actor = 'desk'")
    _claim(trader, order_id, actor=None)
    assert events(trader, order_id)[-1]["actor"] == "desk"
    with refused(trader, "OM007", argument="actor"):
        _dismiss(trader, _seen(trader, "b2"), actor=" ")


def test_the_reason_of_the_call_is_the_one_in_the_log(trader: Conn) -> None:
    """Whatever the transaction or the row says already; afterwards the transaction's stands again."""
    order_id = _seen(trader)
    with trader.transaction():
        trader.execute("SELECT oms.set_context(reason => 'sweep')")
        _dismiss(trader, order_id)
        _claim(trader, order_id, reason="Manual order detected")
        call(trader, "modify_order", order_id, limit_price=5)
    reasons = [(event["event_type"], event["reason"]) for event in events(trader, order_id)]
    assert reasons[1:] == [("dismissed", "not ours"), ("claimed", "Manual order detected"), ("modified", "sweep")]
    assert order(trader, order_id)["reason"] == "Manual order detected"


def test_a_dismissed_order_stays_and_follows_the_broker(trader: Conn) -> None:
    order_id = _seen(trader)
    before = order(trader, order_id)
    dismissed = _dismiss(trader, order_id)
    assert dismissed == {**before, "version": 2, "updated_at": dismissed["updated_at"]}
    assert _handling(trader, order_id) == ("dismissed", None, "ana", "not ours")
    execute(trader, order_id, 4)
    assert order(trader, order_id)["status"] == "ongoing"
    found = row(trader, "SELECT leaves_qty, unclaimed FROM oms.open_exposure WHERE order_id = %s", [order_id])
    assert found == {"leaves_qty": 6, "unclaimed": True}
    assert event_types(trader, order_id) == ["manual_detected", "dismissed", "executed"]
    assert gaps(trader) == []


def test_dismissing_again_changes_nothing(trader: Conn) -> None:
    order_id = _seen(trader)
    _dismiss(trader, order_id)
    before = snapshot(trader)
    assert _dismiss(trader, order_id, reason="really not") == order(trader, order_id)
    assert snapshot(trader) == before


def test_a_dismissed_order_can_be_claimed(trader: Conn) -> None:
    order_id = _seen(trader)
    _dismiss(trader, order_id)
    _claim(trader, order_id, reason="it was ours after all", actor="ben", expected_version=1)
    assert _handling(trader, order_id) == ("claimed", "momentum", "ben", "it was ours after all")
    with refused(trader, "OM008", order_id=order_id, expected_version=1):
        _dismiss(trader, order_id, expected_version=1)


def test_raw_sql_claims_and_gives_back(trader: Conn) -> None:
    """A decision, too: with its actor, and with its reason in the row or in the context."""
    order_id = _seen(trader)
    with refused(trader, "OM007", argument="reason"):
        update(trader, order_id, strategy_id="momentum")
    with refused(trader, "OM007", argument="actor"):
        update(trader, order_id, strategy_id="momentum", reason="ours after all")
    trader.execute("SET oms.actor = 'asha'")
    update(trader, order_id, strategy_id="momentum", reason="ours after all")
    assert event_types(trader, order_id)[-1] == "claimed"
    assert _handling(trader, order_id)[:2] == ("claimed", "momentum")
    update(trader, order_id, strategy_id=None)
    assert event_types(trader, order_id)[-1] == "modified"
    assert _handling(trader, order_id)[0] == "unclaimed"
    _dismiss(trader, order_id)
    assert _handling(trader, order_id)[0] == "dismissed"


def test_another_strategy_of_our_own_order_is_a_modification(trader: Conn) -> None:
    order_id = place(trader)
    update(trader, order_id, strategy_id="momentum")
    assert event_types(trader, order_id) == ["placed", "modified"]


def test_what_the_stream_detects_is_unclaimed(trader: Conn) -> None:
    report = '{"ExecType": "New", "OrderID": "B9", "ExecID": "1", "Symbol": "TCS", "Side": "1", "OrderQty": "5"}'
    (found,) = call(trader, "apply_execution_report", report)
    assert _handling(trader, found["order_id"])[0] == "unclaimed"
