"""First pass: the broker parks an order, brings it back, or changes its terms by itself."""

from __future__ import annotations

from .book import Order
from .calling import changed
from .player import Player
from .scenario import Step
from .vocabulary import Event

# Reports whose calls have no word for the day.
_WITHOUT_DAY = {
    *(Event.BUST, Event.CORRECT, Event.CANCELED, Event.EXPIRED),
    *(Event.PENDING_CANCEL, Event.PENDING_REPLACE, Event.REPLACE),
}
_GOOD_TILL = {"gtc", "gtd"}

_HOLDS = {
    Event.NEW: "not_triggered",
    Event.DONE_FOR_DAY: "done_for_day",
    Event.SUSPENDED: "suspended",
    Event.STOPPED: "stopped",
    Event.CALCULATED: "calculated",
}


def hold(player: Player, step: Step, order: Order) -> None:
    """Done for Day, Suspended, Stopped, Calculated; New, but not working yet."""
    reason = step.reason
    if step.event is Event.STOPPED and step.last_qty:
        # Guaranteed, not executed: no fill.
        price = "the market's price" if step.last_px is None else step.last_px
        reason = f"guaranteed: {step.last_qty} at {price}"
    changed(player.conn, "hold_order", order.order_id, _HOLDS[step.event], reason=reason, trade_date=step.trade_date)


def resume(player: Player, step: Step, order: Order) -> None:
    """The order works again."""
    changed(player.conn, "resume_order", order.order_id, reason=step.reason, trade_date=step.trade_date)


def triggered(player: Player, step: Step, order: Order) -> None:
    """Triggered: works from now on, unless the report says otherwise."""
    if step.working is not False:
        resume(player, step, order)


def restated(player: Player, step: Step, order: Order) -> None:
    """Restated: the end of a suspension, or other terms; an order that works again may have both."""
    if step.resume or step.working:
        resume(player, step, order)
    if not step.resume:
        restate(player, step, order)


def restate(player: Player, step: Step, order: Order) -> None:
    """The broker changes the terms by itself, or carries the order into its next day."""
    changed(
        player.conn,
        "restate_order",
        order.order_id,
        quantity=player.book.verbal() if step.changed_qty is None else step.changed_qty,
        limit_price=step.price,
        split_ratio=step.split,
        trade_date=step.trade_date,
        reason=step.reason,
    )


def begin_day(player: Player, step: Step, order: Order) -> None:
    """A good-till order enters its next day by that day's first report, renewed or not: the renewal is optional."""
    tif = order.placed.tif if order.placed else None
    begun = step.trade_date is not None and order.day is not None and step.trade_date > order.day
    if begun and step.event in _WITHOUT_DAY and (tif or "").lower() in _GOOD_TILL:
        changed(player.conn, "restate_order", order.order_id, trade_date=step.trade_date)
    order.day = step.trade_date or order.day
