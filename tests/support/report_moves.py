"""What a broker may do with an order by itself, each move with values drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from support.report_broker import Broker

Draw = Callable[[st.SearchStrategy[Any]], Any]
Move = Callable[[Broker, Draw], None]

PRICES = [Decimal(text) for text in ("100", "101.5", "99.99")]
PARTS = [Decimal(text) for text in ("1", "2", "3", "0.5")]
SIZES = [Decimal(text) for text in ("10", "20", "7.5")]
prices = st.sampled_from(PRICES)


def room(broker: Broker) -> Decimal:
    """What could still execute, as far as the quantity goes."""
    return broker.facts.quantity - broker.facts.cum_qty


def _part(draw: Draw, most: Decimal) -> Decimal:
    part: Decimal = draw(st.sampled_from([*PARTS, most]))
    return min(part, most)


def pending_new(broker: Broker, _: Draw) -> None:
    broker.tell("Pending New")


def new(broker: Broker, draw: Draw) -> None:
    works = draw(st.sampled_from([None, None, True, False]))
    broker.change(
        "New", said={"working": works}, accepted=True, lasting=frozenset({"not_triggered"} if works is False else ())
    )


def triggered(broker: Broker, draw: Draw) -> None:
    broker.change(
        "Triggered",
        said={"working": draw(st.sampled_from([None, True]))},
        lasting=broker.facts.lasting - {"not_triggered"},
    )


def trade(broker: Broker, draw: Draw) -> None:
    broker.trade(_part(draw, room(broker)), draw(prices))


def bust(broker: Broker, draw: Draw) -> None:
    broker.bust(draw(st.sampled_from(sorted(broker.executions))))


def correct(broker: Broker, draw: Draw) -> None:
    exec_id = draw(st.sampled_from(sorted(broker.executions)))
    broker.correct(exec_id, _part(draw, room(broker) + broker.executions[exec_id].quantity), draw(prices))


def done_for_day(broker: Broker, _: Draw) -> None:
    if broker.good_till:
        broker.change("Done for Day", over="done_for_day")
    else:
        broker.end("Done for Day", "done_for_day")


def calculated(broker: Broker, _: Draw) -> None:
    if broker.good_till or broker.ended:
        broker.change("Calculated", over=broker.facts.over or "calculated")
    else:
        broker.end("Calculated", "calculated")


def new_day(broker: Broker, draw: Draw) -> None:
    """The next day begins, with a renewal or without a word."""
    broker.begin_day()
    if broker.good_till and not broker.ended and draw(st.booleans()):
        broker.change("Restated", said={"reason": "GT renewal", "terse": draw(st.booleans())})


def restate(broker: Broker, draw: Draw) -> None:
    done = broker.facts.cum_qty
    quantity = max(draw(st.sampled_from([*SIZES, done, done + 1])), done, Decimal(1))
    price = draw(prices) if broker.facts.price else None
    kind, reason = draw(st.sampled_from([("Restated", "Verbal change"), ("Restated", None), ("Replace", None)]))
    broker.change(kind, said={"reason": reason}, quantity=quantity, price=price)


def stopped(broker: Broker, draw: Draw) -> None:
    guaranteed = {"last_qty": min(Decimal(1), room(broker)), "last_px": draw(prices)}
    broker.change("Stopped", said=guaranteed, lasting=broker.facts.lasting | {"stopped"})


def suspended(broker: Broker, _: Draw) -> None:
    broker.change("Suspended", lasting=broker.facts.lasting | {"suspended"})


def resume(broker: Broker, draw: Draw) -> None:
    broker.change("Restated", said={"working": True, "terse": draw(st.booleans())}, lasting=frozenset())


def cancel(broker: Broker, draw: Draw) -> None:
    broker.end("Canceled", "cancelled", reason=draw(st.sampled_from([None, "Cancel on trading halt"])))


def expire(broker: Broker, _: Draw) -> None:
    broker.end("Expired", "expired")


def reject(broker: Broker, draw: Draw) -> None:
    broker.end("Rejected", "rejected", reason=draw(st.sampled_from(["Order exceeds limit", "Unknown symbol"])))
