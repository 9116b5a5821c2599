"""A simulated broker's day, told in books and single messages, out of order and twice: it ends as one clean pass.

A failure prints the day and the messages that lead to it, shrunk, as Python. The run is the same each time; a long one
draws afresh:

    ORDERSTAMP_FUZZ=2000 pytest tests/behaviour/test_reconcile_random.py [--hypothesis-seed=N]
"""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from support.fifo_matching import same_price
from support.fold_invariants import check_state
from support.fold_orders import call
from support.fold_tables import Conn, event_count, gaps, order, rows, snapshot
from support.reconcile_books import said, sent
from support.reconcile_calls import names, now, reasons, reconcile
from support.reconcile_day import WAYS, Day, Delivery, Told, days, deliveries

LONG = int(os.environ.get("ORDERSTAMP_FUZZ", "0"))
PROFILE = settings(
    max_examples=LONG or 40,
    derandomize=not LONG,
    print_blob=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def _is_one_clean_pass(conn: Conn, delivery: Delivery, day: Day) -> None:
    """Every order is as the broker knows it in the end, and every execution counts once."""
    states = day.states(len(day.moves))
    orders = {row["broker_order_id"]: row for row in rows(conn, "SELECT * FROM oms.orders")}
    assert set(orders) == set(states), "no order twice, none lost"
    for name, known in states.items():
        row = orders[name]
        assert row["execution_qty"] == known.filled, f"{name} executed"
        average = known.worth / known.filled if known.filled else None
        assert same_price(row["execution_price"], average), f"{name} average"
        alive = row["status"] in ("pending", "ongoing") and row["leaves_qty"] > 0
        assert alive == (known.status == "OPEN"), f"{name} {known.status}"
        if known.status != "REJECTED":
            assert (row["end_reason"] == "cancelled") == (known.status == "CANCELLED")
        if known.status in ("OPEN", "COMPLETE"):
            assert (row["quantity"], row["limit_price"]) == (known.quantity, known.limit)
    told = {trade["trade_id"]: trade["quantity"] for trade in delivery.trades(len(day.moves))}
    net = rows(conn, "SELECT exec_id, quantity FROM oms.net_fills")
    assert {fill["exec_id"]: fill["quantity"] for fill in net} == told, "every execution once"


def _play(conn: Conn, day: Day, told: list[Told], *, confirmed: bool) -> None:
    conn.execute("BEGIN")
    try:
        delivery = Delivery(conn, day, confirmed=confirmed)
        for message in told:
            delivery.tell(message)
            assert gaps(conn) == []
        note(f"finally: {names(delivery.finish())}")
        _is_one_clean_pass(conn, delivery, day)
        check_state(snapshot(conn))
        events = event_count(conn)
        again = delivery.finish()
        assert event_count(conn) == events, f"told twice: {names(again)}"
        assert set(names(again)) <= {"matched"}, reasons(again)
        assert gaps(conn) == []
    finally:
        conn.execute("ROLLBACK")


def test_a_day_told_in_any_order_is_one_clean_pass(trader: Conn) -> None:
    @given(st.data())
    @PROFILE
    def play(data: st.DataObject) -> None:
        day = data.draw(days())
        _play(trader, day, data.draw(deliveries(day, WAYS)), confirmed=True)

    play()


def test_a_day_of_unconfirmed_orders_is_one_clean_pass(trader: Conn) -> None:
    """Nobody told us the broker's ids: the books find each order by ours."""

    @given(st.data())
    @PROFILE
    def play(data: st.DataObject) -> None:
        day = data.draw(days())
        _play(trader, day, data.draw(deliveries(day, WAYS)), confirmed=False)

    play()


def test_totals_written_raw_are_no_second_executions(trader: Conn) -> None:
    @given(st.data())
    @PROFILE
    def play(data: st.DataObject) -> None:
        day = data.draw(days())
        _play(trader, day, data.draw(deliveries(day, (*WAYS, "total"))), confirmed=True)

    play()


ENDS = ("OPEN", "COMPLETE", "CANCELLED", "REJECTED")
ERRORS = ("read timed out", "connection reset", "502 Bad Gateway")
Silence = st.lists(st.one_of(st.sampled_from(ERRORS), st.integers(-3600, 0), st.just("check")), max_size=8)


def test_transport_errors_and_books_without_it_end_no_order(trader: Conn) -> None:
    """Whatever fails, and whatever older or newer book lacks it: it is open and exposed, until a book has it."""

    @given(silence=Silence, end=st.sampled_from(ENDS), filled=st.integers(0, 9))
    @PROFILE
    def play(silence: list[str | int], end: str, filled: int) -> None:
        trader.execute("BEGIN")
        try:
            order_id = sent(trader)
            for step in silence:
                if isinstance(step, int):
                    done = reconcile(trader, [], now(trader) + timedelta(seconds=step))
                    assert set(names(done)) <= {"missing", "lost", "stale"}
                elif step == "check":
                    call(trader, "record_status_check", order_id)
                else:
                    call(trader, "record_attempt", order_id, step)
            row = order(trader, order_id)
            assert (row["status"], row["leaves_qty"], row["end_reason"]) == ("pending", 10, None)
            exposed = rows(trader, "SELECT order_id, attempts, unconfirmed FROM oms.open_exposure")
            attempts = sum(step in ERRORS for step in silence)
            assert exposed == [{"order_id": order_id, "attempts": attempts, "unconfirmed": True}]
            assert rows(trader, "SELECT order_id FROM oms.unconfirmed_orders") == [{"order_id": order_id}]
            executed = {"COMPLETE": 10, "REJECTED": 0}.get(end, filled)
            reconcile(trader, [said("B1", end, executed, tag="c1")], now(trader))
            row = order(trader, order_id)
            assert (row["broker_order_id"], row["execution_qty"]) == ("B1", executed)
            assert rows(trader, "SELECT order_id FROM oms.unconfirmed_orders") == []
            assert len(rows(trader, "SELECT order_id FROM oms.open_exposure")) == (end == "OPEN")
            assert len(rows(trader, "SELECT order_id FROM oms.orders")) == 1
            check_state(snapshot(trader))
            assert gaps(trader) == []
        finally:
            trader.execute("ROLLBACK")

    play()
