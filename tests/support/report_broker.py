"""A broker: what it knows of one order, and the reports it sends, each with what it states beside its news."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from support.report_facts import Execution, Facts, Open
from support.report_said import Asked, Report, Request


@dataclass
class Broker:
    """One order's broker. `facts` is the truth; every method is a move, its caller knows whether it is legal."""

    facts: Facts
    good_till: bool
    # The client records what it asks before it sends it.
    recorded: bool
    happened: list[Report | Asked] = field(default_factory=list)
    executions: dict[str, Execution] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    pending: list[Request] = field(default_factory=list)
    clock: int = 0

    @property
    def reports(self) -> list[Report]:
        return [one for one in self.happened if isinstance(one, Report)]

    @property
    def ended(self) -> bool:
        return self.facts.end is not None

    @property
    def late(self) -> bool:
        """Whether the day is over on which the order ended: only busts and corrections come then."""
        return any(report.tells.end and report.day < self.facts.day for report in self.reports)

    def tell(self, kind: str, **said: object) -> Report:
        """Send a report of what is true now."""
        self.clock += 1
        executions = tuple(self.executions.values())
        deciding = sorted(self.pending, key=self.requests.index) if self.recorded else self.pending
        pending = tuple(Open(request.kind, request.id, request.orig) for request in deciding)
        self.facts = replace(self.facts, executions=executions, pending=pending)
        exec_id = f"E{self.clock}"
        fields: dict[str, object] = {"cl_ord_id": self.facts.client_id} | said
        report = Report(kind=kind, exec_id=exec_id, at=self.clock, day=self.facts.day, tells=self.facts, **fields)  # type: ignore[arg-type]
        self.happened.append(report)
        return report

    def begin_day(self) -> None:
        self.facts = replace(self.facts, day=self.facts.day + 1, over=self.facts.over if self.ended else None)

    def change(self, kind: str, *, said: dict[str, object] | None = None, **changes: object) -> None:
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]
        self.tell(kind, **(said or {}))

    def end(self, kind: str, end: str, **said: object) -> None:
        """Whatever ends the order ends its hold and closes its requests."""
        self.pending.clear()
        for request in self.requests:
            request.state = "superseded" if request.state in ("received", "pending") else request.state
        over = end if end in ("done_for_day", "calculated") else None
        self.change(kind, said=said, end=end, lasting=frozenset(), over=over)

    def trade(self, quantity: Decimal, price: Decimal) -> None:
        self.executions[f"E{self.clock + 1}"] = Execution(quantity, price, self.facts.day)
        self.facts = replace(self.facts, accepted=True)
        self.tell("Trade", last_qty=quantity, last_px=price)

    def bust(self, exec_id: str) -> None:
        gone = self.executions.pop(exec_id)
        self.tell("Trade Cancel", exec_ref_id=exec_id, last_qty=gone.quantity, last_px=gone.price)

    def correct(self, exec_id: str, quantity: Decimal, price: Decimal) -> None:
        was = self.executions.pop(exec_id)
        self.executions[f"E{self.clock + 1}"] = Execution(quantity, price, was.day)
        self.tell("Trade Correct", exec_ref_id=exec_id, last_qty=quantity, last_px=price)

    # -- requests ------------------------------------------------------------------------------------------------

    def ask(self, kind: str, orig: str, quantity: Decimal | None, price: Decimal | None) -> None:
        request = Request(kind, f"c{len(self.requests) + 1}", orig, quantity, price)
        self.requests.append(request)
        if self.recorded:
            self.happened.append(Asked(kind, request.id, orig, quantity, price))

    def acknowledge(self, request: Request) -> None:
        request.state = "pending"
        self.pending.append(request)
        self._answer(f"Pending {request.kind.title()}", request)

    def refuse(self, request: Request, reason: str) -> None:
        self._decide(request, "rejected")
        self._answer("Cancel Reject", request, answers=request.kind, reason=reason)

    def grant_cancel(self, request: Request) -> None:
        self._decide(request, "accepted")
        self.facts = replace(self.facts, cancelled_by=Open("cancel", request.id, request.orig))
        self.end("Canceled", "cancelled", cl_ord_id=request.id, orig_cl_ord_id=request.orig)

    def grant_replace(self, request: Request, quantity: Decimal) -> None:
        self._decide(request, "accepted")
        price = request.price or self.facts.price
        self.facts = replace(
            self.facts, quantity=quantity, price=price, client_id=request.id, replaced_id=self.facts.client_id
        )
        self._answer("Replace", request)

    def _decide(self, request: Request, state: str) -> None:
        request.state = state
        self.pending = [other for other in self.pending if other is not request]

    def _answer(self, kind: str, request: Request, **said: object) -> None:
        self.tell(kind, cl_ord_id=request.id, orig_cl_ord_id=request.orig, **said)
