"""First pass: cancel and replace requests, and how the broker answers them."""

from __future__ import annotations

from .book import Order, Request
from .calling import changed
from .holding import restate
from .player import Player, UnplayableError
from .scenario import Step
from .vocabulary import Event


def request(player: Player, step: Step, event: Event) -> Request:
    """The client's request reaches us; a row that is sent by the broker tells of one that never did."""
    known = player.book.requests.get(step.cl_ord_id or "")
    order = player.book.known(step)
    original = step.orig_cl_ord_id or (order.client_id if order else None)
    if event is Event.CANCEL_REQUEST:
        changed(player.conn, "request_cancel", original, step.cl_ord_id, reason=step.reason if step.received else None)
    else:
        changed(
            player.conn,
            "request_replace",
            original,
            step.cl_ord_id,
            quantity=step.changed_qty,
            limit_price=step.price,
            reason=step.reason if step.received else None,
        )
    return known or player.book.request(step, event)


def acknowledge(player: Player, step: Step, _order: Order) -> None:
    """Pending Cancel, Pending Replace."""
    event = Event.CANCEL_REQUEST if step.event is Event.PENDING_CANCEL else Event.REPLACE_REQUEST
    _named(player, step, event)
    changed(player.conn, "acknowledge_request", step.cl_ord_id)


def cancel(player: Player, step: Step, order: Order) -> None:
    """Canceled: the answer to an open request, or unsolicited."""
    asked = player.book.requests.get(step.cl_ord_id or "")
    if asked is not None and asked.open and asked.event is Event.CANCEL_REQUEST:
        asked.open = False
        changed(player.conn, "accept_request", step.cl_ord_id)
    else:
        changed(player.conn, "mark_cancelled", order.order_id, cancelled_reason=step.reason)


def replace(player: Player, step: Step, order: Order) -> None:
    """Replaced: the answer to a request; without one, the broker's own change."""
    if step.cl_ord_id is None or player.book.owner(step.cl_ord_id) is order:
        restate(player, step, order)
        return
    _named(player, step, Event.REPLACE_REQUEST).open = False
    changed(player.conn, "accept_request", step.cl_ord_id, quantity=step.changed_qty, limit_price=step.price)


def reject(player: Player, step: Step) -> None:
    """Cancel reject: the request is refused, whatever became of the order."""
    _named(player, step, Event.CANCEL_REQUEST).open = False
    changed(player.conn, "reject_request", step.cl_ord_id, reason=step.reason)


def _named(player: Player, step: Step, event: Event) -> Request:
    """The request that a report answers, made up from the report if it never reached us."""
    if step.cl_ord_id is None:
        raise UnplayableError("answers a request without its ClOrdID")
    known = player.book.requests.get(step.cl_ord_id)
    if known is None and player.book.owner(step.cl_ord_id) is not None:
        raise UnplayableError(f"answers a request, but {step.cl_ord_id} is the order's own ClOrdID")
    return known or request(player, step, event)
