"""First-in-first-out matching of net fills, written again from its description alone.

A fill first offsets what its book holds on the other side, oldest first; its remainder opens a lot of its own order.
A release (an adjust that names its order) takes from that order's lots and from nothing else. A bust takes an
execution out; a correction stands in its place in the queue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any

Row = dict[str, Any]
BookKey = tuple[str, str, str]
OrderKey = tuple[str, int]
ZERO = Decimal(0)
CLOSE = Decimal("1e-12")


@dataclass
class Lot:
    """What is still held of one fill."""

    place: int
    order_id: int | None
    quantity: Decimal
    price: Decimal | None


@dataclass
class Book:
    """What one account holds of one symbol in one book."""

    sign: int = 0
    lots: list[Lot] = field(default_factory=list)

    @property
    def quantity(self) -> Decimal:
        return self.sign * sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def average_price(self) -> Decimal | None:
        return average((lot.quantity, lot.price) for lot in self.lots)

    def take(self, quantity: Decimal, lots: list[Lot]) -> Decimal:
        """Take up to that quantity out of these lots, oldest first; what is left of it."""
        for lot in lots:
            taken = min(quantity, lot.quantity)
            lot.quantity -= taken
            quantity -= taken
        self.lots = [lot for lot in self.lots if lot.quantity > 0]
        return quantity


def average(parts: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """Average price; unknown where there is nothing, or one price is unknown."""
    quantity, worth = ZERO, ZERO
    with localcontext(prec=60):
        for part, price in parts:
            if price is None:
                return None
            quantity += part
            worth += part * price
        return worth / quantity if quantity else None


def same_price(one: Decimal | None, other: Decimal | None) -> bool:
    """Equal but for the rounding of a division."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= CLOSE * max(abs(one), abs(other), Decimal(1))


def net_fills(fills: Iterable[Row]) -> list[tuple[int, Row]]:
    """(place in the queue, fill) of the fills that count, in the order of matching."""
    by_exec: dict[tuple[str, int | None, str], Row] = {}
    places: dict[int, int] = {}
    undone: set[int] = set()
    counting = []
    for fill in sorted(fills, key=lambda f: f["fill_id"]):
        places[fill["fill_id"]] = fill["fill_id"]
        if fill["exec_ref_id"] is not None:
            replaced = by_exec[fill["account"], fill["order_id"], fill["exec_ref_id"]]
            assert replaced["fill_id"] not in undone, "busted or corrected twice"
            undone.add(replaced["fill_id"])
            places[fill["fill_id"]] = places[replaced["fill_id"]]
        if fill["kind"] != "cancel":
            counting.append(fill)
        by_exec[fill["account"], fill["order_id"], fill["exec_id"]] = fill
    return sorted(
        ((places[fill["fill_id"]], fill) for fill in counting if fill["fill_id"] not in undone),
        key=lambda pair: (pair[0], pair[1]["fill_id"]),
    )


def match(fills: Iterable[Row]) -> dict[BookKey, Book]:
    """What every account holds per symbol and book."""
    books: dict[BookKey, Book] = defaultdict(Book)
    for place, fill in net_fills(fills):
        book = books[fill["account"], fill["symbol"], fill["book"]]
        left: Decimal = fill["quantity"]
        if fill["kind"] == "adjust" and fill["order_id"] is not None:
            book.take(left, [lot for lot in book.lots if lot.order_id == fill["order_id"]])
            continue
        sign = 1 if fill["side"] == "buy" else -1
        if book.lots and book.sign != sign:
            left = book.take(left, book.lots)
        if left > 0:
            book.sign = sign
            book.lots.append(Lot(place, fill["order_id"], left, fill["price"]))
            book.lots.sort(key=lambda lot: lot.place)
    return books


def open_quantities(books: dict[BookKey, Book]) -> dict[OrderKey, Decimal]:
    """What is still held per order."""
    held: dict[OrderKey, Decimal] = defaultdict(lambda: ZERO)
    for (account, _symbol, _book), book in books.items():
        for lot in book.lots:
            if lot.order_id is not None:
                held[account, lot.order_id] += lot.quantity
    return held


def totals(fills: Iterable[Row]) -> dict[OrderKey, tuple[Decimal, Decimal | None]]:
    """Executed quantity and average price per order."""
    parts: dict[OrderKey, list[tuple[Decimal, Decimal | None]]] = defaultdict(list)
    for _place, fill in net_fills(fills):
        if fill["kind"] != "adjust":
            parts[fill["account"], fill["order_id"]].append((fill["quantity"], fill["price"]))
    return {key: (sum((q for q, _ in found), ZERO), average(found)) for key, found in parts.items()}
