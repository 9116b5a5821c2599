"""`orderstamp replay`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from orderstamp.cli.connecting import connection
from orderstamp.cli.output import Json, err, explained, out, print_json
from orderstamp.replay.messages import Kind, Source, open_source
from orderstamp.replay.run import Replayed
from orderstamp.replay.run import replay as run_replay
from orderstamp.replay.summary import FATES, Summary, summarise

_KINDS = {
    Kind.PLACED: "new order",
    Kind.REDUCED: "part cancelled",
    Kind.DELETED: "deleted",
    Kind.EXECUTED: "executed",
    Kind.HIDDEN: "execution of a hidden order (no order of its own)",
    Kind.CROSS: "cross trade (no order of its own)",
    Kind.HALT: "halt",
}


@explained
def replay(
    file: Annotated[Path, typer.Argument(help="A LOBSTER-style message file, .csv or .csv.gz.")],
    account: Annotated[str | None, typer.Option(help="The account to replay into.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=5_000, help="Messages per transaction.")] = 1_000,
    as_json: Json = False,
) -> None:
    """Replay recorded exchange order messages through the calls. Replaying a file again changes nothing."""
    source = open_source(file)
    with connection() as conn:
        with _progress() as progress:
            done = run_replay(conn, source, account, batch, progress)
        with err.status("checking the books"):
            summary = summarise(conn, source, done.account)
    if as_json:
        print_json(_as_json(source, done, summary))
    else:
        _show(source, done, summary)
    if summary.gaps:
        raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """A bar on stderr: first the reading, whose end tells how long the replaying is."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("reading", total=None)
        last = 0

        def step(what: str, line: int) -> None:
            nonlocal last
            if what == "reading":
                last = line
            bar.update(task, description=what, completed=line, total=None if what == "reading" else last)

        yield step


def _show(source: Source, done: Replayed, summary: Summary) -> None:
    counts = done.counts
    out.print(f"[bold]{escape(source.name)}[/] in account {escape(done.account)}: {counts.messages:,} messages")
    for kind, text in _KINDS.items():
        if counts.by_kind[kind]:
            out.print(f"  {counts.by_kind[kind]:>9,}  type {kind}, {text}")
    table = Table("orders placed in the file", title_justify="left")
    for title in ("as placed", "part cancelled before", "total"):
        table.add_column(title, justify="right")
    for name in FATES:
        fate = summary.fate(name)
        table.add_row(name, f"{fate.as_placed:,}", f"{fate.reduced:,}", f"{fate.as_placed + fate.reduced:,}")
        if name == FATES[0]:
            table.add_row("  in several executions", f"{fate.several:,}", "", "")
    out.print(table)
    out.print(f"{summary.manual:,} orders were placed before the file begins: recorded as manual orders")
    statuses = ", ".join(f"{number:,} {status}" for status, number in summary.statuses.items() if number)
    out.print(f"{summary.orders:,} orders: {statuses}")
    new = done.counts.messages - done.skipped
    speed = (
        f", {new / done.seconds:,.0f} messages/s, {_orders_per_second(done):,.0f} orders/s" if done.new_events else ""
    )
    out.print(f"{done.events:,} events, {done.new_events:,} of them new, in {done.seconds:.1f} s{speed}")
    out.print(f"[bold {'red' if summary.gaps else 'green'}]{summary.total_gaps:,} gaps[/] in the audit check")
    for gap in summary.gaps:
        out.print(f"  {escape(gap.gap)}: order {gap.order_id}: {escape(gap.detail)}")


def _orders_per_second(done: Replayed) -> float:
    share = (done.counts.messages - done.skipped) / max(done.counts.messages, 1)
    return done.counts.by_kind[Kind.PLACED] * share / max(done.seconds, 1e-9)


def _as_json(source: Source, done: Replayed, summary: Summary) -> dict[str, Any]:
    counts = done.counts
    return {
        "file": source.name,
        "account": done.account,
        "messages": counts.messages,
        "messages_by_type": {str(int(kind)): counts.by_kind[kind] for kind in Kind},
        "messages_sharing_time": counts.same_time,
        "skipped": done.skipped,
        "orders": summary.orders,
        "manual_orders": summary.manual,
        "part_filled_and_part_cancelled": summary.part_filled_and_reduced,
        "fates": {
            name: {"as_placed": fate.as_placed, "part_cancelled": fate.reduced, "in_several_executions": fate.several}
            for name in FATES
            for fate in [summary.fate(name)]
        },
        "statuses": summary.statuses,
        "events": done.events,
        "new_events": done.new_events,
        "seconds": round(done.seconds, 3),
        "messages_per_second": round((counts.messages - done.skipped) / max(done.seconds, 1e-9)),
        "orders_per_second": round(_orders_per_second(done)),
        "gaps": summary.total_gaps,
    }
