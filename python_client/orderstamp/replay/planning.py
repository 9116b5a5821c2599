"""From a batch of messages to calls: what each order is at that point comes from the database, not from memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from orderstamp.batch import Batch, Pending
from orderstamp.models import Order
from orderstamp.replay.messages import OF_AN_ORDER, Kind, Message, ReplayError, Source
from orderstamp.replay.survey import Survey

_ORDERS = """
SELECT broker_order_id AS key, order_id, quantity, execution_qty AS executed, leaves_qty AS leaves,
  entry_type = 'manual' AS manual
FROM oms.orders
WHERE account = %(account)s AND broker = '' AND broker_order_id = ANY (%(keys)s)"""


@dataclass(slots=True)
class Live:
    """An order as it will be after the messages planned so far. `order_id` is 0 until it is placed."""

    key: str
    order_id: int
    quantity: Decimal
    executed: Decimal
    leaves: Decimal
    manual: bool


@dataclass(slots=True)
class Plan:
    """The calls of one batch: first what begins, with its first quantity, then what happens in the file's order."""

    source: Source
    beginnings: list[tuple[Message, Live, Decimal]] = field(default_factory=list)
    steps: list[tuple[Message, Live, Decimal | None]] = field(default_factory=list)

    def begin(self, batch: Batch) -> list[Pending[Order]]:
        """Place every order that begins here; the ones without a beginning in the file were placed by hand."""
        source = self.source
        return [
            batch.record_manual_order(
                live.key,
                source.symbol,
                message.side,
                quantity,
                message.dollars,
                reason="Placed before the file begins",
                occurred_at=message.occurred_at,
            )
            if live.manual
            else batch.place_order(
                source.symbol,
                message.side,
                quantity,
                "limit",
                message.dollars,
                client_order_id=live.key,
                broker_order_id=live.key,
                occurred_at=message.occurred_at,
            )
            for message, live, quantity in self.beginnings
        ]

    def go_on(self, batch: Batch) -> list[Message]:
        """Add the other calls; returns the message behind each."""
        for message, live, quantity in self.steps:
            if quantity is not None:
                batch.adjust_quantity(live.order_id, quantity, "Partly cancelled", occurred_at=message.occurred_at)
            elif message.kind == Kind.EXECUTED:
                batch.mark_executed(
                    live.order_id,
                    message.dollars,
                    message.size,
                    exec_id=f"{message.clock}/{message.line}",
                    occurred_at=message.occurred_at,
                )
            else:
                batch.mark_cancelled(live.order_id, occurred_at=message.occurred_at)
        return [message for message, _, _ in self.steps]


def plan(conn: Connection[Any], account: str, source: Source, messages: Iterable[Message], survey: Survey) -> Plan:
    """Decide every call of a batch before any is sent. Raises ReplayError where a message contradicts its order."""
    of_orders = [message for message in messages if message.kind in OF_AN_ORDER]
    keys = {source.key(message.order) for message in of_orders}
    known = _known(conn, account, keys | {source.continued(key) for key in keys})
    planned = Plan(source)
    for message in of_orders:
        key = source.key(message.order)
        live = known.get(source.continued(key)) or known.get(key)
        placed = message.kind == Kind.PLACED
        if live is None or (live.manual and live.leaves == 0 and not placed):
            # Of an order without a start an earlier file told less than there was: this is the rest of it.
            key = key if live is None else source.continued(key)
            quantity = Decimal(message.size if placed else survey.unstarted_quantity(message.order))
            live = known[key] = Live(key, 0, quantity, Decimal(0), quantity, manual=not placed)
            planned.beginnings.append((message, live, quantity))
        elif placed:
            raise _contradiction(message, live, "it was placed before")
        if not placed:
            _follow(planned, message, live)
    return planned


def _known(conn: Connection[Any], account: str, keys: set[str]) -> dict[str, Live]:
    with conn.cursor(row_factory=class_row(Live)) as cursor:
        found = cursor.execute(_ORDERS, {"account": account, "keys": sorted(keys)}).fetchall()
    return {live.key: live for live in found}


def _follow(planned: Plan, message: Message, live: Live) -> None:
    size = Decimal(message.size)
    if live.leaves == 0 or (size > live.leaves and message.kind == Kind.EXECUTED):
        raise _contradiction(message, live, f"only {live.leaves} of it is left")
    if message.kind == Kind.EXECUTED:
        live.executed += size
        live.leaves -= size
        planned.steps.append((message, live, None))
    elif message.kind == Kind.REDUCED and size < live.leaves:
        live.quantity -= size
        live.leaves -= size
        planned.steps.append((message, live, live.quantity))
    else:
        # A deletion ends the rest, whatever it says of it; so does a reduction that leaves nothing.
        live.leaves = Decimal(0)
        planned.steps.append((message, live, None))


def _contradiction(message: Message, live: Live, why: str) -> ReplayError:
    return ReplayError(
        f"line {message.line}: a message of type {message.kind} for order {live.key}, but {why}",
        hint="the file contradicts itself or what the account already holds; replay it into an account of its own",
    )
