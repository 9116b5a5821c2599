"""Requests and reports in two sessions: the second waits, and decides on what the first has made of the order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import Connection

from support.report_meeting import Meeting
from support.report_statements import (
    ACCEPT,
    CANCELED,
    CANCELS,
    ENDS,
    FILLS,
    NEW,
    PLACE,
    REPLACED,
    REPLACES,
    TELL,
    TRADE,
)

from .conftest import Blocked, Run, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]


@pytest.fixture
def meet(connect: Connect, run: Run, admin: Conn) -> Meeting:
    """meet(first, second) has one session wait for the other; returns the second's rows, or how it was refused."""
    return Meeting(connect, run, admin)


@pytest.fixture
def order(trader: Conn) -> int:
    """A buy of ten, known as a, with a cancel b asked for."""
    order_id = int(one(trader, PLACE)["order_id"])
    rows(trader, "SELECT oms.request_cancel('a', 'b')")
    return order_id


def _now(conn: Conn, order_id: int, *names: str) -> tuple[Any, ...]:
    found = one(conn, "SELECT * FROM oms.orders WHERE order_id = %s", order_id)
    return tuple(found[name] for name in names)


def _asked(conn: Conn) -> dict[str, str]:
    found = rows(conn, "SELECT client_order_id, state FROM oms.order_requests")
    return {row["client_order_id"]: row["state"] for row in found}


