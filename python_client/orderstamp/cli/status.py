"""`orderstamp status`."""

from __future__ import annotations

from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from orderstamp.cli.connecting import Account, connection, unfold
from orderstamp.cli.output import Json, err, explained, out, print_json
from orderstamp.cli.reading import State, read_state

_MOST = 10
_MANY = 1_000
_STATUSES = ("pending", "ongoing", "closed", "failed", "cancelled")


@explained
def status(account: Account = None, as_json: Json = False) -> None:
    """Orders by status, open and unconfirmed orders, the audit check, what is installed."""
    unfold()
    with connection() as conn, err.status("checking the books"):
        state = read_state(conn, account, _MANY if as_json else _MOST)
    if as_json:
        print_json(
            {
                "version": state.version,
                "accounts": {counts.account: asdict(counts) for counts in state.counts},
                "open_orders": [asdict(order) for order in state.open_orders],
                "unconfirmed_orders": [asdict(order) for order in state.unconfirmed],
                "gaps": None if state.gaps is None else [asdict(gap) for gap in state.gaps],
            }
        )
    else:
        _show(state)


def _show(state: State) -> None:
    out.print(f"orderstamp {state.version} is installed" if state.version else "orderstamp is installed")
    if not state.counts:
        out.print("no orders yet")
        return
    out.print(_counts(state))
    _show_open(state)
    _show_unconfirmed(state)
    if state.gaps is None:
        out.print("audit check: not shown, this role may not read oms.audit_gaps (oms_auditor may)")
        return
    found = state.gaps[0].total if state.gaps else 0
    out.print(f"audit check: [bold {'red' if found else 'green'}]{found:,} gaps[/]")
    for gap in state.gaps:
        where = f"order {gap.order_id}" if gap.order_id is not None else "position"
        out.print(f"  {escape(gap.gap)}: {where} of {escape(gap.account)}: {escape(gap.detail)}", soft_wrap=True)


def _counts(state: State) -> Table:
    table = Table("account", title="orders by status", title_justify="left")
    for name in (*_STATUSES, "working", "held"):
        table.add_column(name, justify="right")
    for counts in state.counts:
        table.add_row(
            escape(counts.account),
            *(f"{getattr(counts, name):,}" for name in _STATUSES),
            f"{counts.working:,}",
            f"{counts.held:,}",
        )
    return table


def _show_open(state: State) -> None:
    if not state.open_orders:
        out.print("no open orders")
        return
    living = sum(counts.pending + counts.ongoing for counts in state.counts)
    shown = len(state.open_orders)
    title = f"open orders: {living:,}" + (f", the {shown} that changed last" if living > shown else "")
    table = Table("order", "account", "symbol", "side", "status", title=title, title_justify="left")
    for name in ("quantity", "leaves", "held"):
        table.add_column(name, justify="right")
    table.add_column("changed")
    for order in state.open_orders:
        table.add_row(
            str(order.order_id),
            escape(order.account),
            escape(order.symbol),
            order.side,
            order.status,
            _number(order.quantity),
            _number(order.leaves_qty),
            _number(order.open_qty),
            f"{order.updated_at:%m-%d %H:%M:%S}",
        )
    out.print(table)


def _show_unconfirmed(state: State) -> None:
    if not state.unconfirmed:
        out.print("no unconfirmed orders: the broker has confirmed all that are live")
        return
    total, shown = state.unconfirmed[0].total, len(state.unconfirmed)
    title = f"not confirmed by the broker: {total:,}" + (f", the {shown} oldest" if total > shown else "")
    table = Table("order", "account", "symbol", "side", title=title, title_justify="left")
    table.add_column("quantity", justify="right")
    table.add_column("placed")
    table.add_column("last checked")
    for order in state.unconfirmed:
        checked = order.last_status_check
        table.add_row(
            str(order.order_id),
            escape(order.account),
            escape(order.symbol),
            order.side,
            _number(order.quantity),
            f"{order.placed_at:%m-%d %H:%M:%S}",
            f"{checked:%m-%d %H:%M:%S}" if checked else "never",
        )
    out.print(table)


def _number(value: object) -> str:
    return "" if value is None else f"{value:,}"
