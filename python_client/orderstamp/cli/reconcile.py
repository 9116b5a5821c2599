"""`orderstamp reconcile`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from orderstamp.cli.book import parse_time, read_book
from orderstamp.cli.connecting import Account, connection, unfold
from orderstamp.cli.output import Json, err, explained, out, print_json
from orderstamp.client import Orderstamp
from orderstamp.models import Decision

# What a person must look at, and the exit status that says so: 1 is a failure, 2 a wrong option.
_NEED_A_PERSON = ("discrepancy", "lost")
_STATUS = 3
# Told by the reason already, or of no use to people: under which id an order is stored if its own is taken.
_UNTOLD = {"rejection_reason", "was", "qualified_id"}
_FILLS_SHOWN = 3


@explained
def reconcile(
    file: Annotated[Path, typer.Argument(help="The broker's answer, .json or .json.gz; - reads stdin.")],
    broker: Annotated[str, typer.Option(help="Whose book it is, as in oms.orders.broker.")],
    profile: Annotated[
        str | None, typer.Option(help="What translates it, if not a profile of the broker's name.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and write nothing.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Orders that aren't in it are not missing.")] = False,
    observed_at: Annotated[
        str | None,
        typer.Option(
            help="When the broker was asked, with its zone; else when the file was last modified, for stdin now."
        ),
    ] = None,
    book: Annotated[str, typer.Option(help="The book for orders that nobody knows.")] = "manual",
    show_all: Annotated[bool, typer.Option("--all", help="Show the orders that agree, too.")] = False,
    account: Account = None,
    as_json: Json = False,
) -> None:
    """Bring the orders in line with a broker's order book. Doing it again changes nothing.

    A copied file is younger than the book: say --observed-at, for an order with newer evidence is left alone.

    Exit status: 0 done; 3 done, but discrepancies or lost orders need a person; 1 failed, nothing was written. A dry
    run tells what a run would.
    """
    unfold()
    read = read_book(file, parse_time(observed_at))
    with connection() as conn, err.status("reconciling"):
        decisions = Orderstamp(conn, account).reconcile(
            read.text, read.observed_at, broker, dry_run=dry_run, complete=not partial, profile=profile, book=book
        )
    counts: Counter[str] = Counter(decision.decision for decision in decisions)
    run = decisions[0].reconciliation_id if decisions else None
    shown = [decision for decision in decisions if show_all or decision.decision != "matched"]
    if as_json:
        print_json(
            {
                "file": read.name,
                "broker": broker,
                "observed_at": read.observed_at.isoformat(),
                "dry_run": dry_run,
                "reconciliation_id": run,
                "counts": counts,
                "decisions": [asdict(decision) for decision in shown],
            }
        )
    else:
        _show(shown, dry_run)
        told = ", ".join(f"{counts[kind]:,} {kind}" for kind in sorted(counts, key=_by_weight)) or "no orders"
        done = "dry run, nothing was written" if dry_run else "done" if run is None else f"run {run}"
        out.print(
            f"[bold]{escape(read.name)}[/] as of {read.observed_at:%Y-%m-%d %H:%M:%S%z}: {told}; {done}", soft_wrap=True
        )
    if any(counts[kind] for kind in _NEED_A_PERSON):
        raise typer.Exit(_STATUS)


def _show(decisions: list[Decision], dry_run: bool) -> None:
    if not decisions:
        return
    table = Table("decision", "order", "broker's id", "symbol")
    table.add_column("what would change" if dry_run else "what changed")
    table.add_column("why")
    for decision in decisions:
        table.add_row(
            f"[red]{decision.decision}[/]" if decision.decision in _NEED_A_PERSON else decision.decision,
            "" if decision.order_id is None else str(decision.order_id),
            escape(decision.broker_order_id or ""),
            escape(decision.symbol or ""),
            escape(_changed(decision.changes)),
            escape((decision.reason or "").strip()),
        )
    out.print(table)


def _by_weight(kind: str) -> tuple[bool, str]:
    """What agrees first, then by name."""
    return kind != "matched", kind


def _changed(changes: Mapping[str, Any]) -> str:
    """A new order as `buy 10 limit 99.5`, fills as `4 at 100, 6 at 101`, anything else as `quantity 12`."""
    if "side" in changes:
        terms = ("side", "quantity", "cash_quantity", "order_type", "limit_price", "stop_price")
        return " ".join(f"{'for ' * (name == 'cash_quantity')}{changes[name]}" for name in terms if name in changes)
    fills = changes.get("fills", [])
    told = [f"{fill['quantity']} at {fill.get('price') or 'an unknown price'}" for fill in fills[:_FILLS_SHOWN]]
    if len(fills) > _FILLS_SHOWN:
        told.append(f"{len(fills)} fills in all")
    told += [f"{name} {value}" for name, value in changes.items() if name not in _UNTOLD and name != "fills"]
    return ", ".join(told)
