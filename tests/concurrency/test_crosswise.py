"""Statements that want the same things in opposite order: at worst 40P01, never a wrong total, and a retry succeeds.

The meeting is forced: a third session holds what both want first, and lets go once both are seen waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from psycopg import Connection

from .conftest import Insisting, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

FILL = "SELECT * FROM oms.mark_executed(%s, 100)"
RAW_FILL = "UPDATE oms.orders SET execution_qty = quantity, execution_price = 100 WHERE order_id = %s"
CLOSE = "UPDATE oms.orders SET status = 'closed' WHERE order_id = %s"
LOCK = "SELECT FROM oms.orders WHERE order_id = ANY (%s) ORDER BY order_id FOR NO KEY UPDATE"
BACKWARDS = """
    UPDATE oms.orders o SET hold = 'suspended'
      FROM (SELECT order_id FROM oms.orders WHERE order_id = ANY (%s) ORDER BY order_id DESC FOR NO KEY UPDATE) b
     WHERE o.order_id = b.order_id"""
BACKWARDS_FILL = """
    UPDATE oms.orders o SET execution_qty = o.quantity, execution_price = 100
      FROM (SELECT order_id FROM oms.orders WHERE order_id = ANY (%s) ORDER BY order_id DESC FOR NO KEY UPDATE) b
     WHERE o.order_id = b.order_id"""


def _orders(conn: Conn, *order_ids: int) -> list[tuple[str, int, int]]:
    query = "SELECT status, execution_qty, open_qty FROM oms.orders WHERE order_id = ANY (%s) ORDER BY order_id"
    return [(row["status"], int(row["execution_qty"]), int(row["open_qty"])) for row in rows(conn, query, [*order_ids])]


def _settled(*futures: Future[int]) -> None:
    """Both came through; a repetition may meet the other once more before that one has gone on."""
    for future in futures:
        assert future.result(30) < 10


@pytest.mark.parametrize("exit_by", [FILL, RAW_FILL])
@pytest.mark.parametrize("close_first", [True, False])
def test_a_raw_close_against_an_exit(
    connect: Connect, insisting: Insisting, trader: Conn, place: Callable[..., int], exit_by: str, close_first: bool
) -> None:
    """The exit holds the booking lock and wants the entry; the close holds the entry and wants the booking lock."""
    entry, leave = place(), place(side="sell")
    rows(trader, FILL, entry)
    gate = connect(autocommit=False)
    rows(gate, LOCK, [entry])
    statements = [(CLOSE, entry), (exit_by, leave)]
    futures = [insisting(connect(), *statement) for statement in (statements if close_first else statements[::-1])]
    gate.rollback()
    _settled(*futures)
    # Whoever came second found what the first had left: the exit closed the entry, or opened a short of its own.
    assert _orders(trader, entry)[0] == ("closed", 10, 0)
    assert _orders(trader, leave)[0] in (("closed", 10, 0), ("ongoing", 10, 10))
    held = one(trader, "SELECT quantity FROM oms.positions")["quantity"]
    assert held == -_orders(trader, leave)[0][2]
    assert one(trader, "SELECT count(*) AS n FROM oms.fills WHERE kind = 'trade'")["n"] == 2


@pytest.mark.parametrize("bulk", [BACKWARDS, BACKWARDS_FILL])
@pytest.mark.parametrize("bulk_first", [True, False])
def test_a_bulk_update_against_a_booking(
    connect: Connect, insisting: Insisting, trader: Conn, place: Callable[..., int], bulk: str, bulk_first: bool
) -> None:
    """The bulk update locks the later order first; the booking, whose lots come from the earlier one, goes by id."""
    entry, leave, other = place(), place(side="sell"), place(quantity=3)
    rows(trader, FILL, entry)
    gate = connect(autocommit=False)
    rows(gate, LOCK, [entry])
    statements: list[tuple[str, Any]] = [(bulk, [entry, leave if bulk is BACKWARDS else other]), (FILL, leave)]
    futures = [insisting(connect(), *statement) for statement in (statements if bulk_first else statements[::-1])]
    gate.rollback()
    _settled(*futures)
    assert _orders(trader, entry, leave) == [("closed", 10, 0), ("closed", 10, 0)]
    assert _orders(trader, other)[0] == (("pending", 0, 0) if bulk is BACKWARDS else ("ongoing", 3, 3))


def test_two_bulk_fills_in_opposite_order(
    connect: Connect, insisting: Insisting, trader: Conn, place: Callable[..., int]
) -> None:
    """Both take the booking lock before any row, so the order of their rows doesn't matter."""
    buys, sells = [place() for _ in range(4)], [place(side="sell") for _ in range(4)]
    gate = connect(autocommit=False)
    rows(gate, "SELECT oms.lock_bookings('default')")
    mixed = [order_id for pair in zip(buys, sells, strict=True) for order_id in pair]
    query = "INSERT INTO oms.fills (order_id, quantity, price) SELECT u, 10, 100 FROM unnest(%s::bigint[]) u"
    futures = [insisting(connect(), query, mixed[:5]), insisting(connect(), query, mixed[:4:-1])]
    gate.rollback()
    assert [future.result(20) for future in futures] == [0, 0]
    assert {status for status, _, _ in _orders(trader, *mixed)} == {"closed"}


