"""The report: a table for people, JSON for machines."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from .figures import Figure
from .sampling import Spread


def show(console: Console, figures: list[Figure]) -> None:
    """Print all figures; what misses its aim is named as such."""
    table = Table(title="Cost", caption="median \\[quartiles] of interleaved runs; µs per unit")
    table.add_column("figure")
    for column in ("baseline µs", "ours µs", "value", "aim"):
        table.add_column(column, justify="right")
    table.add_column("met")
    for figure in figures:
        table.add_row(
            figure.name,
            microseconds(figure.baseline_us),
            microseconds(figure.ours_us),
            f"{number(figure.value)} {figure.unit}",
            aim(figure),
            {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[figure.met],
        )
    console.print(table)


def write_json(path: Path, measured: dict[str, list[Figure]], server: str) -> None:
    """The figures part by part, with what they were measured on; parts in the file that weren't measured now stay."""
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for part, figures in measured.items():
        record[part] = {"server": server, "figures": [figure.as_dict() for figure in figures]}
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def aim(figure: Figure) -> str:
    """What a figure should be, or nothing."""
    return "" if figure.aim is None else f"{'≥' if figure.at_least else '≤'} {figure.aim:g}"


def microseconds(value: Spread | None) -> str:
    """A time with its spread, or nothing."""
    return "" if value is None else number(value)


def number(value: Spread) -> str:
    """Median [quartiles], as exact as it deserves."""
    digits = 0 if value.median >= 100 else 1 if value.median >= 20 else 2
    middle = f"{value.median:,.{digits}f}"
    if value.low == value.high:
        return middle
    return f"{middle} [{value.low:,.{digits}f}–{value.high:,.{digits}f}]"
