"""What else happens to the books while a broker's reports come in."""

from __future__ import annotations

from decimal import Decimal

import psycopg
from psycopg import sql

from support.fold_orders import execute, place
from support.fold_tables import event_count
from support.report_said import Report
from support.report_stream import SYMBOL, Stream
from support.report_words import INDIA, Style, encode, moment, text

KINDS = {"Trade": "trade", "Trade Cancel": "cancel", "Trade Correct": "correct"}


class Noise:
    """Makes it, around one stream."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.conn = stream.conn
        self.exited = Decimal(0)

    def make(self, name: str, report: Report, style: Style) -> None:
        """Do what is called so; `report` is one that was applied before."""
        order_id = self.stream.order["order_id"]
        if name == "metadata":
            self.conn.execute(
                b"UPDATE oms.orders SET order_metadata = order_metadata || '{\"n\": 1}' WHERE order_id = %s", [order_id]
            )
        elif name == "status":
            self._status(report, style)
        elif name == "other order":
            execute(self.conn, place(self.conn, "TCS", quantity=2))
        elif name == "exit":
            side = "sell" if self.stream.life.side == "buy" else "buy"
            execute(self.conn, place(self.conn, SYMBOL, side, 2))
            self.exited += 2
        else:
            self._idle(name, order_id)

    def _idle(self, name: str, order_id: int) -> None:
        """What leaves no event."""
        before = event_count(self.conn)
        if name == "heartbeat":
            self.conn.execute(b"SELECT oms.record_status_check(%s)", [order_id])
        elif name == "heartbeats":
            self.conn.execute(b"SELECT oms.record_status_checks(array_agg(order_id)) FROM oms.orders")
        elif name == "raw heartbeat":
            self.conn.execute(b"UPDATE oms.orders SET last_status_check = now() WHERE order_id = %s", [order_id])
        elif name == "nothing":
            self.conn.execute(b"UPDATE oms.orders SET status = status, hold = hold WHERE order_id = %s", [order_id])
        elif name == "whole row":
            columns = sql.SQL(", ").join(map(sql.Identifier, self.stream.order))
            query = sql.SQL("UPDATE oms.orders SET ({}) = ROW({}) WHERE order_id = {}")
            self.conn.execute(query.format(columns, columns, order_id))
        assert event_count(self.conn) == before, f"{name} writes no event"

    def _status(self, report: Report, style: Style) -> None:
        """The answer to a status request, as of then: nothing new."""
        message = encode(report, style, self.stream.terms)
        for tag in ("MsgType", "ExecTransType", "ExecRefID", "LastQty", "LastShares", "LastPx", "OrigClOrdID"):
            message.pop(tag, None)
        message |= {"ExecType": "I", "ExecID": "0", "ClOrdID": self.stream.life.placed.client_id}
        self.conn.execute(b"SELECT oms.apply_execution_report(%s::jsonb)", [text(message)])

    def book(self, report: Report) -> None:
        """An execution, from elsewhere than its report; nobody but a broker may say everything."""
        fill = {
            "order_id": self.stream.order["order_id"],
            "kind": KINDS[report.kind],
            "exec_id": report.exec_id,
            "exec_ref_id": report.exec_ref_id,
            "quantity": report.last_qty,
            "price": report.last_px,
            "trade_date": moment(report).astimezone(INDIA).date(),
            "occurred_at": moment(report),
        }
        query = sql.SQL("INSERT INTO oms.fills ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, fill)), sql.SQL(", ").join(map(sql.Placeholder, fill))
        )
        said = None
        try:
            with self.conn.transaction():
                self.conn.execute(query, fill)
        except psycopg.Error as error:
            said = error.sqlstate
        assert said in (None, "OM005", "OM006", "OM007", "23505")
