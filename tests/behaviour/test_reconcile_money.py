"""Where an order could be bought twice, booked twice or lost between the paths that tell of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support.fold_orders import call, execute, place, raw_fill
from support.fold_tables import Conn, event_count, events, gaps, order, refused, rows, value
from support.reconcile_books import TERMS, accepted, both, said, sent, traded
from support.reconcile_calls import names, now, reconcile


def _orders(conn: Conn) -> list[list[Any]]:
    query = "SELECT order_id, broker_order_id, status, execution_qty FROM oms.orders ORDER BY order_id"
    return [list(row.values()) for row in rows(conn, query)]


@pytest.mark.parametrize("known", ["by the book", "by call"])
def test_an_order_sent_again_is_known_by_its_new_id(trader: Conn, known: str) -> None:
    """Refused, tried again, and the second sending timed out: the book has both attempts."""
    order_id = sent(trader)
    refusal = said("KR", "REJECTED", tag="c1", status_message="too many requests")
    if known == "by the book":
        reconcile(trader, [refusal], now(trader))
    else:
        call(trader, "mark_rejected", order_id, "too many requests")
    call(trader, "retry_order", order_id)
    call(trader, "record_attempt", order_id, "read timed out")
    assert names(reconcile(trader, [refusal], now(trader))) == ["matched"], "the old refusal alone"
    assert order(trader, order_id)["status"] == "pending"
    book = [refusal, said("KS", "COMPLETE", 10, tag="c1")]
    reconcile(trader, book, now(trader))
    assert _orders(trader) == [[order_id, "KS", "ongoing", 10]]
    before = event_count(trader)
    assert set(names(reconcile(trader, book, now(trader)))) == {"matched"}
    assert event_count(trader) == before
    assert gaps(trader) == []


def test_an_order_refused_here_and_alive_there_is_not_tried_again(trader: Conn) -> None:
    order_id = accepted(trader)
    call(trader, "mark_rejected", order_id, "too many requests")
    assert names(reconcile(trader, [said()], now(trader))) == ["accepted", "discrepancy"]
    assert order(trader, order_id)["status"] == "pending"
    assert rows(trader, "SELECT order_id FROM oms.retry_queue") == []
    assert names(reconcile(trader, [said()], now(trader))) == ["matched"]


def test_totals_and_the_trade_of_all_of_them(trader: Conn) -> None:
    """Told in parts, executed at once: never more than ordered, not even in between."""
    order_id = accepted(trader)
    for filled in (3, 6, 10):
        reconcile(trader, [said(status="OPEN" if filled < 10 else "COMPLETE", filled=filled)], now(trader))
    execute(trader, order_id, 7, exec_id="T1")
    assert order(trader, order_id)["execution_qty"] == 10
    execute(trader, order_id, 3, exec_id="T2")
    assert order(trader, order_id)["execution_qty"] == 10
    assert "discrepancy" not in [event["event_type"] for event in events(trader, order_id)]
    assert gaps(trader) == []


def test_a_total_and_all_trades_in_one_statement(trader: Conn) -> None:
    order_id = accepted(trader)
    reconcile(trader, [said(status="COMPLETE", filled=10)], now(trader))
    trader.execute(
        "INSERT INTO oms.fills (order_id, exec_id, quantity, price)"
        " VALUES (%(id)s, 'T1', 4, 100), (%(id)s, 'T2', 6, 100)",
        {"id": order_id},
    )
    assert order(trader, order_id)["execution_qty"] == 10
    assert gaps(trader) == []


def test_an_execution_of_more_than_totals_told_comes_on_top(trader: Conn) -> None:
    order_id = accepted(trader)
    reconcile(trader, [said(filled=4)], now(trader))
    execute(trader, order_id, 6, exec_id="T2")
    assert order(trader, order_id)["execution_qty"] == 10
    execute(trader, order_id, 4, exec_id="T1")
    assert order(trader, order_id)["execution_qty"] == 10


def test_all_that_is_left_must_be_said_where_a_total_told_as_much(trader: Conn) -> None:
    order_id = accepted(trader)
    reconcile(trader, [said(filled=6)], now(trader))
    with refused(trader, "OM007", argument="last_qty"):
        execute(trader, order_id, exec_id="T1")
    execute(trader, order_id)
    assert order(trader, order_id)["execution_qty"] == 10


def test_a_total_that_stands_after_a_bust_is_booked_again(trader: Conn) -> None:
    order_id = accepted(trader)
    book = [said(status="COMPLETE", filled=10)]
    reconcile(trader, book, now(trader))
    execute(trader, order_id, 10, exec_id="T1")
    call(trader, "bust_fill", order_id, "T1")
    assert names(reconcile(trader, book, now(trader))) == ["executed"]
    assert order(trader, order_id)["execution_qty"] == 10
    assert names(reconcile(trader, book, now(trader))) == ["matched"]


@pytest.mark.parametrize("price", [Decimal("100.00000001"), Decimal("100.0"), None])
def test_one_execution_told_with_another_scale(trader: Conn, price: Any) -> None:
    order_id = accepted(trader)
    execute(trader, order_id, 4, 100, exec_id="T1")
    told = traded("T1", 4) | {"average_price": None if price is None else float(price)}
    reconcile(trader, both([said(filled=4)], [told]), now(trader))
    assert order(trader, order_id)["execution_qty"] == 4


def test_an_id_told_with_other_content_has_only_the_room_of_the_total(trader: Conn) -> None:
    order_id = accepted(trader)
    execute(trader, order_id, 7, 100, exec_id="F1")
    done = reconcile(trader, both([said(filled=7)], [traded("F1", 6, 100)]), now(trader))
    assert names(done) == ["discrepancy"]
    assert order(trader, order_id)["execution_qty"] == 7


def test_the_book_comes_before_our_own_confirmation(trader: Conn) -> None:
    """Nobody named a broker, and the book doesn't know our id: two rows, and the second confirmation says so."""
    order_id = place(trader, client_order_id="c9")
    reconcile(trader, [said("B9")], now(trader))
    with refused(trader, "OM005", order_id=order_id):
        call(trader, "accept_order", order_id, "B9")