def _pair(one: str, other: str, order: int = 0, *, turned: bool) -> list[str]:
    statements = [statement.replace("{id}", str(order)) for statement in (one, other)]
    return statements[::-1] if turned else statements


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("cancel", CANCELS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_fill_and_the_grant_of_a_cancel(
    meet: Meeting, trader: Conn, order: int, fill: str, cancel: str, turned: bool
) -> None:
    assert not isinstance(meet(*_pair(FILLS[fill], CANCELS[cancel], order, turned=turned)), str)
    assert _now(trader, order, "status", "end_reason", "execution_qty") == ("ongoing", "cancelled", 4)
    assert (_now(trader, order, "cancelled_qty"), _asked(trader)) == ((6,), {"b": "accepted"})


@pytest.mark.parametrize("commit", [True, False])
def test_a_cancel_is_granted_after_the_last_share(meet: Meeting, trader: Conn, order: int, commit: bool) -> None:
    result = meet("SELECT oms.mark_executed(%s, 100)", ACCEPT, order, commit=commit)
    assert (result == "OM002", _asked(trader)["b"]) == (commit, "received" if commit else "accepted")


def test_two_replaces_are_granted_at_once(meet: Meeting, trader: Conn, order: int) -> None:
    rows(trader, "SELECT oms.request_replace('a', 'c', 12), oms.request_replace('a', 'd', 14)")
    meet("SELECT oms.accept_request('c')", "SELECT * FROM oms.accept_request('d')")
    assert _now(trader, order, "client_order_id", "quantity", "last_event") == ("d", 14, "replaced")
    assert _asked(trader) == {"b": "received", "c": "accepted", "d": "accepted"}


@pytest.mark.parametrize("replace", REPLACES.values(), ids=REPLACES.keys())
def test_a_replace_is_asked_for_again_while_it_is_granted(
    connect: Connect, blocked: Blocked, trader: Conn, order: int, replace: str
) -> None:
    """Who asks waits for the order before it holds the id, which who grants shares after it has the order."""
    ask = "SELECT * FROM oms.request_replace('a', 'c', 20)"
    rows(trader, ask)
    holding = connect(autocommit=False)
    rows(holding, "SELECT FROM oms.orders WHERE order_id = %s FOR NO KEY UPDATE", order)
    granting = blocked(connect(), replace.replace("'b'", "'c'").replace('"b"', '"c"'))
    asking = blocked(connect(), ask)
    holding.rollback()
    assert granting.result(10) is not None
    assert [row["client_order_id"] for row in asking.result(10)] == ["c"]
    assert (_now(trader, order, "client_order_id"), _asked(trader)["c"]) == (("c",), "accepted")


@pytest.mark.parametrize("decision", ["accept", "acknowledge", "reject"])
def test_one_decision_twice_is_one(meet: Meeting, trader: Conn, order: int, decision: str) -> None:
    query = f"SELECT * FROM oms.{decision}_request('b')"
    assert meet(query, query) == rows(trader, query)
    assert _now(trader, order, "version") == (3,)


@pytest.mark.parametrize("turned", [False, True])
def test_a_bust_and_an_exit(meet: Meeting, trader: Conn, place: Callable[..., int], turned: bool) -> None:
    entry, leave = place(), place(side="sell")
    rows(trader, "SELECT oms.mark_executed(%s, 100, exec_id => 'in')", entry)
    bust, exit_ = f"SELECT * FROM oms.bust_fill({entry}, 'in')", f"SELECT * FROM oms.mark_executed({leave}, 110, 4)"
    assert not isinstance(meet(*_pair(bust, exit_, turned=turned)), str)
    assert _now(trader, entry, "status", "open_qty") == ("pending", 0)
    assert _now(trader, leave, "status", "open_qty") == ("ongoing", 4)


@pytest.mark.parametrize("report", [NEW, TRADE, CANCELED, REPLACED], ids=["new", "trade", "canceled", "replaced"])
@pytest.mark.parametrize("known", [True, False])
def test_one_report_in_two_sessions_is_one(meet: Meeting, trader: Conn, report: str, known: bool) -> None:
    if known:
        rows(trader, PLACE)
    assert meet(TELL, TELL, report, report) == rows(trader, TELL, report) == rows(trader, "SELECT * FROM oms.orders")
    counts = (
        "SELECT (SELECT count(*) FROM oms.order_events) AS events, (SELECT count(*) FROM oms.execution_reports) AS n"
    )
    assert (one(trader, counts)["n"], one(trader, counts)["events"]) == (1, one(trader, "TABLE oms.orders")["version"])


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize(("first", "second"), [(NEW, TRADE), (TRADE, NEW), (CANCELED, TRADE), (TRADE, REPLACED)])
def test_the_first_words_of_an_unknown_order(
    meet: Meeting, trader: Conn, first: str, second: str, commit: bool
) -> None:
    assert not isinstance(meet(TELL, TELL, first, second, commit=commit), str)
    rows(trader, TELL, first)
    made = one(trader, "SELECT broker_order_id, execution_qty FROM oms.orders")
    assert tuple(made.values()) == ("B", 4)


@pytest.mark.parametrize("grant", REPLACES)
@pytest.mark.parametrize("turned", [False, True])
def test_placing_again_and_the_grant_of_a_replace(meet: Meeting, trader: Conn, grant: str, turned: bool) -> None:
    """Never a second order, however they come."""
    placed = one(trader, PLACE)
    if grant == "call":
        rows(trader, "SELECT oms.request_replace('a', 'b', 20)")
    result = meet(*_pair(PLACE, REPLACES[grant], turned=turned), waits=False)
    assert result == "OM005" if isinstance(result, str) else True
    found = rows(trader, "SELECT order_id, client_order_id FROM oms.orders")
    assert found == [{"order_id": placed["order_id"], "client_order_id": "b"}]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_request_and_the_end_of_its_order(meet: Meeting, trader: Conn, order: int, end: str, turned: bool) -> None:
    ask = "SELECT * FROM oms.request_cancel('a', 'c')"
    assert not isinstance(meet(*_pair(ENDS[end], ask, order, turned=turned)), str)
    assert _asked(trader) == {"b": "superseded", "c": "superseded" if turned else "rejected"}


@pytest.mark.usefixtures("order")
@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("other", ["place_order('TCS', 'buy', 1, client_order_id => 'c')", "request_cancel('x', 'c')"])
def test_an_id_is_taken_once(meet: Meeting, trader: Conn, other: str, turned: bool, commit: bool) -> None:
    """By a request and by another order, or by requests of two orders, at the same time."""
    rows(trader, "SELECT oms.place_order('TCS', 'buy', 1, client_order_id => 'x')")
    ask = "SELECT order_id FROM oms.request_cancel('a', 'c')"
    result = meet(*_pair(ask, f"SELECT order_id FROM oms.{other}", turned=turned), commit=commit)
    assert (result == "OM005") == commit
    query = "SELECT client_order_id FROM oms.{} WHERE client_order_id = 'c'"
    assert len(rows(trader, f"{query.format('orders')} UNION ALL {query.format('order_requests')}")) == 1
