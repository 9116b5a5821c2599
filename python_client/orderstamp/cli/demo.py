"""`orderstamp demo`."""

from __future__ import annotations

import time
from typing import Any

from psycopg import Connection
from rich import box
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from orderstamp import migrate as installer
from orderstamp.cli.connecting import open_connection, unfold
from orderstamp.cli.output import Json, err, explained, out, print_json, working
from orderstamp.cli.timeline import show_timeline
from orderstamp.client import Orderstamp
from orderstamp.database import Database, find_database
from orderstamp.demo.play import ACTORS, Effect, Played, fresh_account, play
from orderstamp.models import Order

_HANDS = {
    "psql": f"{ACTORS['psql']} in psql, calling the functions",
    "ORM": f"the {ACTORS['ORM']}'s ORM, writing raw SQL",
    "Python": f"{ACTORS['Python']}, with the Python client",
}
_STAMPS = (
    "placed_at",
    "accepted_at",
    "last_status_check",
    "quantity_adjusted_at",
    "execution_time",
    "filled_at",
    "first_failed_at",
    "last_retry_attempt",
    "manual_detected_at",
    "updated_at",
    "closed_at",
)


@explained(owner_only=True)
def demo(as_json: Json = False) -> None:
    """A whole trading day told in ten events by three hands: psql, an ORM, the Python client. May be repeated."""
    unfold()
    started = time.monotonic()
    with working("starting the database"):
        database = find_database()
    with working(f"migrating {database.label()}") as step:
        installer.migrate(database.conninfo, progress=step)
    with open_connection(database) as conn:
        account = fresh_account(conn)
        days = _tell(conn, account, silent=as_json)
        client = Orderstamp(conn, account)
        orders = client.list_orders()
        orders.sort(key=lambda order: order.order_id)
        with err.status("checking the books"):
            row = conn.execute("SELECT count(*) FROM oms.audit_gaps WHERE account = %s", [account]).fetchone()
        gaps = row[0] if row else 0
        if as_json:
            print_json({"account": account, "steps": len(days), "orders": len(orders), "gaps": gaps})
        else:
            entry = orders[0]
            _show_orders(orders)
            out.print()
            show_timeline(entry, client.timeline(entry.order_id))
            _show_end(database, account, entry.order_id, gaps, time.monotonic() - started)


def _tell(conn: Connection[Any], account: str, *, silent: bool) -> list[Played]:
    """Run the story; each step is shown as soon as it is done."""
    told: list[Played] = []
    hand = ""
    for played in play(conn, account):
        told.append(played)
        if silent:
            continue
        if played.step.hand != hand:
            hand = played.step.hand
            out.rule(f"[bold]{_HANDS[hand]}", align="left")
        _show_step(played)
    return told


def _show_step(played: Played) -> None:
    step = played.step
    if step.number:
        out.print(f"\n[bold cyan]{step.number:>2}  {escape(step.title)}[/]")
    if out.is_terminal:
        lexer = "python" if step.hand == "Python" else "postgresql"
        out.print(Syntax(played.statement, lexer, background_color="default", padding=(0, 4)))
    else:
        out.print("\n".join(f"    {line}" for line in played.statement.splitlines()), markup=False, soft_wrap=True)
    for effect in played.effects:
        out.print(f"    [green]→[/] {_effect(effect)}", soft_wrap=True)
    if not played.effects:
        out.print("    [green]→[/] stamped: last_status_check; no event, no new version")


def _effect(effect: Effect) -> str:
    """order 3: pending → ongoing, executed “Order executed at Rs 102.50”; stamped: execution_time, filled_at"""
    moved = effect.from_status not in (None, effect.to_status)
    status = f"{effect.from_status} → {effect.to_status}" if moved else effect.to_status
    reason = f" “{escape(effect.reason)}”" if effect.reason else ""
    stamps = f"; stamped: {', '.join(effect.stamps)}" if effect.stamps else ""
    return f"order {effect.order_id}: [bold]{effect.event_type}[/], {status}{reason}{stamps}"


def _show_orders(orders: list[Order]) -> None:
    """The orders side by side, and under each every stamp it has."""
    out.rule("[bold]every order with its stamps (minutes:seconds)", align="left")
    table = Table("", box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    for order in orders:
        table.add_column(f"{order.order_id} {order.symbol}", no_wrap=True)
    table.add_row("side, quantity", *(f"{order.side} {order.quantity}" for order in orders))
    table.add_row("status", *(order.status for order in orders))
    table.add_row("version", *(str(order.version) for order in orders), end_section=True)
    for stamp in _STAMPS:
        times = (getattr(order, stamp) for order in orders)
        table.add_row(stamp, *(f"{moment:%M:%S.%f}"[:-3] if moment else "" for moment in times))
    out.print(table)


def _show_end(database: Database, account: str, order_id: int, gaps: int, seconds: float) -> None:
    out.print(
        f"audit check of account {account}: [bold {'red' if gaps else 'green'}]{gaps} gaps[/], in {seconds:.1f} s"
    )
    where = "The server keeps running." if database.is_embedded else f"All of it is in {escape(database.label())}."
    out.print(
        f"\n{where} Look further:\n"
        f"  orderstamp status --account {account}\n"
        f"  orderstamp timeline {order_id} --account {account}\n"
        f"  make psql, or orderstamp psql; then SELECT * FROM oms.order_history WHERE account = '{account}';"
        + (
            "\n  orderstamp stop ends the server; with --remove it deletes the data, too"
            if database.is_embedded
            else ""
        ),
        soft_wrap=True,
    )
