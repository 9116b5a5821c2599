"""Real brokers' records: every word of theirs is known, no quantity is lost, and a book told twice changes nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from support import reconcile_payloads as read
from support.fifo_matching import same_price
from support.fold_invariants import check_state
from support.fold_tables import Conn, Row, gaps, rows, snapshot, value
from support.reconcile_calls import LATER, counted, names, reasons, reconcile, rehearsed, repeated
from support.reconcile_payloads import Book, Told

pytestmark = pytest.mark.skipif(not read.DATA.is_dir(), reason=read.MISSING)

Connect = Callable[..., Conn]

# file: broker, the reading of it, decisions, orders, units executed in all, what is contradictory in it
FILES: dict[str, tuple[str, Callable[[Any], Book], dict[str, int], int, str, list[str]]] = {
    "kite/orders.json": (
        "kite", lambda p: read.kite(p["data"]),
        {"manual": 10, "executed": 6, "cancelled": 3, "rejected": 1}, 10, "155", [],
    ),
    "kite/order_info.json": ("kite", lambda p: read.kite(p["data"]), {"manual": 1}, 1, "0", []),
    "kite/trades.json": ("kite", lambda p: read.kite(p["data"]), {"manual": 4, "executed": 4}, 4, "4", []),
    "kite/order_trades.json": ("kite", lambda p: read.kite(p["data"]), {"manual": 1, "executed": 1}, 1, "1", []),
    "kotak_neo/captured_order_report.json": (
        "kotak_neo", lambda p: read.kotak_orders(p["data"]),
        {"manual": 15, "executed": 8, "rejected": 6, "cancelled": 1}, 15, "1150", [],
    ),
    "kotak_neo/captured_trade_report.json": (
        "kotak_neo", lambda p: read.kotak_trades(p["data"]), {"manual": 37, "executed": 37}, 37, "8250", [],
    ),
    "alpaca/orders.json": (
        "alpaca", read.alpaca, {"manual": 3, "discrepancy": 1}, 3, "0",
        ["entries of this id contradict: buy AAPL`, buy SPY`, sell AAPL`"],
    ),
    "ccxt/bitmex.json": ("ccxt", read.ccxt, {"manual": 3, "executed": 2}, 3, "1000.0001", []),
    "ccxt/coinbase.json": ("ccxt", read.ccxt, {"manual": 2, "executed": 2}, 2, "30", []),
    "ccxt/kraken.json": ("ccxt", read.ccxt, {"manual": 6, "executed": 1}, 6, "0.1", []),
    "ccxt/phemex.json": ("ccxt", read.ccxt, {"manual": 3}, 3, "0", []),
    "ccxt_derived/binance.json": (
        "ccxt", read.ccxt, {"manual": 9, "cancelled": 5, "executed": 1, "discrepancy": 1}, 9, "10",
        ["average price 1.0, here 3998.30000000"],
    ),
    "ccxt_derived/bybit.json": (
        "ccxt", read.ccxt, {"manual": 22, "executed": 8, "cancelled": 2, "rejected": 2}, 22, "3051.705", [],
    ),
}  # fmt: skip


def _orders(conn: Conn) -> dict[tuple[str, str], Row]:
    """The rows by the broker's id, without what was put behind it, and symbol."""
    found = rows(conn, "SELECT * FROM oms.orders")
    by_key = {(order["broker_order_id"].split("@")[0], order["symbol"]): order for order in found}
    assert len(by_key) == len(found)
    return by_key


