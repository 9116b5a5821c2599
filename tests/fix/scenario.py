"""A scenario as both passes read it: what a row tells is kept apart from what it demands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .vocabulary import RECEIVED, Event

Value = Decimal | str | None


@dataclass(frozen=True, slots=True)
class Check:
    """One demand: `field` of oms.fix_fields (or residual_qty) has this value; `name` is what the file calls it."""

    name: str
    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Step:
    """One row. Everything but `checks` is what the message tells; of order_qty only where the message changes it."""

    number: int
    time: str
    event: Event
    checks: tuple[Check, ...]
    alt: bool = False
    cl_ord_id: str | None = None
    orig_cl_ord_id: str | None = None
    exec_type: str | None = None
    exec_trans_type: str | None = None
    exec_id: str | None = None
    exec_ref_id: str | None = None
    order_qty: Decimal | None = None
    order_qty_verbal: Decimal | None = None
    cash_order_qty: Decimal | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    price: Decimal | None = None
    split: Decimal | None = None
    tif: str | None = None
    reason: str | None = None
    trade_date: date | None = None
    working: bool | None = None
    resume: bool = False
    poss_resend: bool = False

    @property
    def received(self) -> bool:
        """Whether the client sent it (or said it outside the protocol); else the broker did."""
        return self.event in RECEIVED

    @property
    def changed_qty(self) -> Decimal | None:
        """The order quantity as far as this row sets it, whatever happened before."""
        sets = {Event.NEW_ORDER, Event.REPLACE_REQUEST, Event.REPLACE, Event.RESTATED}
        return self.order_qty if self.event in sets else None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One matrix."""

    id: str
    fix_version: str
    steps: tuple[Step, ...]