@pytest.mark.parametrize("way", ["call", "fill"])
def test_two_sessions_book_for_each_others_accounts(
    connect: Connect, insisting: Insisting, owner: Conn, trader: Conn, way: str
) -> None:
    """Each names the account that the other session works for; what a session is set to doesn't matter."""
    rows(owner, "INSERT INTO oms.account_members VALUES ('oms_trader', 'second')")
    place = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, account => %s)"
    ids = {account: one(trader, place, account)["order_id"] for account in ("default", "second")}
    query = {
        "call": "SELECT * FROM oms.mark_executed(%s, 100, account => %s)",
        "fill": "INSERT INTO oms.fills (order_id, account, quantity, price) VALUES (%s, %s, 10, 100)",
    }[way]
    gate = connect(autocommit=False)
    rows(gate, "SELECT oms.lock_bookings('default'), oms.lock_bookings('second')")
    here, there = connect(), connect()
    rows(there, "SET oms.account = 'second'")
    futures = [insisting(here, query, ids["second"], "second"), insisting(there, query, ids["default"], "default")]
    gate.rollback()
    assert [future.result(20) for future in futures] == [0, 0]
    assert _orders(trader, *ids.values()) == [("ongoing", 10, 10), ("ongoing", 10, 10)]


def test_two_bulk_fills_of_two_accounts_in_opposite_order(
    connect: Connect, insisting: Insisting, owner: Conn, trader: Conn
) -> None:
    """Their booking locks come in the order of the rows."""
    rows(owner, "INSERT INTO oms.account_members VALUES ('oms_trader', 'second')")
    place = "SELECT order_id FROM oms.place_order('TCS', %s, 10, account => %s)"
    accounts = ("default", "second")
    orders = [(one(trader, place, side, who)["order_id"], who) for side in ("buy", "sell") for who in accounts]
    query = """
        INSERT INTO oms.fills (order_id, account, quantity, price)
        SELECT u.order_id, u.account, 10, 100 FROM unnest(%s::bigint[], %s::text[]) u (order_id, account)"""
    gate = connect(autocommit=False)
    rows(gate, "SELECT oms.lock_bookings('default'), oms.lock_bookings('second')")
    futures = [insisting(connect(), query, *map(list, zip(*pair, strict=True))) for pair in (orders[:2], orders[:1:-1])]
    gate.rollback()
    _settled(*futures)
    assert _orders(trader, *(order_id for order_id, _ in orders)) == [("closed", 10, 0)] * 4