def _check(order: Row, told: Told, key: tuple[str, str]) -> None:
    """The row says what the book tells of the order."""
    assert order["side"] == told.side, key
    assert order["execution_qty"] == told.total, key
    assert same_price(order["execution_price"], told.price if told.total else None), key
    alive = order["status"] in ("pending", "ongoing") and order["end_reason"] is None and order["leaves_qty"] != 0
    if told.end:
        assert alive == (told.end == "alive"), key
        assert (order["quantity"], order["limit_price"], order["stop_price"]) == (told.quantity, told.limit, told.stop)
        assert order["cash_quantity"] == (None if told.quantity else told.cash)
    if told.end == "filled":
        assert order["execution_qty"] == order["quantity"], key
        assert (order["end_reason"], order["leaves_qty"]) == (None, 0)
    elif told.end == "cancelled":
        assert order["end_reason"] == "cancelled", key
    elif told.end == "rejected":
        assert order["rejection_reason"] is not None, key
        assert order["status"] == ("failed" if told.total == 0 else order["status"])


def _same(conn: Conn, book: Book) -> None:
    """Every order of the book is a row, every row an order of the book, and they agree."""
    found = _orders(conn)
    symbols = {key: told.symbol for key, told in book.items()}
    assert set(found) == {(order_id, symbols[order_id, symbol]) for order_id, symbol in book}
    for (order_id, symbol), told in book.items():
        _check(found[order_id, symbols[order_id, symbol]], told, (order_id, symbol))
    check_state(snapshot(conn))
    assert gaps(conn) == []


def test_every_recorded_file_is_in_the_table() -> None:
    recorded = {str(path.relative_to(read.DATA)) for path in read.DATA.glob("*/*.json")}
    assert set(FILES) == recorded


@pytest.mark.parametrize("path", FILES)
def test_a_recorded_book_is_taken_over_whole(trader: Conn, path: str) -> None:
    broker, reading, decisions, orders, executed, contradictions = FILES[path]
    done = rehearsed(trader, read.text(path), broker=broker)
    assert counted(done) == decisions
    assert reasons(done) == contradictions
    assert not [reason for reason in reasons(done) if "unknown status" in reason]
    book = reading(read.parsed(path))
    assert len(book) == orders
    assert sum((told.total for told in book.values()), Decimal(0)) == Decimal(executed)
    _same(trader, book)
    assert set(names(repeated(trader, read.text(path), broker=broker))) <= {"matched", "discrepancy"}


@pytest.mark.parametrize("path", FILES)
def test_the_book_is_kept_once_with_all_its_decisions(trader: Conn, path: str) -> None:
    broker = FILES[path][0]
    first = reconcile(trader, read.text(path), broker=broker)
    reconcile(trader, read.text(path), broker=broker)
    runs = rows(trader, "SELECT * FROM oms.reconciliations ORDER BY reconciliation_id")
    assert [run["snapshot"] is None for run in runs] == [False, True]
    kept = "SELECT snapshot = %s::jsonb FROM oms.reconciliations WHERE snapshot IS NOT NULL"
    assert value(trader, kept, [read.text(path)])
    assert {run["digest"] for run in runs} == {runs[0]["digest"]}
    query = "SELECT * FROM oms.reconciliation_decisions WHERE reconciliation_id = %s ORDER BY decision_no"
    assert rows(trader, query, [runs[0]["reconciliation_id"]]) == first


def test_one_book_of_all_files_of_a_broker(trader: Conn) -> None:
    """Several answers in one list: pages and envelopes inside it are opened."""
    kite = [path for path, told in FILES.items() if told[0] == "kite" and "trades" not in path]
    reconcile(trader, json.dumps([json.loads(read.text(path)) for path in kite]))
    _same(trader, {key: told for path in kite for key, told in FILES[path][1](read.parsed(path)).items()})


# -- Kotak Neo: a book of 15 orders, 79 fills of 37 --------------------------------------------------------------------

ORDERS, TRADES = "kotak_neo/captured_order_report.json", "kotak_neo/captured_trade_report.json"


