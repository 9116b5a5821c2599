"""A fill has the number the database drew for it: its writer gives it none, and none is booked past the totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import LiteralString

import pytest

from support.fold_orders import call, execute, held, place, update
from support.fold_tables import Conn, gaps, order, refused, snapshot, value

Connect = Callable[..., Conn]

FORGED: dict[str, LiteralString] = {
    "beside written totals": (
        "WITH u AS (UPDATE oms.orders SET execution_qty = 4, execution_price = 100 WHERE order_id = 1 RETURNING *)"
        " INSERT INTO oms.fills (fill_id, order_id, account, exec_id, quantity, price)"
        " SELECT last_fill_id, order_id, account, 'forged', 33, 102 FROM u"
    ),
    "beside written totals, with a number of its own": (
        "WITH u AS (UPDATE oms.orders SET execution_qty = 4, execution_price = 100 WHERE order_id = 1 RETURNING *)"
        " INSERT INTO oms.fills (order_id, account, exec_id, quantity, price)"
        " SELECT order_id, account, 'forged', 2, 102 FROM u"
    ),
    "by a call for each row that is returned": (
        "UPDATE oms.orders SET execution_qty = 4, execution_price = 100 WHERE order_id = 1"
        " RETURNING (oms.mark_executed(order_id, 101, 2, exec_id => 'Z1')).execution_qty"
    ),
}


@pytest.mark.parametrize("role", ["trader", "owner"])
@pytest.mark.parametrize("query", FORGED.values(), ids=FORGED.keys())
def test_no_fill_takes_the_place_of_an_implied_one(connect: Connect, query: LiteralString, role: str) -> None:
    conn = connect(role)
    place(conn)
    before = snapshot(conn)
    with refused(conn, "OM007"):
        conn.execute(query)
    assert snapshot(conn) == before


@pytest.mark.parametrize("role", ["trader", "owner"])
def test_no_fill_takes_the_place_of_a_release(connect: Connect, role: str) -> None:
    conn = connect(role)
    execute(conn, place(conn), 3)
    before = snapshot(conn)
    with refused(conn, "OM007"):
        conn.execute(
            "WITH u AS (UPDATE oms.orders SET status = 'closed' WHERE order_id = 1 RETURNING *)"
            " INSERT INTO oms.fills (fill_id, order_id, account, exec_id, quantity, price)"
            " SELECT last_fill_id, order_id, account, 'forged', 3, 102 FROM u"
        )
    assert snapshot(conn) == before


def test_a_sequence_that_is_behind_books_nothing(trader: Conn, owner: Conn) -> None:
    """As after a copy whose sequences were not set: the fill would have a number that is no news to its order."""
    owner.execute("SET oms.account = 'another'")
    theirs, ours = place(owner), place(trader)
    for conn, order_id in ((trader, ours), (owner, theirs), (trader, ours)):
        execute(conn, order_id, 1)
    owner.execute("SELECT setval('oms.fills_fill_id_seq', 1)")
    with refused(trader, "OM007", last_fill_id=3):
        execute(trader, ours, 2, exec_id="e5")
    owner.execute("SELECT setval('oms.fills_fill_id_seq', max(fill_id)) FROM oms.fills")
    execute(trader, ours, 2, exec_id="e5")
    assert order(trader, ours)["execution_qty"] == 4
    assert gaps(trader) == []


@pytest.mark.parametrize("exec_id", ["fill-1", "fill-9", "Fabc"])
def test_an_id_of_the_broker_takes_the_place_of_what_a_total_told(trader: Conn, exec_id: str) -> None:
    """Whatever it begins with: only a fill whose id the database gave may be another execution."""
    order_id = place(trader)
    update(trader, order_id, execution_qty=3, execution_price=10)
    execute(trader, order_id, 3, 10, exec_id=exec_id)
    assert order(trader, order_id)["execution_qty"] == 3
    assert held(trader) == 3
    call(trader, "mark_executed", order_id, 10, 2)
    assert order(trader, order_id)["execution_qty"] == 5
    assert gaps(trader) == []


def test_the_database_numbers_what_the_writer_numbered(trader: Conn) -> None:
    place(trader)
    trader.execute("INSERT INTO oms.fills (fill_id, order_id, exec_id, quantity, price) VALUES (77, 1, 'e1', 1, 100)")
    assert value(trader, "SELECT fill_id FROM oms.fills") != 77
    assert order(trader, 1)["execution_qty"] == held(trader) == 1
    assert gaps(trader) == []


def test_copy_brings_no_numbers(owner: Conn) -> None:
    order_id = place(owner)
    update(owner, order_id, execution_qty=1, execution_price=100)
    taken = order(owner, order_id)["last_fill_id"]
    with owner.cursor().copy("COPY oms.fills (fill_id, order_id, exec_id, quantity, price) FROM STDIN") as copy:
        for number, exec_id in ((taken, "e1"), (taken + 1, "e2"), (10**12, "e3")):
            copy.write_row((number, order_id, exec_id, 2, 100))
    assert order(owner, order_id)["execution_qty"] == held(owner) == 7  # each is more than the total told of
    assert value(owner, "SELECT max(fill_id) FROM oms.fills") < 100
    assert gaps(owner) == []


def test_merge_writes_totals_and_books_nothing_beside_them(trader: Conn) -> None:
    place(trader)
    merge: LiteralString = (
        "MERGE INTO oms.orders o USING (VALUES (1, 4)) s (id, executed) ON o.order_id = s.id"
        " WHEN MATCHED THEN UPDATE SET execution_qty = s.executed, execution_price = 100"
    )
    trader.execute(merge)
    trader.execute(merge)
    assert order(trader, 1)["execution_qty"] == held(trader) == 4
    assert gaps(trader) == []


def test_a_refused_statement_is_undone_by_its_savepoint_and_goes_well_in_two(trader: Conn) -> None:
    place(trader)
    with trader.transaction():
        with refused(trader, "OM007"):
            trader.execute(FORGED["beside written totals, with a number of its own"])
        update(trader, 1, execution_qty=4, execution_price=100)
        execute(trader, 1, 2, 102, exec_id="another")
    assert order(trader, 1)["execution_qty"] == held(trader) == 4  # two of the four that the total told of
    assert gaps(trader) == []


def test_fills_and_totals_of_two_orders_in_one_statement(trader: Conn) -> None:
    """Each order has one of both, so nothing is to be guessed."""
    place(trader)
    place(trader, "TCS")
    trader.execute(
        "WITH u AS (UPDATE oms.orders SET execution_qty = 4, execution_price = 100 WHERE order_id = 1 RETURNING *)"
        " INSERT INTO oms.fills (order_id, exec_id, quantity, price) SELECT 2, 'e1', 3, 50 FROM u"
    )
    assert [order(trader, order_id)["execution_qty"] for order_id in (1, 2)] == [4, 3]
    assert gaps(trader) == []
