"""What exits close, first in, first out: each case is a list of fills and what is held after each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from support.fold_orders import call, execute, held, open_quantity, place, raw_fill, update
from support.fold_tables import Conn, event_types, gaps, order, refused, row, value

D = Decimal
Held = tuple[str, str | None]


@dataclass
class Step:
    """`quantity` of order `order` executes at `price`; then the position is `held` (quantity, average price)."""

    order: str
    quantity: str
    price: str | None
    held: Held
    closed: set[str] = field(default_factory=set)
    open: dict[str, str] = field(default_factory=dict)


# Order names start with b (buy) or s (sell) and their quantity: b10 buys 10.
CASES: dict[str, list[Step]] = {
    "one exit closes one entry": [
        Step("b10", "10", "100", ("10", "100")),
        Step("s10", "10", "110", ("0", None), {"b10", "s10"}),
    ],
    "partial exits": [
        Step("b10", "10", "100", ("10", "100")),
        Step("s4", "4", "110", ("6", "100"), {"s4"}, {"b10": "6"}),
        Step("s6", "5", "111", ("1", "100"), {"s4"}, {"b10": "1", "s6": "0"}),
        Step("s6", "1", "112", ("0", None), {"b10", "s4", "s6"}),
    ],
    "partial entries and exits interleaved": [
        Step("b10", "4", "100", ("4", "100"), set(), {"b10": "4"}),
        Step("s10", "4", "110", ("0", None), set(), {"b10": "0", "s10": "0"}),
        Step("b10", "6", "120", ("6", "120"), set(), {"b10": "6"}),
        Step("s10", "6", "130", ("0", None), {"b10", "s10"}),
    ],
    "short": [
        Step("s10", "10", "100", ("-10", "100"), set(), {"s10": "10"}),
        Step("b4", "4", "90", ("-6", "100"), {"b4"}, {"s10": "6"}),
        Step("b6", "6", "80", ("0", None), {"s10", "b4", "b6"}),
    ],
    "crossing zero from long": [
        Step("b4", "4", "100", ("4", "100")),
        Step("s10", "10", "110", ("-6", "110"), {"b4"}, {"s10": "6"}),
        Step("b6", "6", "105", ("0", None), {"b4", "s10", "b6"}),
    ],
    "crossing zero from short": [
        Step("s4", "4", "100", ("-4", "100")),
        Step("b10", "10", "90", ("6", "90"), {"s4"}, {"b10": "6"}),
    ],
    "several entries, oldest first": [
        Step("b10", "10", "100", ("10", "100")),
        Step("b20", "20", "130", ("30", "120")),
        Step("b5", "5", "85", ("35", "115")),
        Step("s12", "12", "140", ("23", "120.217391304347826087"), {"b10", "s12"}, {"b20": "18", "b5": "5"}),
        Step("s23", "20", "140", ("3", "85"), {"b10", "b20", "s12"}, {"b5": "3"}),
        Step("s23", "3", "140", ("0", None), {"b10", "b20", "b5", "s12", "s23"}),
    ],
    "first in is by fill, not by order": [
        Step("b10", "4", "100", ("4", "100")),
        Step("b20", "20", "130", ("24", "125")),
        Step("b10", "6", "100", ("30", "120"), set(), {"b10": "10"}),
        Step("s12", "12", "140", ("18", "120"), {"s12"}, {"b10": "6", "b20": "12"}),
    ],
    "the exit is booked before its entry": [
        Step("s10", "10", "110", ("-10", "110"), set(), {"s10": "10"}),
        Step("b10", "10", "100", ("0", None), {"b10", "s10"}),
    ],
    "fractions": [
        Step("b10", "0.1", "100", ("0.1", "100")),
        Step("b10", "0.2", "103", ("0.3", "102")),
        Step("s12", "0.30", "104", ("0", None), set(), {"b10": "0", "s12": "0"}),
    ],
    "a price that nobody knows yet": [
        Step("b10", "4", "100", ("4", "100")),
        Step("b20", "2", None, ("6", None)),
        Step("s4", "4", "110", ("2", None), {"s4"}, {"b20": "2", "b10": "0"}),
        Step("b20", "2", "90", ("4", None), {"s4"}),
        Step("s12", "2", "90", ("2", "90"), {"s4"}, {"b20": "2"}),
    ],
}


@pytest.mark.parametrize("way", ["call", "update", "fills"])
def test_first_in_first_out(trader: Conn, way: str) -> None:
    for number, (name, steps) in enumerate(CASES.items()):
        try:
            _play(trader, f"SYM{number}", steps, way)
        except AssertionError as error:
            error.add_note(f"case: {name}")
            raise
    assert gaps(trader) == []


def _play(conn: Conn, symbol: str, steps: list[Step], way: str) -> None:
    ids: dict[str, int] = {}
    for step in steps:
        ids.setdefault(step.order, place(conn, symbol, {"b": "buy", "s": "sell"}[step.order[0]], step.order[1:]))
    executed: dict[str, list[tuple[Decimal, Decimal | None]]] = {}
    for step in steps:
        fills = executed.setdefault(step.order, [])
        fills.append((D(step.quantity), None if step.price is None else D(step.price)))
        _book(conn, way, ids[step.order], step, fills)
        position = row(conn, "SELECT * FROM oms.positions WHERE symbol = %s", [symbol])
        assert position["quantity"] == D(step.held[0])
        _same_price(position["average_price"], step.held[1])
        assert (position["closed_at"] is None) == (position["quantity"] != 0)
        closed = {name for name, order_id in ids.items() if order(conn, order_id)["status"] == "closed"}
        assert closed == step.closed
        assert open_quantity(conn, *[ids[name] for name in step.open]) == [D(text) for text in step.open.values()]


def _book(conn: Conn, way: str, order_id: int, step: Step, fills: list[tuple[Decimal, Decimal | None]]) -> None:
    """Once by call, once as the cumulative totals that an application writes, once as a row of fills."""
    if way == "update" and all(price is not None for _, price in fills):
        total = sum((quantity for quantity, _ in fills), D(0))
        worth = sum((quantity * price for quantity, price in fills if price is not None), D(0))
        update(conn, order_id, execution_qty=total, execution_price=worth / total)
    elif way == "fills":
        raw_fill(conn, order_id=order_id, quantity=step.quantity, price=step.price)
    else:
        execute(conn, order_id, step.quantity, step.price)


def _same_price(found: Decimal | None, wanted: str | None) -> None:
    assert (found is None) == (wanted is None)
    assert found is None or wanted is None or abs(found - D(wanted)) < D("1e-9")


def test_several_fills_in_one_statement(trader: Conn) -> None:
    entry, other, exit_ = place(trader), place(trader), place(trader, side="sell", quantity=15)
    trader.execute(
        "INSERT INTO oms.fills (order_id, quantity, price)"
        " VALUES (%s, 4, 100), (%s, 10, 101), (%s, 15, 110), (%s, 6, 102)",
        [entry, other, exit_, entry],
    )
    assert open_quantity(trader, entry, other, exit_) == [5, 0, 0]
    assert [order(trader, order_id)["status"] for order_id in (entry, other, exit_)] == ["ongoing", "closed", "closed"]
    assert event_types(trader, entry) == ["placed", "executed", "executed"]
    assert held(trader) == 5
    assert gaps(trader) == []


@pytest.mark.parametrize("booked", [0, 1])
def test_totals_of_several_orders_in_one_update(trader: Conn, booked: int) -> None:
    """Entries and their exit, all written by one UPDATE; in which order it reaches them, only the server knows."""
    ids = [place(trader), place(trader, side="sell"), place(trader, quantity=5)]
    for _ in range(booked):
        execute(trader, ids[0], 1, None)
    trader.execute("UPDATE oms.orders SET execution_qty = quantity, execution_price = 100")
    assert sum(open_quantity(trader, *ids)) == 5
    assert order(trader, ids[1])["status"] == "closed"
    assert [event_types(trader, order_id).count("executed") for order_id in ids] == [1 + booked, 1, 1]
    assert held(trader) == 5
    assert gaps(trader) == []


@pytest.mark.parametrize("end", ["mark_cancelled", "mark_rejected", "mark_failed", "expire_order"])
def test_late_fills_are_real(trader: Conn, end: str) -> None:
    arguments = [] if end in ("mark_cancelled", "expire_order") else ["too late"]
    order_id = place(trader)
    call(trader, end, order_id, *arguments)
    ended = order(trader, order_id)
    execute(trader, order_id, 4)
    late = order(trader, order_id)
    assert (late["status"], late["open_qty"], late["execution_qty"]) == ("ongoing", 4, 4)
    assert (late["leaves_qty"], late["cancelled_qty"], late["closed_at"]) == (0, 6, None)
    assert late["end_reason"] == {
        "mark_cancelled": "cancelled", "mark_rejected": "rejected", "mark_failed": "failed", "expire_order": "expired",
    }[end]  # fmt: skip
    assert late["first_failed_at"] == ended["first_failed_at"]
    execute(trader, order_id, 6)
    full = order(trader, order_id)
    assert (full["leaves_qty"], full["cancelled_qty"], full["open_qty"]) == (0, 0, 10)
    execute(trader, place(trader, side="sell"))
    assert order(trader, order_id)["status"] == "closed"
    assert held(trader) == 0
    assert gaps(trader) == []


def test_a_late_fill_that_is_an_exit_closes_at_once(trader: Conn) -> None:
    entry, exit_ = place(trader), place(trader, side="sell")
    execute(trader, entry)
    call(trader, "mark_cancelled", exit_)
    execute(trader, exit_, 10)
    assert [order(trader, order_id)["status"] for order_id in (entry, exit_)] == ["closed", "closed"]
    assert gaps(trader) == []


def test_a_late_fill_of_a_closed_order(trader: Conn) -> None:
    """Its rest was cancelled and its position closed, and then the market says that it had executed more."""
    order_id = place(trader)
    execute(trader, order_id, 4)
    call(trader, "mark_cancelled", order_id)
    execute(trader, place(trader, side="sell", quantity=4))
    assert order(trader, order_id)["status"] == "closed"
    execute(trader, order_id, 2, 105)
    late = order(trader, order_id)
    assert (late["status"], late["open_qty"], late["cancelled_qty"], late["closed_at"]) == ("ongoing", 2, 4, None)
    assert event_types(trader, order_id)[-1] == "executed"
    assert held(trader) == 2
    assert gaps(trader) == []


def test_books_and_accounts_do_not_net(owner: Conn, trader: Conn) -> None:
    owner.execute("INSERT INTO oms.account_members (role, account) VALUES ('oms_trader', 'second')")
    core, paper = place(trader), place(trader, side="sell", book="paper")
    theirs = place(trader, side="sell", account="second")
    other = place(trader, "TCS", "sell")
    execute(trader, core)
    execute(trader, paper)
    execute(trader, theirs, account="second")
    execute(trader, other)
    assert open_quantity(trader, core, paper, theirs, other) == [10, 10, 10, 10]
    call(trader, "close_position", "INFY", book="paper")
    assert open_quantity(trader, core, paper, theirs, other) == [10, 0, 10, 10]
    call(trader, "close_position", "INFY", account="second")
    assert open_quantity(trader, core, paper, theirs, other) == [10, 0, 0, 10]
    assert gaps(trader) == []


def test_close_position(trader: Conn) -> None:
    full, working, flat = place(trader), place(trader), place(trader, "TCS")
    execute(trader, full)
    execute(trader, working, 4)
    entries = call(trader, "close_position", "INFY", 120, "stop loss", actor="desk")
    assert [(entry["order_id"], entry["status"], entry["open_qty"]) for entry in entries] == [
        (full, "closed", 0),
        (working, "ongoing", 0),
    ]
    assert [event_types(trader, order_id)[-1] for order_id in (full, working)] == ["closed", "reduced"]
    assert event_types(trader, flat) == ["placed"]
    booked = row(trader, "SELECT * FROM oms.fills WHERE order_id IS NULL")
    assert (booked["kind"], booked["side"], booked["quantity"], booked["price"]) == ("adjust", "sell", 14, 120)
    assert (booked["actor"], booked["db_user"], booked["reason"]) == ("desk", "trader", "stop loss")
    log = row(trader, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq DESC LIMIT 1", [full])
    assert (log["actor"], log["reason"]) == ("desk", "stop loss")
    with refused(trader, "OM011", symbol="INFY"):
        call(trader, "close_position", "INFY")
    execute(trader, working, 6, 130)
    assert order(trader, working)["status"] == "ongoing"
    assert held(trader) == 6
    assert gaps(trader) == []


# Adjusted to one quantity after another: the lots left of an entry of 10, and the average price.
ADJUSTED: list[tuple[int, int | None, int, str | None]] = [
    (10, 99, 10, "100"),
    (12, 130, 10, "105"),
    (5, None, 3, "112"),
    (-4, 90, 0, "90"),
    (-4, 1, 0, "90"),
    (0, None, 0, None),
    (3, None, 0, None),
]


def test_adjust_position(trader: Conn) -> None:
    order_id = place(trader)
    execute(trader, order_id)
    for quantity, price, left, average in ADJUSTED:
        (position,) = call(trader, "adjust_position", "INFY", quantity, price)
        assert position["quantity"] == held(trader) == quantity
        _same_price(position["average_price"], average)
        assert open_quantity(trader, order_id) == [left]
    assert event_types(trader, order_id) == ["placed", "executed", "reduced", "closed"]
    assert gaps(trader) == []


def test_opening_balance_is_closed_by_an_order(trader: Conn) -> None:
    call(trader, "adjust_position", "INFY", 10, 80, "opening balance")
    exit_ = place(trader, side="sell")
    execute(trader, exit_)
    assert order(trader, exit_)["status"] == "closed"
    assert held(trader) == 0
    assert gaps(trader) == []


def test_closed_by_decree_releases_what_is_held(trader: Conn) -> None:
    """What an application writes that knows nothing of positions: status closed on the entry alone."""
    older, entry = place(trader, quantity=3), place(trader)
    execute(trader, older)
    execute(trader, entry, 4, 100)
    assert update(trader, entry, status="closed") == 1
    assert order(trader, entry)["status"] == "closed"
    assert open_quantity(trader, older, entry) == [3, 0]
    assert held(trader) == 3
    released = row(trader, "SELECT * FROM oms.fills WHERE kind = 'adjust'")
    assert (released["order_id"], released["side"], released["quantity"], released["price"]) == (entry, "sell", 4, None)
    last = row(trader, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq DESC LIMIT 1", [entry])
    assert (last["event_type"], last["exec_id"], last["last_qty"]) == ("closed", released["exec_id"], 4)
    execute(trader, place(trader, side="sell", quantity=3))
    assert order(trader, older)["status"] == "closed"
    assert held(trader) == 0
    assert gaps(trader) == []


def test_closed_by_decree_of_several(trader: Conn) -> None:
    ids = [place(trader) for _ in range(3)]
    for order_id in ids:
        execute(trader, order_id)
    assert trader.execute("UPDATE oms.orders SET status = 'closed'").rowcount == 3
    assert open_quantity(trader, *ids) == [0, 0, 0]
    assert held(trader) == 0
    assert gaps(trader) == []


AVERAGES: list[tuple[list[tuple[str, str | None]], str | None]] = [
    ([("4", "100"), ("6", "110")], "106"),
    ([("1", "100"), ("2", "101")], "100.6666666666666667"),
    ([("4", "100"), ("1", None)], None),
    ([("0.0001", "0.07"), ("0.0003", "0.03")], "0.04"),
    ([("3", "123456789.123456789")], "123456789.123456789"),
]


def test_average_prices(trader: Conn) -> None:
    for number, (fills, average) in enumerate(AVERAGES):
        order_id = place(trader, f"A{number}")
        for quantity, price in fills:
            execute(trader, order_id, quantity, price)
        _same_price(order(trader, order_id)["execution_price"], average)
    assert gaps(trader) == []


def test_an_implied_price_that_cannot_be_is_unknown(trader: Conn) -> None:
    """An average that falls so far that the last fill would have cost less than nothing."""
    order_id = place(trader)
    execute(trader, order_id, 5, 100)
    update(trader, order_id, execution_qty=6, execution_price=50)
    assert value(trader, "SELECT price FROM oms.fills ORDER BY fill_id DESC LIMIT 1") is None
    found: dict[str, Any] = order(trader, order_id)
    assert (found["execution_qty"], found["execution_price"]) == (6, None)
    assert gaps(trader) == []
