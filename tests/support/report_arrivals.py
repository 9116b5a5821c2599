"""In which order a life's reports arrive.

Every report may be late by any amount, each for itself: trades overtake states, decisions overtake what they decide,
busts overtake their trades, a later replace overtakes an earlier one. None is early, so what the client asks for comes
before every answer to it. Any report may come twice; an execution may be known from elsewhere before its report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from support.report_lives import Life
from support.report_said import Asked, Report
from support.report_words import Style, styles

Draw = Callable[[st.SearchStrategy[Any]], Any]

NOISE = (
    "heartbeat", "heartbeats", "raw heartbeat", "nothing", "whole row", "metadata", "status", "other order", "exit",
)  # fmt: skip
EXECUTIONS = frozenset({"Trade", "Trade Cancel", "Trade Correct"})

delays = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8, 13])
seldom = st.sampled_from([False, False, False, True])


@dataclass(frozen=True)
class Step:
    """One thing that happens to the books."""

    what: Report | Asked | str
    style: Style = field(default_factory=Style)
    # As a row of oms.fills, from elsewhere.
    raw: bool = False
    # It was here before.
    again: bool = False

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        more = f"{' (raw)' if self.raw else ''}{' (again)' if self.again else ''}"
        what = self.what if isinstance(self.what, str | Report) else f"ask {self.what.kind} {self.what.id}"
        printer.text(f"\n        {str(what).split(' ->', maxsplit=1)[0]}{more}")


def _steps_of(draw: Draw, at: int, report: Report) -> list[tuple[float, Step]]:
    delay = draw(delays)
    steps = [(at + delay, Step(report, draw(styles)))]
    if report.kind in EXECUTIONS and draw(seldom):
        steps.append((at + delay / 2, Step(report, raw=True)))
    if draw(seldom):
        steps.append((at + delay + draw(delays), Step(report, draw(styles), again=True)))
    return steps


@st.composite
def arrivals(draw: Draw, life: Life) -> list[Step]:
    """The reports of a life, late, twice, and among what else happens; the first first where the order isn't known."""
    timed: list[tuple[float, Step]] = []
    for at, one in enumerate(life.happened):
        if isinstance(one, Asked):
            timed.append((at, Step(one)))
        elif one is life.reports[0] and not life.recorded:
            timed.append((-1, Step(one, draw(styles))))
        else:
            timed += _steps_of(draw, at, one)
    steps: list[Step] = []
    for _, step in sorted(timed, key=lambda pair: pair[0]):
        steps.append(step)
        if draw(seldom):
            steps.append(Step(draw(st.sampled_from(NOISE)), draw(styles)))
    return steps
