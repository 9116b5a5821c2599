"""The table that is printed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from .running import Outcome

SHOWN = 5
"""How many of a fault's findings are told in words."""


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """A line per fault, a sum, then what was found."""
    table = Table(title="Faults", caption="a write is one call; retried: transactions that were sent again")
    table.add_column("fault")
    for column in ("injected", "writes acknowledged", "retried", "lost", "doubled", "gaps"):
        table.add_column(column, justify="right")
    done = [outcome for outcome in outcomes if not outcome.left_out]
    for outcome in done:
        table.add_row(outcome.fault, *(f"{figure:,}" for figure in _figures(outcome)), style="red" * outcome.failed)
    table.add_section()
    sums = [sum(column) for column in zip(*(_figures(outcome) for outcome in done), strict=True)]
    table.add_row("all", *(f"{figure:,}" for figure in sums))
    console.print(table)
    for outcome in outcomes:
        if outcome.left_out:
            console.print(f"[yellow]{outcome.fault}: left out, {outcome.left_out}[/]")
        for kind in ("lost", "doubled", "gaps"):
            found: list[str] = getattr(outcome, kind)
            for text in found[:SHOWN]:
                console.print(f"{outcome.fault}, {kind}: {text}", markup=False, style="red")
        if outcome.broken_off:
            console.print(f"{outcome.fault}: broken off, {outcome.broken_off}", markup=False, style="red")
        elif not (outcome.left_out or outcome.injected):
            console.print(f"[red]{outcome.fault}: nothing was injected[/]")


def _figures(outcome: Outcome) -> tuple[int, ...]:
    lists = (outcome.lost, outcome.doubled, outcome.gaps)
    return (outcome.injected, outcome.acknowledged, outcome.retried, *map(len, lists))
