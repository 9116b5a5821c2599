"""Random legal lives of one order, as its broker lives and reports them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from support import report_moves as does
from support import report_requests as asks
from support.report_broker import Broker
from support.report_facts import Facts
from support.report_moves import Move, room
from support.report_said import Asked, Report

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Life:
    """What happened to an order."""

    side: str
    placed: Facts
    good_till: bool
    # Known before its first report, and so is what the client asks for.
    recorded: bool
    happened: tuple[Report | Asked, ...]

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """How Hypothesis prints it: one line each."""
        terms = (
            f"{self.side} {self.placed}, {'gtc' if self.good_till else 'day'}{', recorded' if self.recorded else ''}"
        )
        printer.text("\n    ".join([terms, *map(str, self.happened)]))

    @property
    def reports(self) -> list[Report]:
        return [one for one in self.happened if isinstance(one, Report)]

    @property
    def facts(self) -> Facts:
        """What is true in the end, as far as it was told."""
        return self.reports[-1].tells


def _told(broker: Broker, kind: str) -> bool:
    return any(report.kind == kind for report in broker.reports)


def _moves(broker: Broker) -> list[Move]:
    """Everything legal now; what is likelier more than once."""
    facts = broker.facts
    live, done, left = not broker.ended, bool(facts.over), room(broker) > 0
    works = live and facts.accepted and not done
    filled = live and facts.accepted and not left
    hears = live and facts.over != "calculated"
    trades = facts.over != "calculated" and facts.lasting <= {"stopped"}
    few = hears and len(broker.requests) < 4
    legal: list[tuple[Move, int, bool]] = [
        (does.pending_new, 3, live and not facts.accepted and not _told(broker, "Pending New")),
        (does.new, 20, live and not facts.accepted),
        (does.triggered, 12, "not_triggered" in facts.lasting),
        (does.trade, 8 if works else 2, left and trades and facts.end != "rejected" and not broker.late),
        (does.bust, 2, bool(broker.executions) and facts.over != "calculated"),
        (does.correct, 2, bool(broker.executions) and facts.over != "calculated"),
        (does.done_for_day, 3, works),
        (
            does.calculated,
            1,
            (filled and not done)
            or (facts.over == "done_for_day" and not broker.late and not _told(broker, "Calculated")),
        ),
        (does.new_day, 8, facts.accepted and ((live and broker.good_till and done) or facts.end == "done_for_day")),
        (does.new_day, 1, works and broker.good_till),
        (does.restate, 3, works),
        (does.stopped, 2, works and left and "stopped" not in facts.lasting),
        (does.suspended, 2, works and left and "suspended" not in facts.lasting),
        (does.resume, 5, works and bool(facts.lasting)),
        (does.cancel, 1, live and left and not done),
        (does.expire, 1, works and left),
        (does.reject, 1, live and not done and not _told(broker, "Trade")),
        (asks.ask_cancel, 2, few and left),
        (asks.ask_replace, 4, few and facts.accepted),
        (asks.acknowledge, 8, hears and bool(asks.of(broker, "received"))),
        (asks.refuse, 2, bool(broker.reports) and bool(asks.of(broker, *asks.OPEN, "superseded"))),
        (asks.grant, 8, live and not done and bool(asks.grantable(broker))),
    ]
    return [move for move, weight, allowed in legal for _ in range(weight) if allowed]


@st.composite
def lives(draw: Draw, most: int = 14) -> Life:
    """A life of up to so many moves, perhaps in the midst of it."""
    price = draw(st.one_of(st.none(), does.prices))
    placed = Facts(draw(st.sampled_from(does.SIZES)), price, "c0")
    broker = Broker(placed, good_till=draw(st.booleans()), recorded=draw(st.booleans()))
    for _ in range(draw(st.integers(1, most))):
        moves = _moves(broker)
        if not moves:
            break
        draw(st.sampled_from(moves))(broker, draw)
    if not broker.reports:
        does.new(broker, draw)
    side = draw(st.sampled_from(["buy", "sell"]))
    return Life(side, placed, broker.good_till, broker.recorded, tuple(broker.happened))
