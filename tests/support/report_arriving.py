"""Steps carried out in their order. A report whose order can't be told yet waits, as with a client that tries again."""

from __future__ import annotations

from support.report_arrivals import Step
from support.report_noise import Noise
from support.report_said import Asked, Report
from support.report_stream import Stream

# What may come of an order that the broker never had.
WITHOUT_ORDER_ID = frozenset({"Cancel Reject", "Rejected"})


class _Arriving:
    def __init__(self, stream: Stream, noise: Noise) -> None:
        self.stream = stream
        self.noise = noise
        self.ids = {stream.life.placed.client_id}
        self.applied: list[Report] = []
        self.waiting: list[Step] = []

    def knows(self, report: Report) -> bool:
        shown = any(other.kind not in WITHOUT_ORDER_ID for other in self.applied)
        return shown or not self.ids.isdisjoint((report.cl_ord_id, report.orig_cl_ord_id or report.cl_ord_id))

    def take(self, step: Step) -> bool:
        """Whether it could be carried out."""
        what = step.what
        if isinstance(what, str):
            if self.applied:
                self.noise.make(what, self.applied[0], step.style)
        elif isinstance(what, Asked):
            self._ask(what)
        elif step.raw:
            self.noise.book(what)
        elif what in self.applied:
            self.stream.repeat(what, step.style)
        elif step.again or not self.knows(what):
            return False
        else:
            self.stream.apply(what, step.style)
            self.applied.append(what)
            if what.orig_cl_ord_id:
                self.ids |= {what.cl_ord_id}
        self.stream.check_books()
        return True

    def _ask(self, asked: Asked) -> None:
        """A request that nobody would send in view of what is known so far isn't recorded."""
        conn = self.stream.conn
        conn.execute(b"SAVEPOINT asked")
        if asked.orig in self.ids and self.stream.ask(asked) == "received":
            self.ids.add(asked.id)
        else:
            conn.execute(b"ROLLBACK TO SAVEPOINT asked")


def arrive(stream: Stream, noise: Noise, steps: list[Step]) -> None:
    """Carry out all steps."""
    arriving = _Arriving(stream, noise)
    for step in steps:
        if not arriving.take(step):
            arriving.waiting.append(step)
            continue
        moved = True
        while moved:
            moved = False
            for waiting in list(arriving.waiting):
                if arriving.take(waiting):
                    arriving.waiting.remove(waiting)
                    moved = True
    assert not arriving.waiting
