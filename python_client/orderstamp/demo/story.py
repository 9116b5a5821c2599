"""The ten events: who does what, by which hand, and the statement as that hand would type it.

Every statement shown is the one that runs. `psql` and `ORM` steps are SQL; `Python` steps are expressions on a client
named `oms`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orderstamp.client import Orderstamp
from orderstamp.models import Order

Hand = Literal["psql", "ORM", "Python"]
Ids = dict[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """One event, or a further statement of the same (without a number). `order` names in `Ids` whom it happens to."""

    number: str
    hand: Hand
    title: str
    order: str
    shown: str
    run: Callable[[Orderstamp, Ids], Order] | None = None


STEPS = (
    Step(
        "1",
        "psql",
        "placed, the evening before: an after-market order",
        "infy",
        """SELECT order_id FROM oms.place_order('INFY', 'buy', 10,
  client_order_id => 'INFY-entry', variety => 'amo')""",
    ),
    Step(
        "2",
        "psql",
        "quantity adjusted before the open: the margin allows only 8",
        "infy",
        "SELECT order_id FROM oms.adjust_quantity({infy}, 8, reason => 'margin for 8 only')",
    ),
    Step(
        "3",
        "psql",
        "status check: the broker was asked; a stamp, no event",
        "infy",
        "SELECT order_id FROM oms.record_status_check({infy})",
    ),
    Step(
        "4",
        "ORM",
        "executed: the bot's repository writes what the broker says",
        "infy",
        """UPDATE oms.orders SET status = 'ongoing', execution_qty = 8, execution_price = 102.50
WHERE order_id = {infy} RETURNING order_id""",
    ),
    Step(
        "5",
        "ORM",
        "rejected: inserted, then refused by the broker",
        "tcs",
        """INSERT INTO oms.orders (symbol, side, quantity, client_order_id)
VALUES ('TCS', 'buy', 500, 'TCS-entry') RETURNING order_id""",
    ),
    Step(
        "",
        "ORM",
        "",
        "tcs",
        """UPDATE oms.orders SET status = 'failed', rejection_reason = 'Insufficient margin'
WHERE order_id = {tcs} RETURNING order_id""",
    ),
    Step(
        "6",
        "ORM",
        "failed, and tried again: the network was down",
        "sbin",
        """INSERT INTO oms.orders (symbol, side, quantity, order_type, limit_price, client_order_id)
VALUES ('SBIN', 'buy', 20, 'limit', 800, 'SBIN-entry') RETURNING order_id""",
    ),
    Step(
        "",
        "ORM",
        "",
        "sbin",
        """UPDATE oms.orders SET status = 'failed', reason = 'Broker not reachable'
WHERE order_id = {sbin} RETURNING order_id""",
    ),
    Step(
        "",
        "ORM",
        "",
        "sbin",
        "UPDATE oms.orders SET status = 'pending' WHERE order_id = {sbin} RETURNING order_id",
    ),
    Step(
        "7",
        "Python",
        "modified: a better limit",
        "sbin",
        'oms.modify_order({sbin}, limit_price=Decimal("795.50"), reason="chasing the price")',
        lambda oms, ids: oms.modify_order(ids["sbin"], limit_price=Decimal("795.50"), reason="chasing the price"),
    ),
    Step(
        "8",
        "Python",
        "cancelled: it never came that low",
        "sbin",
        'oms.mark_cancelled({sbin}, "End of day")',
        lambda oms, ids: oms.mark_cancelled(ids["sbin"], "End of day"),
    ),
    Step(
        "9",
        "Python",
        "closed by its exit: a sell order closes the buy order it exits",
        "exit",
        'exit = oms.place_order("INFY", "sell", 8, client_order_id="INFY-exit")',
        lambda oms, _: oms.place_order("INFY", "sell", 8, client_order_id="INFY-exit"),
    ),
    Step(
        "",
        "Python",
        "",
        "exit",
        'oms.mark_executed(exit.order_id, Decimal("104.25"), exec_id="T-1")',
        lambda oms, ids: oms.mark_executed(ids["exit"], Decimal("104.25"), exec_id="T-1"),
    ),
    Step(
        "10",
        "Python",
        "manual order seen: somebody bought in the broker's app",
        "wipro",
        'oms.record_manual_order("WEB-7", "WIPRO", "buy", 5, 550)',
        lambda oms, _: oms.record_manual_order("WEB-7", "WIPRO", "buy", 5, 550),
    ),
)
