"""Interleaved runs and what is said of them: the median, and the quartiles as its spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

from rich.progress import Progress

# Does one block of work and returns the microseconds that one unit of it took.
Block = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of several runs."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to measure."""

    runs: int = 7
    blocks: int = 4
    block: int = 250
    bulk: int = 100_000
    lives: int = 60
    orders: int = 4_000
    snapshot: int = 10_000
    clients: tuple[int, ...] = (1, 4, 16)
    seconds: int = 3
    growth: tuple[int, ...] = (10_000, 1_000_000, 10_000_000)

    @property
    def changes(self) -> int:
        """How many single changes one variant makes in all."""
        return self.runs * self.blocks * self.block


FULL = Scale()
QUICK = Scale(
    runs=3,
    blocks=1,
    block=25,
    bulk=1_000,
    lives=3,
    orders=200,
    snapshot=200,
    clients=(1, 2),
    seconds=1,
    growth=(100, 1_000),
)


def spread(values: list[float]) -> Spread:
    """Median and quartiles."""
    if len(values) < 2:
        return Spread(values[0], values[0], values[0])
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(median(values), low, high)


def interleave(variants: Mapping[str, Block], scale: Scale, progress: Progress) -> dict[str, list[float]]:
    """Run every variant in short alternating blocks; per variant, the mean of each run's blocks.

    The order turns with every block, so that no variant always follows the same other one.
    """
    names = list(variants)
    task = progress.add_task("  runs", total=scale.runs * scale.blocks)
    for name in names:
        variants[name]()  # compiles, plans and fills caches; not counted
    results: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(scale.runs):
        totals = dict.fromkeys(names, 0.0)
        for _ in range(scale.blocks):
            names = names[1:] + names[:1]
            for name in names:
                totals[name] += variants[name]()
            progress.advance(task)
        for name in names:
            results[name].append(totals[name] / scale.blocks)
    progress.remove_task(task)
    return results


def ratios(ours: list[float], theirs: list[float]) -> Spread:
    """How often `theirs` fits into `ours`, run by run."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])
