"""What a client may ask of a broker, and how the broker answers, each move with values drawn at random."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from support.report_broker import Broker
from support.report_moves import SIZES, Draw, prices, room
from support.report_said import Request

OPEN = ("received", "pending")
REFUSALS = ("Too late to cancel", "Broker option", "Other")


def of(broker: Broker, *states: str) -> list[Request]:
    """Requests in one of these states."""
    return [request for request in broker.requests if request.state in states]


def grantable(broker: Broker) -> list[Request]:
    """A cancel of what is left; a replace of the order's own id that leaves or brings something to execute."""
    left = room(broker) > 0
    return [
        request
        for request in of(broker, *OPEN)
        if (request.kind == "cancel" and left)
        or (
            request.kind == "replace"
            and request.orig == broker.facts.client_id
            and broker.facts.accepted
            and (left or (request.quantity or 0) > broker.facts.quantity)
        )
    ]


def _orig(broker: Broker, draw: Draw) -> str:
    """The id of the order, or of the replace that is on its way."""
    asked = [request.id for request in of(broker, *OPEN) if request.kind == "replace"]
    orig: str = draw(st.sampled_from([broker.facts.client_id, *asked[-1:]]))
    return orig


def ask_cancel(broker: Broker, draw: Draw) -> None:
    broker.ask("cancel", _orig(broker, draw), None, None)


def ask_replace(broker: Broker, draw: Draw) -> None:
    quantity = draw(st.sampled_from([*SIZES, None])) if room(broker) else broker.facts.quantity + 5
    price = draw(prices) if broker.facts.price and (quantity is None or draw(st.booleans())) else None
    if quantity is None and price is None:
        quantity = Decimal(15)
    broker.ask("replace", _orig(broker, draw), quantity, price)


def acknowledge(broker: Broker, draw: Draw) -> None:
    broker.acknowledge(draw(st.sampled_from(of(broker, "received"))))


def refuse(broker: Broker, draw: Draw) -> None:
    """Also one that the order's end has left without an answer."""
    broker.refuse(draw(st.sampled_from(of(broker, *OPEN, "superseded"))), draw(st.sampled_from(REFUSALS)))


def grant(broker: Broker, draw: Draw) -> None:
    """A replace as asked, or half way there; never below what is executed."""
    request = draw(st.sampled_from(grantable(broker)))
    if request.kind == "cancel":
        broker.grant_cancel(request)
        return
    asked = request.quantity or broker.facts.quantity
    half_way = (asked + broker.facts.quantity) / 2
    granted = max(draw(st.sampled_from([asked, asked, half_way])), broker.facts.cum_qty)
    broker.grant_replace(request, granted)