def _kotak() -> tuple[list[Any], list[Any], Book]:
    orders, trades = json.loads(read.text(ORDERS))["data"], json.loads(read.text(TRADES))["data"]
    assert (len(orders), len(trades)) == (15, 79)
    told = read.kotak_trades(read.parsed(TRADES)["data"], read.kotak_orders(read.parsed(ORDERS)["data"]))
    assert len(told) == 47
    assert sum(bool(order.trades) for order in told.values()) == 37
    # The average that the book rounds, and what its fills say.
    rounded = told["250529000102878", "NIFTY25MAY24850CE"]
    assert (rounded.average, rounded.price) == (Decimal("37.38"), Decimal("37.375"))
    return orders, trades, told


def _shuffled(trades: list[Any], seed: int) -> list[Any]:
    return random.Random(seed).sample(trades, len(trades))


def _parts(trades: list[Any], seed: int) -> list[Any]:
    """The trades in several answers, one order's trades torn apart, a few of them told twice."""
    mixed = _shuffled(trades, seed)
    return [mixed[:13], mixed[5:40], [], mixed[40:41], mixed[41:], mixed[:3]]


Deliveries = dict[str, Callable[[list[Any], list[Any]], list[Any]]]

KOTAK: Deliveries = {
    "book, then trades": lambda orders, trades: [orders, trades],
    "trades, then book": lambda orders, trades: [trades, orders],
    "one envelope": lambda orders, trades: [{"orders": orders, "trades": trades}],
    "one envelope of answers": lambda orders, trades: [
        {"orders": {"stat": "Ok", "data": orders}, "trades": trades},
    ],
    "a list of both": lambda orders, trades: [[*trades, *orders]],
    "everything twice in one book": lambda orders, trades: [{"orders": orders * 2, "trades": trades * 2}],
    "everything twice": lambda orders, trades: [orders, trades, trades, orders, orders],
    "trades backwards": lambda orders, trades: [orders, trades[::-1]],
    "trades shuffled": lambda orders, trades: [orders, _shuffled(trades, 1)],
    "trades shuffled, then book": lambda orders, trades: [_shuffled(trades, 2), orders[::-1]],
    "book between the trades": lambda orders, trades: [trades[:40], orders, trades[40:]],
    "book, then trades in parts": lambda orders, trades: [orders, *_parts(trades, 3)],
    "book, then trades, the last of them alone": lambda orders, trades: [
        orders,
        _shuffled(trades, 4)[:60],
        *([trade] for trade in _shuffled(trades, 4)[60:]),
    ],
}


@pytest.mark.parametrize("delivery", KOTAK)
def test_book_and_trades_meet_in_any_order(trader: Conn, delivery: str) -> None:
    orders, trades, told = _kotak()
    books = KOTAK[delivery](orders, trades)
    for book in books:
        # Trades alone say nothing of how much was ordered; a rounded average contradicts nothing.
        assert reasons(reconcile(trader, book, broker="kotak_neo", complete=False)) == []
    _same(trader, told)
    for book in reversed(books):
        repeated(trader, book, broker="kotak_neo", complete=False)
    _same(trader, told)


def _instants(conn: Conn) -> list[tuple[str, str, str]]:
    """When each fill happened, as text that no session setting reaches."""
    query = """
        SELECT o.broker_order_id, f.exec_id,
               to_char(f.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS') AS at
          FROM oms.net_fills f JOIN oms.orders o USING (order_id, account) ORDER BY 1, 2"""
    return [(row["broker_order_id"], row["exec_id"], row["at"]) for row in rows(conn, query)]


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")


SESSIONS = [
    ("UTC", "ISO, MDY"),
    ("Asia/Kolkata", "ISO, DMY"),
    ("Asia/Kolkata", "German"),
    ("America/New_York", "ISO, YMD"),
    ("America/New_York", "SQL, DMY"),
    ("America/New_York", "Postgres, MDY"),
]


def _in_session(conn: Conn, zone: str, style: str, book: Any, broker: str) -> None:
    """Run under these settings; the driver itself can't read other styles."""
    conn.execute("SELECT set_config('TimeZone', %s, false), set_config('DateStyle', %s, false)", [zone, style])
    query = "SELECT count(*) FROM oms.reconcile(%s::jsonb, %s::timestamptz, %s, complete => false)"
    conn.execute(query, [json.dumps(book), LATER, broker])
    conn.execute("SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, MDY', false)")


