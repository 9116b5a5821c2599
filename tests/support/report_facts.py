"""What is true of an order at one moment, and how FIX tells it: of all statuses that apply the one with precedence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from support.fifo_matching import average

ZERO = Decimal(0)
# Of several the last one shows.
LASTING = ("not_triggered", "suspended", "stopped")


@dataclass(frozen=True)
class Execution:
    """An execution that counts, on the trading day it happened."""

    quantity: Decimal
    price: Decimal
    day: int


@dataclass(frozen=True)
class Open:
    """A request that the broker is deciding."""

    kind: str
    id: str
    orig: str


@dataclass(frozen=True)
class Facts:
    """An order as its broker has it."""

    quantity: Decimal
    price: Decimal | None
    client_id: str
    executions: tuple[Execution, ...] = ()
    accepted: bool = False
    # cancelled, expired, done_for_day, calculated or rejected
    end: str | None = None
    # Of not_triggered, suspended, stopped: what lasts over the days.
    lasting: frozenset[str] = frozenset()
    # done_for_day or calculated: what ends with the day.
    over: str | None = None
    # In the order they became known.
    pending: tuple[Open, ...] = ()
    # The id before client_id.
    replaced_id: str | None = None
    # The request by which it was cancelled.
    cancelled_by: Open | None = None
    day: int = 0

    def __str__(self) -> str:
        return f"{self.ord_status}, {self.cum_qty} of {self.quantity}, limit {self.price}, {self.hold}, {self.end}"

    @property
    def hold(self) -> str | None:
        """Why it doesn't trade now."""
        return self.over or max(self.lasting, key=LASTING.index, default=None)

    @property
    def cum_qty(self) -> Decimal:
        return sum((execution.quantity for execution in self.executions), ZERO)

    @property
    def leaves_qty(self) -> Decimal:
        return ZERO if self.end else max(self.quantity - self.cum_qty, ZERO)

    @property
    def avg_px(self) -> Decimal | None:
        return average((execution.quantity, execution.price) for execution in self.executions)

    @property
    def day_cum_qty(self) -> Decimal:
        return sum((execution.quantity for execution in self.executions if execution.day == self.day), ZERO)

    @property
    def day_order_qty(self) -> Decimal:
        return self.quantity - (self.cum_qty - self.day_cum_qty)

    @property
    def ord_status(self) -> str:
        deciding = {request.kind for request in self.pending}
        applying = {
            "Pending Cancel": "cancel" in deciding,
            "Pending Replace": "replace" in deciding,
            "Done for Day": "done_for_day" in (self.over, self.end),
            "Calculated": self.over == "calculated",
            "Filled": self.cum_qty >= self.quantity,
            "Stopped": "stopped" in self.lasting,
            "Suspended": "suspended" in self.lasting,
            "Canceled": self.end == "cancelled",
            "Expired": self.end == "expired",
            "Partially Filled": self.cum_qty > 0,
            "Rejected": self.end == "rejected",
            "New": self.accepted,
            "Pending New": True,
        }
        return next(status for status, applies in applying.items() if applies)

    @property
    def ids(self) -> tuple[str, str | None]:
        """ClOrdID and OrigClOrdID: of what is being decided, else of the cancel that ended the order, else its own."""
        cancels = [request for request in self.pending if request.kind == "cancel"]
        deciding = cancels or self.pending
        request = deciding[-1] if deciding else self.cancelled_by
        if request:
            return request.id, request.orig
        return self.client_id, self.replaced_id

    def status(self, open_qty: Decimal) -> str:
        """Our own status, of an order that holds so much."""
        if self.executions:
            return "closed" if self.leaves_qty == 0 and open_qty == 0 else "ongoing"
        if self.end:
            return "failed" if self.end == "rejected" else "cancelled"
        return "pending"
