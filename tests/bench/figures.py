"""A figure: what was measured, against what, and what it should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from .sampling import Spread, ratios, spread

Unit = Literal["×", "B", "%"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `aim` is an upper bound, or a lower one with `at_least`.

    The benchmark itself fails where even the lower quartile passes `fails_above`.
    """

    name: str
    value: Spread
    unit: Unit
    baseline: str = ""
    baseline_us: Spread | None = None
    ours_us: Spread | None = None
    aim: float | None = None
    at_least: bool = False
    fails_above: float | None = None
    # The chart in which its time is a bar, and the bar's label.
    chart: str = ""
    label: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the aim; None where there is none."""
        if self.aim is None:
            return None
        return self.value.median >= self.aim if self.at_least else self.value.median <= self.aim

    @property
    def failed(self) -> bool:
        """Whether it is past what may be at all."""
        return self.fails_above is not None and self.value.low > self.fails_above

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "met": self.met}


def cost(
    name: str,
    ours: list[float],
    baseline: str,
    theirs: list[float],
    aim: float | None = None,
    fails_above: float | None = None,
    bar: tuple[str, str] = ("", ""),
) -> Figure:
    """How many times the baseline's time ours takes: less is better."""
    return Figure(
        name,
        ratios(ours, theirs),
        "×",
        baseline,
        spread(theirs),
        spread(ours),
        aim,
        fails_above=fails_above,
        chart=bar[0],
        label=bar[1],
    )


def speedup(name: str, ours: list[float], baseline: str, theirs: list[float], aim: float | None = None) -> Figure:
    """How many times faster than the baseline ours is: more is better."""
    return Figure(name, ratios(theirs, ours), "×", baseline, spread(theirs), spread(ours), aim, at_least=True)


def exact(value: float) -> Spread:
    """A number that was counted, not timed."""
    return Spread(value, value, value)