@pytest.mark.parametrize(("zone", "style"), SESSIONS)
def test_indian_times_are_the_same_instants_in_every_session(trader: Conn, zone: str, style: str) -> None:
    orders, trades, told = _kotak()
    _in_session(trader, zone, style, trades, "kotak_neo")
    expected = sorted(
        (order_id, exec_id, _written(at) if at else "")
        for (order_id, _), order in told.items()
        for exec_id, (_, _, at) in order.trades.items()
    )
    assert _instants(trader) == expected
    assert min(at for _, _, at in expected) == "2025-05-29T03:57:07.000"
    _in_session(trader, zone, style, orders, "kotak_neo")
    assert [row for row in _instants(trader) if not row[1].startswith("synthetic-")] == expected
    totals = [row for row in _instants(trader) if row[1].startswith("synthetic-")]
    assert [(row[0], row[2]) for row in totals] == [
        ("241216000405363", "2024-12-16T07:29:54.000"),
        ("241216000405368", "2024-12-16T07:29:54.000"),
        ("241216000409992", "2024-12-16T07:32:30.000"),
    ]
    ended = """
        SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
          FROM oms.order_events WHERE event_type = 'cancelled'"""
    # No exCfmTm: hsUpTm counts.
    assert value(trader, ended) == "2025-05-29 00:44:19"
    assert rows(trader, "SELECT broker_order_id FROM oms.orders WHERE broker_order_id LIKE '%@%'") == []
    for book in (orders, trades):
        repeated(trader, book, broker="kotak_neo", complete=False)
    assert gaps(trader) == []


# Of other brokers: the times of events, by order and type of event.
TIMES = {
    "kite/orders.json": ("kite", "100000000000000", "cancelled", "2021-05-31T03:48:58.000"),
    "kite/trades.json": ("kite", "200000000000000", "executed", "2021-05-31T03:46:39.000"),
    "alpaca/orders.json": (
        "alpaca", "e6419d12-56e4-4d67-a61b-f6e464e1f8a8", "manual_detected", "2022-07-27T08:12:33.669",
    ),
    "ccxt/bitmex.json": ("ccxt", "8f19a935-40ed-4a61-a34a-62b8e15e1db1", "executed", "2023-06-26T13:59:13.344"),
    "ccxt_derived/bybit.json": ("ccxt", "abcdef123456", "cancelled", "2023-11-14T22:13:25.000"),
}  # fmt: skip


@pytest.mark.parametrize(("zone", "style"), SESSIONS[::2])
@pytest.mark.parametrize("path", TIMES)
def test_events_happened_when_the_broker_says(trader: Conn, path: str, zone: str, style: str) -> None:
    broker, order_id, event_type, at = TIMES[path]
    _in_session(trader, zone, style, json.loads(read.text(path)), broker)
    query = """
        SELECT to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS') AS at
          FROM oms.order_events e JOIN oms.orders o USING (order_id, account)
         WHERE o.broker_order_id = %s AND e.event_type = %s"""
    assert [row["at"] for row in rows(trader, query, [order_id, event_type])] == [at]


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith(("kite", "kotak_neo/captured_t", "ccxt"))])
def test_a_trade_happened_when_it_says(trader: Conn, path: str) -> None:
    """Not when its order was placed, where the order gives no other time."""
    broker, reading = FILES[path][:2]
    reconcile(trader, read.text(path), broker=broker)
    expected = sorted(
        (order_id, exec_id, _written(at))
        for (order_id, _), order in reading(read.parsed(path)).items()
        for exec_id, (_, _, at) in order.trades.items()
        if at
    )
    told = {exec_id for _, exec_id, _ in expected}
    assert [row for row in _instants(trader) if row[1] in told] == expected
