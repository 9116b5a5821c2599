"""The figures that README.md shows: kept as JSON beside this file, part by part, and rendered as charts and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .figures import Figure
from .report import aim, microseconds, number, write_json
from .sampling import Spread

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "tests" / "bench" / "figures.json"
README = ROOT / "README.md"
_BEGIN = "<!-- figures: written by make bench -->\n"
_END = "<!-- /figures -->"


def publish(measured: dict[str, list[Figure]], server: str) -> None:
    """Replace what is kept of the parts measured, and show all that is kept."""
    write_json(RECORD, measured, server)
    head, _, rest = README.read_text(encoding="utf-8").partition(_BEGIN)
    README.write_text(head + _BEGIN + shown() + _END + rest.partition(_END)[2], encoding="utf-8")


def published() -> str:
    """What README.md shows now."""
    return README.read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0]


def shown() -> str:
    """Charts and tables of all that is kept, as Markdown."""
    record: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    parts = {part: [_figure(figure) for figure in kept["figures"]] for part, kept in record.items()}
    servers = sorted({str(kept["server"]).split(" on ")[0] for kept in record.values()})
    lines = ["", f"Measured on {', '.join(servers)}.", ""]
    for title, figures in _charts(parts).items():
        lines += [*_chart(title, figures), ""]
    lines += ["| figure | baseline | baseline, µs | ours, µs | value | aim | met |", "|---|---|---|---|---|---|---|"]
    for figures in parts.values():
        lines += [_row(figure) for figure in figures]
    return "\n".join(lines) + "\n\n"


def _charts(parts: dict[str, list[Figure]]) -> dict[str, list[Figure]]:
    charts: dict[str, list[Figure]] = {}
    for figures in parts.values():
        for figure in figures:
            if figure.chart:
                charts.setdefault(figure.chart, []).append(figure)
    return charts


def _chart(title: str, figures: list[Figure]) -> list[str]:
    bars = [(figures[0].baseline, figures[0].baseline_us), *((figure.label, figure.ours_us) for figure in figures)]
    timed = sorted(((label, us.median) for label, us in bars if us is not None), key=lambda bar: bar[1])
    return [
        "```mermaid",
        "xychart-beta horizontal",
        f'  title "{title}"',
        f"  x-axis [{', '.join(json.dumps(label) for label, _ in timed)}]",
        f'  y-axis "µs" 0 --> {max(us for _, us in timed) * 1.05:.0f}',
        f"  bar [{', '.join(f'{us:.1f}' for _, us in timed)}]",
        "```",
    ]


def _row(figure: Figure) -> str:
    cells = (
        figure.name,
        figure.baseline,
        microseconds(figure.baseline_us),
        microseconds(figure.ours_us),
        f"{number(figure.value)} {figure.unit}",
        aim(figure),
        {True: "yes", False: "**no**", None: ""}[figure.met],
    )
    return f"| {' | '.join(cells)} |"


def _figure(kept: dict[str, Any]) -> Figure:
    values = {name: value for name, value in kept.items() if name != "met"}
    for name in ("value", "baseline_us", "ours_us"):
        if values[name] is not None:
            values[name] = Spread(**values[name])
    return Figure(**values)