def test_our_order_at_another_broker_is_no_manual_one(trader: Conn) -> None:
    order_id = sent(trader)
    done = reconcile(trader, [said(tag="c1")], now(trader), broker="zerodah", profile="kite")
    assert names(done) == ["discrepancy"]
    assert _orders(trader) == [[order_id, None, "pending", 0]]


def test_an_unknown_sending_before_a_refused_one(trader: Conn) -> None:
    order_id = sent(trader)
    call(trader, "record_attempt", order_id, "read timed out")
    call(trader, "mark_failed", order_id, "connection refused")
    assert value(trader, "SELECT state FROM oms.retry_queue") == "unconfirmed"


def test_a_version_that_is_not_there_yet(trader: Conn) -> None:
    order_id = place(trader)
    with refused(trader, "OM008", order_id=order_id):
        call(trader, "retry_order", order_id, expected_version=99)


def test_a_failed_reentry_does_not_come_back(trader: Conn) -> None:
    order_id = place(trader, entry_type="reentry")
    call(trader, "mark_failed", order_id, "no session")
    trader.execute("SELECT oms.cancel_pending_reentries(%s)", [order(trader, order_id)["symbol"]])
    assert order(trader, order_id)["status"] == "cancelled"


def test_an_exit_of_yesterdays_order_keeps_todays_number_apart(trader: Conn) -> None:
    """Kotak's numbers start anew every day; an exit moves yesterday's row, and yet it isn't today's."""
    yesterday, today = "26-Nov-2025 10:00:00", "27-Nov-2025 10:00:00"
    entry = {"nOrdNo": "1001", "trdSym": "INFY-EQ", "trnsTp": "B", "prcTp": "MKT", "avgPrc": "100.00"}
    first = {**entry, "qty": "10", "fldQty": "10", "ordSt": "complete", "ordDtTm": yesterday, "exCfmTm": yesterday}
    [made, _] = reconcile(trader, [first], "2025-11-26T06:00:00Z", broker="kotak_neo", book="")
    execute(trader, place(trader, "INFY-EQ", side="sell", quantity=10), 10)
    second = {**entry, "qty": "25", "fldQty": "5", "ordSt": "open", "ordDtTm": today, "exCfmTm": today}
    done = reconcile(trader, [second], "2025-11-27T06:00:00Z", broker="kotak_neo")
    assert names(done) == ["manual", "executed"]
    assert order(trader, made["order_id"])["quantity"] == 10
    assert gaps(trader) == []


def test_ids_of_totals_are_the_products_own(trader: Conn) -> None:
    order_id = place(trader, **TERMS)
    for put in (execute, raw_fill):
        with refused(trader, "OM007", argument="exec_id"):
            if put is execute:
                execute(trader, order_id, 2, exec_id="synthetic-mine")
            else:
                raw_fill(trader, order_id=order_id, exec_id="synthetic-mine", quantity=2, price=1)


@pytest.mark.parametrize(
    "answer", [{"status": "error", "message": "x", "data": []}, {"error": "expired", "orders": []}]
)
def test_an_error_with_an_empty_list_is_no_book(trader: Conn, answer: dict[str, Any]) -> None:
    with refused(trader, "OM007", argument="snapshot"):
        reconcile(trader, answer, now(trader))