@pytest.mark.parametrize("placing_first", [True, False])
def test_a_placement_and_a_request_that_want_one_id(
    connect: Connect, insisting: Insisting, trader: Conn, placing_first: bool
) -> None:
    """The placement takes the id and wants the order, the request the order and then the id: one of them is refused.

    Also where it repeats the content of that order: under this id nothing like it was placed.
    """
    place = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'a')"
    entry = one(trader, place)["order_id"]
    gate = connect(autocommit=False)
    rows(gate, LOCK, [entry])
    placing = f"""
        DO $do$ BEGIN
          PERFORM FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'b');
          PERFORM FROM oms.modify_order({entry}, reason => 'mixed');
        END $do$"""
    statements = [placing, "SELECT * FROM oms.request_replace('a', 'b', 20)"]
    futures = {each: insisting(connect(), each) for each in (statements if placing_first else statements[::-1])}
    gate.rollback()
    refused = [futures[statement].exception(30) for statement in statements]
    assert [getattr(error, "sqlstate", None) for error in refused] in ([None, "OM005"], ["OM005", None])
    left = one(
        trader,
        """
        SELECT (SELECT count(*) FROM oms.orders WHERE client_order_id = 'b') AS placed,
               (SELECT count(*) FROM oms.orders WHERE reason = 'mixed') AS mixed,
               (SELECT count(*) FROM oms.order_requests WHERE client_order_id = 'b' AND state = 'received') AS asked
        """,
    )
    assert tuple(left.values()) == ((1, 1, 0) if refused[0] is None else (0, 0, 1))


@pytest.mark.parametrize("raw_first", [True, False])
def test_a_raw_update_for_an_account_that_is_not_the_sessions(
    connect: Connect, insisting: Insisting, owner: Conn, trader: Conn, raw_first: bool
) -> None:
    """Which accounts an update will meet isn't known before it locks rows: here it may be refused, never be wrong."""
    rows(owner, "INSERT INTO oms.account_members VALUES ('oms_trader', 'second')")
    place = "SELECT order_id FROM oms.place_order('TCS', %s, 10, account => 'second')"
    call = "SELECT * FROM oms.mark_executed(%s, 100, account => 'second')"
    entry, leave = (one(trader, place, side)["order_id"] for side in ("buy", "sell"))
    rows(trader, call, entry)
    rows(trader, "SELECT * FROM oms.modify_order(%s, quantity => 15, account => 'second')", entry)
    gate = connect(autocommit=False)
    rows(gate, LOCK, [entry])
    statements = [(RAW_FILL, entry), (call, leave)]
    futures = [insisting(connect(), *statement) for statement in (statements if raw_first else statements[::-1])]
    gate.rollback()
    _settled(*futures)
    assert _orders(trader, entry, leave) == [("ongoing", 15, 5), ("closed", 10, 0)]


def test_transactions_that_mix_orders(
    connect: Connect, insisting: Insisting, trader: Conn, place: Callable[..., int]
) -> None:
    """A transaction that touches an order first and books later takes its locks in no order we can choose.

    Either may be the victim: the exit leaves something open, so that the terms may still change after it.
    """
    entry, leave = place(), place(side="sell", quantity=4)
    rows(trader, FILL, entry)
    gate = connect(autocommit=False)
    rows(gate, LOCK, [entry])
    mixing = f"""
        DO $do$ BEGIN
          PERFORM FROM oms.modify_order({entry}, limit_price => 99);
          PERFORM FROM oms.adjust_position('INFY', 5);
        END $do$"""
    futures = [insisting(connect(), mixing.replace("%", "%%")), insisting(connect(), FILL, leave)]
    gate.rollback()
    _settled(*futures)
    assert _orders(trader, entry, leave) == [("ongoing", 10, 6), ("closed", 4, 0)]
    assert one(trader, "SELECT quantity FROM oms.positions WHERE symbol = 'INFY'")["quantity"] == 5
