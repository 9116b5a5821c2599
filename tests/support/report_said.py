"""What passes between a client and a broker about one order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from support.report_facts import Facts


@dataclass(frozen=True)
class Report:
    """One message, in FIX's words; `tells` is what is true after it."""

    kind: str
    exec_id: str
    at: int
    day: int
    cl_ord_id: str
    tells: Facts
    orig_cl_ord_id: str | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    exec_ref_id: str | None = None
    working: bool | None = None
    reason: str | None = None
    # cancel or replace, of a Cancel Reject
    answers: str | None = None
    # OrderQty and Price are left out.
    terse: bool = False

    def __str__(self) -> str:
        said = {"for": self.orig_cl_ord_id, "of": self.exec_ref_id, "works": self.working, "because": self.reason}
        last = "" if self.last_qty is None else f" {self.last_qty} at {self.last_px}"
        more = "".join(f", {word} {value}" for word, value in said.items() if value is not None)
        return f"{self.exec_id} day {self.day}: {self.kind} {self.cl_ord_id}{last}{more} -> {self.tells}"


@dataclass(frozen=True)
class Asked:
    """The client's own call, before it sends a request."""

    kind: str
    id: str
    orig: str
    quantity: Decimal | None
    price: Decimal | None


@dataclass
class Request:
    """A request as the broker has it."""

    kind: str
    id: str
    orig: str
    quantity: Decimal | None
    price: Decimal | None
    state: str = "received"
