"""Statements that meet in two sessions: each way to say the same of a buy of ten, known as a, its order_id {id}."""

from __future__ import annotations

import json
from typing import Any


def _message(exec_id: str, exec_type: str, **said: Any) -> str:
    terms = {"OrderID": "B", "ClOrdID": "a", "Symbol": "INFY", "Side": "1", "OrderQty": 10}
    return json.dumps(terms | {"ExecID": exec_id, "ExecType": exec_type} | said)


NEW = _message("E1", "0")
TRADE = _message("E2", "F", LastQty=4, LastPx=100)
CANCELED = _message("E3", "4", ClOrdID="b", OrigClOrdID="a")
REPLACED = _message("E4", "5", ClOrdID="b", OrigClOrdID="a", OrderQty=20)


def _told(message: str) -> str:
    return f"SELECT * FROM oms.apply_execution_report('{message}')"


PLACE = "SELECT * FROM oms.place_order('INFY', 'buy', 10, client_order_id => 'a')"
ACCEPT = "SELECT * FROM oms.accept_request('b')"
TELL = "SELECT * FROM oms.apply_execution_report(%s::jsonb)"

# Four are executed.
FILLS = {
    "call": "SELECT * FROM oms.mark_executed({id}, 100, 4)",
    "raw": "INSERT INTO oms.fills (order_id, quantity, price) VALUES ({id}, 4, 100)",
    "totals": "UPDATE oms.orders SET execution_qty = 4, execution_price = 100 WHERE order_id = {id}",
    "report": _told(TRADE),
}
# Its cancel b is granted.
CANCELS = {"call": ACCEPT, "report": _told(CANCELED)}
# Its replace b is granted.
REPLACES = {
    "call": ACCEPT,
    "raw": "UPDATE oms.orders SET client_order_id = 'b' WHERE client_order_id = 'a'",
    "report": _told(REPLACED),
}
# It ends by itself.
ENDS = {
    "call": "SELECT * FROM oms.mark_cancelled({id})",
    "expire": "SELECT * FROM oms.expire_order({id})",
    "done": "SELECT * FROM oms.hold_order({id}, 'done_for_day')",
    "raw": "UPDATE oms.orders SET status = 'cancelled' WHERE order_id = {id}",
}
