"""What one scenario is known to hold: its orders, the ids they go by, the client's requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .scenario import Step
from .vocabulary import Event


@dataclass(slots=True)
class Order:
    """One order of the scenario."""

    number: int
    client_id: str | None
    """None for an order that was telephoned."""
    placed: Step | None
    """The row that placed it; None for an order that was telephoned."""
    quantity: Decimal | None
    """As placed; None where only cash was named."""
    order_id: int | None = None
    """Ours, as the calls returned it."""
    reported: bool = False
    """A report of it was applied."""
    live: bool = False
    """It was acknowledged or executed."""
    resent: bool = False
    """The client placed it again, and nothing has answered that."""
    day: date | None = None
    """The latest day a report told."""
    executions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Request:
    """A cancel or replace request the client sent."""

    event: Event
    open: bool = True


class Book:
    """The orders of a scenario by every id they go by."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.requests: dict[str, Request] = {}
        self.spoken = False
        self._verbal: Decimal | None = None
        self._by_id: dict[str, Order] = {}

    def known(self, step: Step) -> Order | None:
        """The order a row is about; without an id, the latest one. None where there is no such order."""
        if step.cl_ord_id is None and step.orig_cl_ord_id is None:
            return self.orders[-1] if self.orders else None
        for name in (step.cl_ord_id, step.orig_cl_ord_id):
            if name is not None and name in self._by_id:
                return self._by_id[name]
        return None

    def owner(self, client_id: str | None) -> Order | None:
        """The order that was placed under that very id."""
        order = self._by_id.get(client_id) if client_id is not None else None
        return order if order is not None and order.client_id == client_id else None

    def add(self, step: Step) -> Order:
        """A new order, from the row that placed it or from the first report of one that was telephoned."""
        if step.event is Event.NEW_ORDER:
            quantity = step.order_qty if step.cash_order_qty is None else None
            order = Order(len(self.orders) + 1, step.cl_ord_id, step, quantity)
        else:
            order = Order(len(self.orders) + 1, step.cl_ord_id, None, self.verbal() or step.order_qty)
        self.orders.append(order)
        self.refer(step, order)
        return order

    def refer(self, step: Step, order: Order) -> None:
        """From now on the row's id means that order too."""
        if step.cl_ord_id is not None:
            self._by_id.setdefault(step.cl_ord_id, order)

    def request(self, step: Step, event: Event) -> Request:
        """The request of that id, noted if it is new."""
        order = self.known(step)
        if order is not None:
            self.refer(step, order)
        return self.requests.setdefault(step.cl_ord_id or "", Request(event))

    def speak(self, step: Step) -> None:
        """Something was agreed outside the protocol."""
        self.spoken = True
        self._verbal = step.order_qty_verbal

    def verbal(self) -> Decimal | None:
        """The quantity that was agreed and not told by any report yet; asking takes it."""
        quantity, self._verbal = self._verbal, None
        return quantity

    def unknown(self, step: Step) -> bool:
        """Whether a report is about an order that nobody knows, rather than the first about a telephoned one."""
        if self.known(step) is not None:
            return False
        nothing_new = step.event in {Event.STATUS, Event.CANCEL_REJECT}
        return nothing_new and not (self.spoken and step.cl_ord_id is None)
