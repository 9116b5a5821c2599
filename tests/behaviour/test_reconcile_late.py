"""Books that are older than what is known here: late, and so without a say; their trades are facts all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.fold_orders import call, execute, update
from support.fold_tables import Conn, events, gaps, order, snapshot
from support.reconcile_books import Entry, accepted, both, said, sent, traded
from support.reconcile_calls import names, now, reconcile, rehearsed


def _filled(conn: Conn, order_id: int) -> None:
    execute(conn, order_id, 4, 100, exec_id="T1")


def _cancelled(conn: Conn, order_id: int) -> None:
    call(conn, "mark_cancelled", order_id)


def _modified(conn: Conn, order_id: int) -> None:
    call(conn, "modify_order", order_id, limit_price=101)


def _raw(conn: Conn, order_id: int) -> None:
    update(conn, order_id, limit_price=101)


# What happens here after the broker was asked: an older book must not undo it.
NEWER = {"a fill": _filled, "a cancel": _cancelled, "a change": _modified, "a raw change": _raw}
# What the older book says: each of it would change the order, if it were the newest.
OLDER: dict[str, Entry] = {
    "open": said(price=99),
    "more executed": said(filled=7),
    "less executed": said(filled=1),
    "cancelled": said(status="CANCELLED", filled=2),
    "rejected": said(status="REJECTED"),
    "filled": said(status="COMPLETE", filled=10, quantity=12),
}


@pytest.mark.parametrize("newer", NEWER)
@pytest.mark.parametrize("older", OLDER)
def test_an_older_book_changes_nothing(trader: Conn, newer: str, older: str) -> None:
    order_id = accepted(trader)
    asked = now(trader)
    NEWER[newer](trader, order_id)
    before = snapshot(trader)
    # Rejected there, cancelled here: either way nothing more comes of it, and there is nothing to say.
    agreed = (newer, older) == ("a cancel", "rejected")
    assert names(rehearsed(trader, [OLDER[older]], asked)) == (["matched"] if agreed else ["stale"])
    assert snapshot(trader) == before


def test_the_same_book_asked_for_later_counts(trader: Conn) -> None:
    order_id = accepted(trader)
    asked = now(trader)
    _filled(trader, order_id)
    assert names(reconcile(trader, [said(filled=7)], asked)) == ["stale"]
    assert names(reconcile(trader, [said(filled=7)], now(trader))) == ["executed"]
    assert order(trader, order_id)["execution_qty"] == 7


def test_the_trades_of_an_older_book_count(trader: Conn) -> None:
    order_id = accepted(trader)
    asked = now(trader)
    _filled(trader, order_id)
    done = rehearsed(trader, both([said(filled=2)], [traded("T0", 2)]), asked)
    assert names(done) == ["executed", "stale"]
    assert order(trader, order_id)["execution_qty"] == 6


@pytest.mark.parametrize(("skew", "decision"), [(-1, "stale"), (0, "executed"), (1, "executed")])
def test_evidence_of_the_same_moment_is_not_newer(trader: Conn, skew: int, decision: str) -> None:
    order_id = accepted(trader)
    happened = now(trader)
    execute(trader, order_id, 4, 100, exec_id="T1", occurred_at=happened)
    asked = happened + timedelta(microseconds=skew)
    assert names(reconcile(trader, [said(filled=7)], asked)) == [decision]


def test_a_late_fill_of_the_past_makes_no_book_stale(trader: Conn) -> None:
    """It is when it happened that counts, not when we heard of it."""
    order_id = accepted(trader)
    happened, asked = now(trader), now(trader)
    execute(trader, order_id, 4, 100, exec_id="T1", occurred_at=happened)
    assert names(reconcile(trader, [said(filled=7)], asked)) == ["executed"]
    assert order(trader, order_id)["execution_qty"] == 7


def test_what_is_newer_only_by_a_remark_is_not_newer(trader: Conn) -> None:
    order_id = sent(trader, broker_order_id="B1")
    asked = now(trader)
    call(trader, "record_attempt", order_id, "read timed out")
    call(trader, "record_status_check", order_id)
    assert names(reconcile(trader, [said(price=99)], asked)) == ["modified"]


@pytest.mark.parametrize("book", [[], [said("B2")]])
def test_an_order_placed_since_is_not_missing(trader: Conn, book: Any) -> None:
    asked = now(trader)
    order_id = sent(trader)
    (decision,) = [row for row in rehearsed(trader, book, asked) if row["order_id"] == order_id]
    assert (decision["decision"], decision["reason"]) == ("stale", "not in the book, but newer than it")
    assert [event["event_type"] for event in events(trader, order_id)] == ["placed"]


def test_an_order_that_something_newer_tells_of_is_not_missing(trader: Conn) -> None:
    order_id = sent(trader)
    asked = now(trader)
    call(trader, "accept_order", order_id, "B1")
    assert names(rehearsed(trader, [], asked)) == ["stale"]
    assert [event["event_type"] for event in events(trader, order_id)] == ["placed", "accepted"]


def test_two_books_in_the_wrong_order(trader: Conn) -> None:
    """The broker gives the time of each change; so the older book is seen to be older."""
    order_id = accepted(trader)
    earlier = now(trader)
    later = now(trader)
    reconcile(trader, [said(price=101, filled=4)], later)
    before = order(trader, order_id)
    assert names(rehearsed(trader, [said()], earlier)) == ["stale"]
    assert order(trader, order_id) == before
    assert gaps(trader) == []


# -- what a newer book said is newer evidence, whatever time the broker gives ----------------------------------------


def _placed_long_ago(**fields: Any) -> Entry:
    """Many brokers give the time of the placement and no other."""
    return said(order_timestamp="2026-01-05 09:30:00", **fields)


def test_an_older_book_does_not_bring_older_terms_back(trader: Conn) -> None:
    order_id = accepted(trader, occurred_at="2026-01-05T04:00:00Z")
    earlier = now(trader)
    later = now(trader)
    assert names(reconcile(trader, [_placed_long_ago(price=101, filled=4)], later)) == ["modified", "executed"]
    before = order(trader, order_id)
    assert names(reconcile(trader, [_placed_long_ago()], earlier)) == ["stale"]
    assert order(trader, order_id) == before


def test_an_older_book_does_not_miss_what_a_newer_one_had(trader: Conn) -> None:
    order_id = accepted(trader)
    earlier = now(trader)
    later = now(trader)
    assert names(reconcile(trader, [said()], later)) == ["matched"]
    assert names(reconcile(trader, [], earlier)) == ["stale"]
    assert [event["event_type"] for event in events(trader, order_id)] == ["placed", "accepted"]


def test_an_order_is_missed_once(trader: Conn) -> None:
    """Books without it, in the wrong order: the log says so once."""
    order_id = accepted(trader)
    earlier = now(trader)
    later = now(trader)
    for asked in (later, earlier):
        reconcile(trader, [], asked)
    assert [event["event_type"] for event in events(trader, order_id)] == ["placed", "accepted", "missing"]
