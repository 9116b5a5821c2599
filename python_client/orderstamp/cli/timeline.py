"""`orderstamp timeline`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from orderstamp.cli.connecting import Account, connection, unfold
from orderstamp.cli.output import Json, explained, out, print_json
from orderstamp.client import Orderstamp
from orderstamp.models import Order, TimelineEntry


@explained
def timeline(
    order_id: Annotated[int, typer.Argument(metavar="ID", help="The order's id.", min=1, max=2**63 - 1)],
    account: Account = None,
    as_json: Json = False,
) -> None:
    """One order's life, event by event, with the time between them."""
    unfold()
    with connection() as conn, conn.transaction():
        client = Orderstamp(conn, account)
        order, events = client.get_order(order_id), client.timeline(order_id)
    if as_json:
        print_json({"order": asdict(order), "events": [asdict(event) for event in events]})
    else:
        show_timeline(order, events)


def show_timeline(order: Order, events: list[TimelineEntry]) -> None:
    """The order in one line, then its events."""
    terms = f"{order.side} {order.quantity} {order.symbol}, {order.order_type}"
    out.print(
        f"[bold]order {order.order_id}[/] of {escape(order.account)}: {escape(terms)}, now {order.status}",
        soft_wrap=True,
    )
    one_day = len({event.recorded_at.date() for event in events}) == 1
    table = Table("#", "event", "status", box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    table.add_column(f"recorded on {events[0].recorded_at:%Y-%m-%d}" if one_day else "recorded", min_width=12)
    table.add_column("after", no_wrap=True)
    table.add_column("who")
    table.add_column("why")
    for event in events:
        moved = event.from_status is None or event.from_status == event.to_status
        table.add_row(
            str(event.seq),
            event.event_type,
            event.to_status if moved else f"{event.from_status} → {event.to_status}",
            f"{event.recorded_at:{'%H:%M:%S.%f' if one_day else '%Y-%m-%d %H:%M:%S.%f'}}"[:-3],
            "" if event.since_previous is None else after(event.since_previous),
            escape(event.actor or event.db_user),
            escape(_why(event)),
        )
    out.print(table)


def _why(event: TimelineEntry) -> str:
    """The reason, or what changed where nobody gave one."""
    if event.reason:
        return event.reason
    if event.exec_id:
        return f"{event.last_qty} at {event.last_price}"
    return ", ".join(f"{name} {value}" for name, value in event.changes.items() if value is not True)


def after(span: timedelta) -> str:
    """A span as people say it: 1 d 02:03:04, 03:04, 2.345 s, 12.3 ms."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 60:
        return f"{seconds:.3f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours:02}:{minutes:02}:{rest:02}" if days or hours else f"{minutes:02}:{rest:02}"
    return f"{days} d {clock}" if days else clock
