"""Second pass: only the broker's reports, all through oms.apply_execution_report, as a drop copy has them."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from .book import Order
from .calling import Row, call
from .message import Message, message_of, terms_of
from .player import Player
from .scenario import Step
from .vocabulary import Event

_REQUESTS = {Event.CANCEL_REQUEST, Event.REPLACE_REQUEST}
_DUPLICATE_ORDER = "6"


class Reports(Player):
    """Plays a scenario by its reports alone. What the client sent is never called, only restated by reports."""

    def play(self, step: Step) -> None:
        """Remember what a client's row says; apply a broker's."""
        if step.event is Event.NEW_ORDER:
            known = self.book.owner(step.cl_ord_id)
            if known is None:
                self.book.add(step)
            else:
                known.resent = True
        elif step.event in _REQUESTS:
            self.book.request(step, step.event)
        elif step.event is Event.OUT_OF_BAND:
            self.book.speak(step)
        elif not step.received:
            self._sent(step)

    def order_id(self, step: Step) -> int | None:
        """As anyone would look it up: by the ClOrdID, else by the broker's id."""
        order = self.book.known(step)
        if order is None:
            return None
        if order.client_id is not None:
            found = call(self.conn, "find_order", client_order_id=order.client_id)
        else:
            found = call(self.conn, "find_order", broker_order_id=self._broker_order_id(order))
        return None if found is None else int(found["order_id"])

    def fields(self, step: Step) -> Row | None:
        """Nothing to compare where only the refusal of a request was heard of, and never its order."""
        order = self.book.known(step)
        return None if order is not None and not order.reported else super().fields(step)

    def _sent(self, step: Step) -> None:
        if self.book.unknown(step):
            self._apply(message_of(step, self.symbol, "NONE", self.exec_id(step)))
            return
        order = self.book.known(step) or self.book.add(step)
        self.book.refer(step, order)
        message = message_of(step, self.symbol, self._broker_order_id(order), self.exec_id(step))
        if not order.reported:
            message = terms_of(order) | message
        if step.event is Event.NEW and order.quantity is None and step.order_qty is not None:
            message["OrderQty"] = f"{step.order_qty:f}"
        self._complete(message, step, order)
        self._apply(message)
        order.reported = order.reported or step.event is not Event.CANCEL_REJECT
        self.note(step, order)

    def _complete(self, message: Message, step: Step, order: Order) -> None:
        """What the message needs and the row leaves open."""
        if step.event is Event.CANCEL_REJECT:
            asked = self.book.requests.get(step.cl_ord_id or "")
            replaced = asked is not None and asked.event is Event.REPLACE_REQUEST
            message["CxlRejResponseTo"] = "2" if replaced else "1"
        elif step.event in {Event.BUST, Event.CORRECT} and "ExecRefID" not in message:
            message |= {"ExecRefID": ref} if (ref := self.exec_ref_id(step, order)) else {}
        elif step.event is Event.RESTATED and "OrderQty" not in message and (verbal := self.book.verbal()):
            message["OrderQty"] = f"{verbal:f}"
        elif self.answers_resend(step, order):
            message.setdefault("OrdRejReason", _DUPLICATE_ORDER)

    def _apply(self, message: Message) -> dict[str, Any] | None:
        return call(self.conn, "apply_execution_report", Jsonb(message))

    def _broker_order_id(self, order: Order) -> str:
        return f"{self.symbol}-order-{order.number}"
