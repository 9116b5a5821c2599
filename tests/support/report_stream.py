"""One order's reports, applied; after every step the books are whole and the log tells the row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from support.fifo_matching import same_price
from support.fold_events import NOT_LOGGED, fold
from support.fold_orders import call, place
from support.fold_tables import Conn, Row, event_count, gaps, row, rows
from support.report_facts import Facts
from support.report_lives import Life
from support.report_said import Asked, Report
from support.report_words import Style, Terms, encode, text

SYMBOL = "INFY"
BROKER_ID = "B-1"


class Stream:
    """Applies what happened to one order, the only one of its symbol and side."""

    def __init__(self, conn: Conn, life: Life) -> None:
        self.conn = conn
        self.life = life
        self.terms = Terms(SYMBOL, life.side, BROKER_ID, life.good_till)

    def place(self) -> None:
        """Record the order before it is sent; else its first report makes it a row."""
        placed = self.life.placed
        place(
            self.conn,
            SYMBOL,
            self.life.side,
            placed.quantity,
            client_order_id=placed.client_id,
            order_type="limit" if placed.price else "market",
            limit_price=placed.price,
            time_in_force="gtc" if self.life.good_till else "day",
        )

    def apply(self, report: Report, style: Style) -> None:
        self.conn.execute(b"SELECT oms.apply_execution_report(%s::jsonb)", [text(encode(report, style, self.terms))])

    def repeat(self, report: Report, style: Style) -> None:
        """Apply a report again: it writes no event."""
        before = event_count(self.conn)
        self.apply(report, style)
        assert event_count(self.conn) == before, f"{report.kind} {report.exec_id} again"

    def ask(self, asked: Asked) -> str:
        """Record a request before it is sent; the state it is in then."""
        named: dict[str, Any] = {}
        if asked.kind == "replace":
            named = {"quantity": asked.quantity, "limit_price": asked.price}
        (request,) = call(self.conn, f"request_{asked.kind}", asked.orig, asked.id, **named)
        state: str = request["state"]
        return state

    @property
    def order(self) -> Row:
        return row(self.conn, "SELECT * FROM oms.orders WHERE symbol = %s AND side = %s", [SYMBOL, self.life.side])

    @property
    def fields(self) -> Row:
        return row(self.conn, "SELECT * FROM oms.fix_fields(%s)", [self.order["order_id"]])

    @property
    def lots(self) -> list[tuple[Decimal, Decimal]]:
        """What is held of the order, by execution."""
        found = rows(
            self.conn,
            "SELECT l.quantity, l.price FROM oms.position_lots l WHERE l.order_id = %s ORDER BY l.quantity, l.price",
            [self.order["order_id"]],
        )
        return [(lot["quantity"], lot["price"]) for lot in found]

    def discrepancies(self) -> list[str]:
        return [found["discrepancy"] for found in rows(self.conn, "SELECT discrepancy FROM oms.discrepancies")]

    def check_books(self) -> None:
        """No gap, and every row is the fold of its events."""
        assert gaps(self.conn) == []
        events = rows(self.conn, "SELECT * FROM oms.order_events ORDER BY order_id, seq")
        for order in rows(self.conn, "SELECT * FROM oms.orders"):
            folded = fold(event for event in events if event["order_id"] == order["order_id"])
            assert folded == {key: order[key] for key in order if key not in NOT_LOGGED}

    def check_facts(self, facts: Facts, *, ids: bool = True) -> None:
        """The row, and what it says in FIX's words, are what the broker has."""
        order, fields = self.order, self.fields
        assert same_price(fields.pop("avg_px"), facts.avg_px)
        cl_ord_id, orig_cl_ord_id = facts.ids if ids else (fields["cl_ord_id"], fields["orig_cl_ord_id"])
        assert fields == {
            "ord_status": facts.ord_status,
            "order_qty": facts.quantity,
            "cum_qty": facts.cum_qty,
            "leaves_qty": facts.leaves_qty,
            "day_order_qty": facts.day_order_qty,
            "day_cum_qty": facts.day_cum_qty,
            "cl_ord_id": cl_ord_id,
            "orig_cl_ord_id": orig_cl_ord_id,
            "order_id": order["broker_order_id"] or str(order["order_id"]),
        }
        # The end of its day leaves nothing to end of an executed order.
        ended = facts.end if facts.end != "rejected" and facts.leaves_qty < facts.quantity - facts.cum_qty else None
        names = ("status", "end_reason", "hold", "client_order_id", "limit_price")
        assert {name: order[name] if name != "end_reason" or ended else None for name in names} == {
            "status": facts.status(order["open_qty"]),
            "end_reason": ended,
            "hold": facts.hold,
            "client_order_id": facts.client_id,
            "limit_price": facts.price,
        }

    def check_holdings(self, facts: Facts, exited: Decimal) -> None:
        """What is held: each execution, or, of what the other side took from, the sum."""
        assert self.order["open_qty"] == max(facts.cum_qty - exited, Decimal(0))
        if not exited:
            assert self.lots == sorted((e.quantity, e.price) for e in facts.executions)
