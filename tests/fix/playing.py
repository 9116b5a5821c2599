"""First pass: every row is the call it stands for."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from .book import Order
from .calling import DUPLICATE, changed
from .holding import begin_day, hold, restated, triggered
from .player import Player, UnplayableError
from .requesting import acknowledge, cancel, reject, replace, request
from .scenario import Step
from .vocabulary import Event


class Calls(Player):
    """Plays a scenario by direct calls."""

    def play(self, step: Step) -> None:
        """Call what the row stands for."""
        if step.event is Event.NEW_ORDER:
            self._new_order(step)
        elif step.event in {Event.CANCEL_REQUEST, Event.REPLACE_REQUEST}:
            request(self, step, step.event)
        elif step.event is Event.OUT_OF_BAND:
            self.book.speak(step)
        elif step.event is Event.CANCEL_REJECT:
            reject(self, step)
        elif not step.received and not self.book.unknown(step):
            self._report(step, self.book.known(step) or self._place(step))

    def order_id(self, step: Step) -> int | None:
        """As the call that placed it returned it."""
        order = self.book.known(step)
        return order.order_id if order else None

    def _new_order(self, step: Step) -> None:
        known = self.book.owner(step.cl_ord_id)
        if known is None:
            self._place(step)
            return
        known.resent = True
        try:
            with self.conn.transaction():
                self._call_place(step, step.order_qty if step.cash_order_qty is None else None)
        except psycopg.Error as error:
            if error.sqlstate != DUPLICATE:
                raise

    def _place(self, step: Step) -> Order:
        order = self.book.add(step)
        order.order_id = self._call_place(step, order.quantity)
        return order

    def _call_place(self, step: Step, quantity: object) -> int:
        telephoned = step.event is not Event.NEW_ORDER
        row = changed(
            self.conn,
            "place_order",
            self.symbol,
            "buy",
            quantity,
            order_type=None if step.price is None else "limit",
            limit_price=step.price,
            time_in_force=(step.tif or "day").lower(),
            client_order_id=step.cl_ord_id,
            entry_type="manual" if telephoned else None,
            cash_quantity=step.cash_order_qty,
        )
        return int(row["order_id"])

    def _report(self, step: Step, order: Order) -> None:
        self.book.refer(step, order)
        begin_day(self, step, order)
        if step.event in _REPORTS and not self.answers_resend(step, order):
            _REPORTS[step.event](self, step, order)
        self.note(step, order)

    def _new(self, step: Step, order: Order) -> None:
        if order.quantity is None:
            order.quantity = step.order_qty
            changed(self.conn, "accept_order", order.order_id, quantity=step.order_qty)
        else:
            changed(self.conn, "accept_order", order.order_id)
        if step.working is False:
            hold(self, step, order)

    def _trade(self, step: Step, order: Order) -> None:
        changed(
            self.conn,
            "mark_executed",
            order.order_id,
            step.last_px,
            step.last_qty,
            exec_id=self.exec_id(step),
            trade_date=step.trade_date,
        )

    def _undo(self, step: Step, order: Order) -> None:
        ref, new = self.exec_ref_id(step, order), self.exec_id(step)
        if ref is None:
            raise UnplayableError("names no execution, and there is none")
        if step.event is Event.BUST:
            changed(self.conn, "bust_fill", order.order_id, ref, new_exec_id=new)
        else:
            changed(
                self.conn,
                "correct_fill",
                order.order_id,
                ref,
                quantity=step.last_qty or None,
                price=step.last_px or None,
                new_exec_id=new,
            )

    def _rejected(self, step: Step, order: Order) -> None:
        changed(self.conn, "mark_rejected", order.order_id, step.reason or "no reason given")

    def _expired(self, step: Step, order: Order) -> None:
        changed(self.conn, "expire_order", order.order_id, reason=step.reason)


_REPORTS: dict[Event, Callable[[Calls, Step, Order], None]] = {
    Event.NEW: Calls._new,
    Event.TRADE: Calls._trade,
    Event.BUST: Calls._undo,
    Event.CORRECT: Calls._undo,
    Event.REJECTED: Calls._rejected,
    Event.PENDING_CANCEL: acknowledge,
    Event.PENDING_REPLACE: acknowledge,
    Event.CANCELED: cancel,
    Event.REPLACE: replace,
    Event.DONE_FOR_DAY: hold,
    Event.SUSPENDED: hold,
    Event.STOPPED: hold,
    Event.CALCULATED: hold,
    Event.EXPIRED: Calls._expired,
    Event.TRIGGERED: triggered,
    Event.RESTATED: restated,
}
