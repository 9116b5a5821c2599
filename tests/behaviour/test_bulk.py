"""Large statements stay linear: four times the rows take about four times as long, however the fills meet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from support.fold_orders import call, held, place
from support.fold_tables import Conn, event_count, gaps, row, value

SMALL, LARGE = 12_500, 50_000
# One order per fill costs an order's derivation each: fewer show the same, unless all of them are asked for.
FEWER = 1 if os.environ.get("ORDERSTAMP_BULK") else 10
# A quadratic statement takes 16 times as long.
RATIO = 6.0

pytestmark = pytest.mark.slow

TICKS = os.sysconf("SC_CLK_TCK")

Fill = tuple[int, int, int]
Fills = Callable[[Conn, str, int], Iterator[Fill]]


@contextmanager
def timed(conn: Conn, seconds: list[float]) -> Iterator[None]:
    """Seconds the server worked for this session: of its process where that can be seen, so that others don't count."""
    stat = Path(f"/proc/{conn.info.backend_pid}/stat")

    def now() -> float:
        if not stat.exists():
            return time.monotonic()
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    started = now()
    yield
    seconds.append(now() - started)


def _orders(conn: Conn, symbol: str, sides: str, count: int) -> list[int]:
    """That many orders of one unit; their sides take turns. Returns their ids."""
    found = conn.execute(
        "INSERT INTO oms.orders (symbol, side, quantity)"
        " SELECT %s, CASE substr(%s, 1 + n %% length(%s), 1) WHEN 'b' THEN 'buy' ELSE 'sell' END, 1"
        " FROM generate_series(0, %s - 1) n RETURNING order_id",
        [symbol, sides, sides, count],
    )
    return [order_id for (order_id,) in found]


def _copy(conn: Conn, fills: list[Fill]) -> None:
    with conn.cursor() as cur, cur.copy("COPY oms.fills (order_id, quantity, price) FROM STDIN") as copy:
        for fill in fills:
            copy.write_row(fill)


def one_order(conn: Conn, symbol: str, count: int) -> Iterator[Fill]:
    """All fills are of one order."""
    order_id = place(conn, symbol, quantity=count)
    for number in range(count):
        yield order_id, 1, 100 + number % 7


def many_orders(conn: Conn, symbol: str, count: int) -> Iterator[Fill]:
    """Each fill is of its own order; all are held."""
    for order_id in _orders(conn, symbol, "b", count):
        yield order_id, 1, 100


def alternating(conn: Conn, symbol: str, count: int) -> Iterator[Fill]:
    """Buy, sell, buy, sell: each exit closes the entry before it."""
    for order_id in _orders(conn, symbol, "bs", count):
        yield order_id, 1, 100


def two_orders_alternating(conn: Conn, symbol: str, count: int) -> Iterator[Fill]:
    """Two orders, one on each side, fill in turns."""
    buy, sell = place(conn, symbol, quantity=count), place(conn, symbol, "sell", count)
    for number in range(count):
        yield (sell if number % 2 else buy), 1, 100


def small_exits(conn: Conn, symbol: str, count: int) -> Iterator[Fill]:
    """One big lot, eaten by exits of one unit each."""
    yield place(conn, symbol, quantity=count), count, 100
    for order_id in _orders(conn, symbol, "s", count - 1):
        yield order_id, 1, 100


def one_big_exit(conn: Conn, symbol: str, count: int) -> Iterator[Fill]:
    """Many lots, closed by one exit that is booked last."""
    entries = _orders(conn, symbol, "b", count - 1)
    big = place(conn, symbol, "sell", count)
    for order_id in entries:
        yield order_id, 1, 100
    yield big, count - 1, 100


# What is held after so many fills; and whether each of them is of its own order.
VARIANTS: dict[Fills, tuple[Callable[[int], int], bool]] = {
    one_order: (lambda count: count, False),
    two_orders_alternating: (lambda _: 0, False),
    many_orders: (lambda count: count, True),
    alternating: (lambda _: 0, True),
    small_exits: (lambda _: 1, True),
    one_big_exit: (lambda _: 0, True),
}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: str(variant.__name__))
def test_copy_of_fills_is_linear(owner: Conn, variant: Fills) -> None:
    left, own_orders = VARIANTS[variant]
    seconds: list[float] = []
    for size in (SMALL, LARGE):
        count = size // FEWER if own_orders else size
        symbol = f"SYM{count}"
        fills = list(variant(owner, symbol, count))
        owner.execute("ANALYZE oms.orders, oms.fills, oms.order_events, oms.position_lots")
        logged = event_count(owner)
        with timed(owner, seconds):
            _copy(owner, fills)
        assert held(owner, symbol) == left(count)
        assert event_count(owner) - logged >= count
    assert gaps(owner) == []
    assert seconds[1] / seconds[0] < RATIO, f"{seconds[0]:.2f} s, then {seconds[1]:.2f} s"


def test_update_of_many_orders_is_linear(trader: Conn) -> None:
    seconds: list[float] = []
    for count in (SMALL, LARGE):
        symbol = f"SYM{count}"
        _orders(trader, symbol, "bs", count)
        with timed(trader, seconds):
            changed = trader.execute("UPDATE oms.orders SET status = 'failed' WHERE symbol = %s", [symbol])
        assert changed.rowcount == count
    assert event_count(trader) == 2 * (SMALL + LARGE)
    assert value(trader, "SELECT count(*) FROM oms.orders WHERE first_failed_at IS NULL OR retry_count <> 1") == 0
    assert seconds[1] / seconds[0] < RATIO, f"{seconds[0]:.2f} s, then {seconds[1]:.2f} s"


def test_totals_of_many_orders_are_linear(trader: Conn) -> None:
    """Raw totals, each of which implies a fill; entries and exits meet in one statement."""
    seconds: list[float] = []
    for count in (SMALL // FEWER, LARGE // FEWER):
        symbol = f"SYM{count}"
        _orders(trader, symbol, "bs", count)
        query = b"UPDATE oms.orders SET execution_qty = quantity, execution_price = 100 WHERE symbol = %s"
        with timed(trader, seconds):
            assert trader.execute(query, [symbol]).rowcount == count
        assert held(trader, symbol) == 0
    assert gaps(trader) == []
    assert seconds[1] / seconds[0] < RATIO, f"{seconds[0]:.2f} s, then {seconds[1]:.2f} s"


def test_close_position_of_many_entries(owner: Conn) -> None:
    fills = list(many_orders(owner, "INFY", SMALL // FEWER))
    _copy(owner, fills)
    seconds: list[float] = []
    with timed(owner, seconds):
        assert len(call(owner, "close_position", "INFY", 110)) == SMALL // FEWER
    assert seconds[0] < 30
    counted = row(owner, "SELECT count(*) AS orders, sum(open_qty) AS held FROM oms.orders WHERE status = 'closed'")
    assert counted == {"orders": SMALL // FEWER, "held": Decimal(0)}
    assert gaps(owner) == []
