"""A broker's day, simulated: what it knows after each of its moves, as books and as single messages.

Moves happen a second apart. A book may be asked for after any of them, and claim to be a few seconds older or newer
than it is; every execution may be told live, too, by any way there is into the database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from support.fold_orders import call, execute, place, raw_fill, update
from support.fold_tables import Conn, rows
from support.reconcile_books import both
from support.reconcile_calls import now, reconcile

INDIA = ZoneInfo("Asia/Kolkata")
Entry = dict[str, Any]
Skews = st.sampled_from([-2, -1, 0, 0, 0, 1, 2])


@dataclass(frozen=True)
class Placed:
    """An order at the broker: ours, or placed there by hand."""

    name: str
    ours: bool
    symbol: str
    side: str
    quantity: Decimal
    limit: Decimal


@dataclass(frozen=True)
class Move:
    """What happens to one order: accepted, filled, modified, cancelled or rejected."""

    name: str
    kind: str
    quantity: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    exec_id: str = ""


@dataclass(frozen=True)
class Known:
    """What the broker knows of an order."""

    quantity: Decimal
    limit: Decimal
    status: str = "OPEN"
    filled: Decimal = Decimal(0)
    worth: Decimal = Decimal(0)
    second: int = 0

    @property
    def average(self) -> Decimal:
        """Rounded, as brokers do."""
        return round(self.worth / self.filled, 4) if self.filled else Decimal(0)

    def after(self, move: Move, second: int) -> Known:
        """What it knows after that move."""
        known = replace(self, second=second)
        if move.kind == "fill":
            filled, worth = self.filled + move.quantity, self.worth + move.quantity * move.price
            status = "COMPLETE" if filled == self.quantity else "OPEN"
            return replace(known, filled=filled, worth=worth, status=status)
        if move.kind == "modify":
            return replace(known, quantity=move.quantity, limit=move.price)
        ends = {"cancel": "CANCELLED", "reject": "REJECTED"}
        return replace(known, status=ends.get(move.kind, self.status))


@dataclass(frozen=True)
class Day:
    """The orders, and all that happened, in its order."""

    orders: tuple[Placed, ...]
    moves: tuple[Move, ...]

    def states(self, second: int) -> dict[str, Known]:
        """What the broker knows after so many moves. An order it hasn't accepted yet isn't in its book."""
        start = {order.name: Known(order.quantity, order.limit) for order in self.orders}
        known: dict[str, Known] = {}
        for at, move in enumerate(self.moves[:second], 1):
            known[move.name] = known.get(move.name, start[move.name]).after(move, at)
        return known


@dataclass(frozen=True)
class Told:
    """One message about the day. way: book, or how an execution is told; second: after which move, or which one."""

    way: str
    second: int = 0
    skew: int = 0
    trades: bool = False
    complete: bool = True


WAYS = ("call", "report", "insert")


def _fills(draw: st.DrawFn, name: str, quantity: Decimal) -> list[Move]:
    filled, moves = Decimal(0), []
    for number in range(draw(st.integers(0, 3))):
        left = int(quantity - filled)
        if not left:
            break
        part = Decimal(draw(st.integers(1, left)))
        filled += part
        price = Decimal(draw(st.integers(1990, 2010))) / 20
        moves.append(Move(name, "fill", part, price, f"{name}-T{number}"))
    return moves


def _life(draw: st.DrawFn, order: Placed) -> list[Move]:
    """Accepted, rejected at once or executed in parts; modified in between, called off in the end, or none of it."""
    moves = [Move(order.name, "accept")]
    if draw(st.integers(0, 9)) == 0:
        return [*moves, Move(order.name, "reject")]
    moves += _fills(draw, order.name, order.quantity)
    done = sum((move.quantity for move in moves), Decimal(0))
    if done < order.quantity:
        if draw(st.booleans()):
            where = draw(st.integers(1, len(moves)))
            more = order.quantity + draw(st.integers(0, 5))
            moves.insert(where, Move(order.name, "modify", more, order.limit + draw(st.integers(0, 2))))
        if draw(st.booleans()):
            moves.append(Move(order.name, "cancel"))
    return moves


@st.composite
def days(draw: st.DrawFn) -> Day:
    """Up to four orders in two symbols, their lives interleaved."""
    orders, lives = [], []
    for number in range(draw(st.integers(1, 4))):
        order = Placed(
            f"B{number}",
            draw(st.integers(0, 3)) > 0,
            draw(st.sampled_from(["INFY", "TCS"])),
            draw(st.sampled_from(["buy", "sell"])),
            Decimal(draw(st.integers(1, 10))),
            Decimal(100),
        )
        orders.append(order)
        lives.append(_life(draw, order))
    moves = []
    while any(lives):
        life = draw(st.sampled_from([life for life in lives if life]))
        moves.append(life.pop(0))
    return Day(tuple(orders), tuple(moves))


@st.composite
def deliveries(draw: st.DrawFn, day: Day, ways: tuple[str, ...] = WAYS) -> list[Told]:
    """Messages in any order, some of them twice, some never."""
    fills = [second for second, move in enumerate(day.moves, 1) if move.kind == "fill"]
    told: list[Told] = []
    for second in fills:
        told += [Told(way, second) for way in draw(st.lists(st.sampled_from(ways), max_size=2))]
    books = st.builds(
        Told, st.just("book"), st.integers(0, len(day.moves)), Skews, trades=st.booleans(), complete=st.booleans()
    )
    told += draw(st.lists(books, min_size=1, max_size=4))
    again = draw(st.lists(st.sampled_from(told), max_size=3))
    return draw(st.permutations([*told, *again]))


class Delivery:
    """Brings a day into the database, message by message."""

    def __init__(self, conn: Conn, day: Day, *, confirmed: bool) -> None:
        self.conn, self.day = conn, day
        self.start = now(conn).replace(microsecond=0) - timedelta(hours=2)
        for order in day.orders:
            if order.ours:
                ids = {"broker_order_id": order.name} if confirmed else {}
                place(
                    conn, order.symbol, order.side, order.quantity, order_type="limit", limit_price=order.limit,
                    broker="kite", client_order_id=f"c-{order.name}", occurred_at=self.start, **ids,
                )  # fmt: skip

    def at(self, second: int) -> datetime:
        """When a move happened."""
        return self.start + timedelta(seconds=second)

    def _local(self, second: int) -> str:
        return self.at(second).astimezone(INDIA).strftime("%Y-%m-%d %H:%M:%S")

    def _order(self, name: str) -> Placed:
        (order,) = [order for order in self.day.orders if order.name == name]
        return order

    def entry(self, name: str, known: Known) -> Entry:
        """An order in the broker's book."""
        order = self._order(name)
        return {
            "order_id": name, "tag": f"c-{name}" if order.ours else None, "tradingsymbol": order.symbol,
            "transaction_type": order.side.upper(), "order_type": "LIMIT", "validity": "DAY", "variety": "regular",
            "quantity": known.quantity, "price": known.limit, "status": known.status, "filled_quantity": known.filled,
            "average_price": known.average, "status_message": "no margin" if known.status == "REJECTED" else None,
            "order_timestamp": self._local(known.second),
        }  # fmt: skip

    def trades(self, second: int) -> list[Entry]:
        """The trades of the book after so many moves."""
        return [
            {
                "trade_id": move.exec_id, "order_id": move.name, "tradingsymbol": self._order(move.name).symbol,
                "transaction_type": self._order(move.name).side.upper(), "quantity": move.quantity,
                "average_price": move.price, "fill_timestamp": self._local(at),
            }
            for at, move in enumerate(self.day.moves[:second], 1)
            if move.kind == "fill"
        ]  # fmt: skip

    def book(self, second: int, *, trades: bool) -> Any:
        """The broker's answer after so many moves."""
        orders = [self.entry(name, known) for name, known in self.day.states(second).items()]
        return both(orders, self.trades(second)) if trades else orders

    def known_as(self, name: str) -> int | None:
        """The order here, if there is one."""
        query = "SELECT order_id FROM oms.orders WHERE broker_order_id = %s"
        found = rows(self.conn, query, [name])
        return found[0]["order_id"] if found else None

    def tell(self, told: Told) -> None:
        """Deliver one message. A live one about an order that nobody here knows yet finds nobody."""
        if told.way == "book":
            at = self.at(told.second + told.skew)
            reconcile(self.conn, self.book(told.second, trades=told.trades), at, complete=told.complete)
            return
        move = self.day.moves[told.second - 1]
        order_id = self.known_as(move.name)
        if order_id is None:
            return
        at = self.at(told.second)
        if told.way == "call":
            execute(self.conn, order_id, move.quantity, move.price, exec_id=move.exec_id, occurred_at=at)
        elif told.way == "report":
            self._report(move, at)
        elif told.way == "insert":
            if not rows(
                self.conn, "SELECT FROM oms.fills WHERE order_id = %s AND exec_id = %s", [order_id, move.exec_id]
            ):
                raw_fill(
                    self.conn, order_id=order_id, exec_id=move.exec_id, quantity=move.quantity, price=move.price,
                    occurred_at=at,
                )  # fmt: skip
        else:
            self._total(order_id, told.second)

    def _report(self, move: Move, at: datetime) -> None:
        report = {
            "ExecType": "F", "OrderID": move.name, "ExecID": move.exec_id, "LastQty": str(move.quantity),
            "LastPx": str(move.price), "TransactTime": at.astimezone(UTC).strftime("%Y%m%d-%H:%M:%S"),
        }  # fmt: skip
        call(self.conn, "apply_execution_report", json.dumps(report))

    def _total(self, order_id: int, second: int) -> None:
        """The total after that execution, written into the row, where it is news."""
        known = self.day.states(second)[self.day.moves[second - 1].name]
        (row,) = rows(self.conn, "SELECT execution_qty FROM oms.orders WHERE order_id = %s", [order_id])
        if row["execution_qty"] < known.filled:
            update(self.conn, order_id, execution_qty=known.filled, execution_price=known.average)

    def finish(self) -> list[dict[str, Any]]:
        """The whole day once more, in one clean book, asked for now."""
        return reconcile(self.conn, self.book(len(self.day.moves), trades=True), now(self.conn))
