"""`python -m tests.bench [--quick] [--only PART …] [--json FILE] [--publish]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from . import (
    bulk,
    fill,
    footprint,
    growth,
    heartbeat,
    latency,
    log_size,
    order_life,
    reconcile,
    reports,
    status_change,
    throughput,
)
from .figures import Figure
from .publish import publish
from .report import show, write_json
from .sampling import FULL, QUICK, Scale
from .server import Bench, running_bench

PARTS: dict[str, Callable[[Bench, Scale, Progress], list[Figure]]] = {
    "status_change": status_change.measure,
    "latency": latency.measure,
    "throughput": throughput.measure,
    "bulk": bulk.measure,
    "growth": growth.measure,
    "log_size": log_size.measure,
    "footprint": footprint.measure,
    "heartbeat": heartbeat.measure,
    "fill": fill.measure,
    "reports": reports.measure,
    "reconcile": reconcile.measure,
    "order_life": order_life.measure,
}


def main() -> None:
    """Measure, print, and write the JSON if asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the cost against a bare table.")
    parser.add_argument("--quick", action="store_true", help="a smoke test: every figure, none of them worth quoting")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), help="measure only these parts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also keep the figures here, part by part")
    parser.add_argument("--publish", action="store_true", help="show the figures in README.md")
    args = parser.parse_args()
    if args.publish and args.quick:
        parser.error("a smoke test yields nothing worth publishing")
    scale: Scale = QUICK if args.quick else FULL
    console = Console()
    if not console.is_terminal:
        console.width = 140
    measured: dict[str, list[Figure]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with running_bench() as bench, Progress(*columns, console=console, transient=True) as progress:
        parts = progress.add_task("parts", total=len(args.only))
        for part in args.only:
            progress.update(parts, description=part)
            measured[part] = PARTS[part](bench, scale, progress)
            progress.advance(parts)
        server = bench.version
    figures = [figure for part in measured.values() for figure in part]
    show(console, figures)
    if args.json:
        write_json(args.json, measured, server)
    if args.publish:
        publish(measured, server)
    failed = [] if args.quick else [figure for figure in figures if figure.failed]
    for figure in failed:
        console.print(
            f"[red]too slow:[/] {figure.name}: {figure.value.low:.2f} even at best, limit {figure.fails_above}"
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
