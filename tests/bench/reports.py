"""A broker's report against the direct call it stands for, as a gateway sends either."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import LiteralString

from rich.progress import Progress

from .figures import Figure, cost
from .prepared import Prepared, each
from .sampling import Scale, interleave
from .server import TRADER, Bench

# The first half is sent, not accepted yet: the broker's id comes with its first report.
ORDERS: LiteralString = """
INSERT INTO oms.orders (symbol, side, quantity, order_type, limit_price, client_order_id, strategy_id, broker_order_id)
SELECT 'SYM' || i %% 50 || '-EQ', 'buy', 100, 'limit', 95.5,
  'rsi-2025-11-' || i, 'rsi-reversal', CASE WHEN i > %(orders)s / 2 THEN 'B-' || i END
FROM generate_series(1, %(orders)s) AS i
"""
TIME = "2025-11-22T09:15:00.250Z"
REPORT = "SELECT * FROM oms.apply_execution_report($1::jsonb)"
CALLS = {
    "New": f"SELECT * FROM oms.accept_order($1::bigint, 'B-' || $1, occurred_at => '{TIME}')",
    "Rejected": f"SELECT * FROM oms.mark_rejected($1::bigint, 'Order exceeds limit', occurred_at => '{TIME}')",
    "Trade": f"SELECT * FROM oms.mark_executed($1::bigint, 101.35, 100, 'T-' || $1, occurred_at => '{TIME}')",
    "Canceled": f"SELECT * FROM oms.mark_cancelled($1::bigint, 'Cancelled', occurred_at => '{TIME}')",
}
# Code, OrdStatus, and what the message states beside its news.
STATED = {
    "New": ("0", "0", {"CumQty": "0", "LeavesQty": "100", "AvgPx": "0"}),
    "Trade": ("F", "2", {"CumQty": "100", "LeavesQty": "0", "AvgPx": "101.35", "LastQty": "100", "LastPx": "101.35"}),
    "Canceled": ("4", "4", {"CumQty": "0", "LeavesQty": "0", "AvgPx": "0"}),
    "Rejected": ("8", "8", {"CumQty": "0", "LeavesQty": "0", "AvgPx": "0", "OrdRejReason": "3"}),
}


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Per kind of report: the call, and the report in full, what it states checked too."""
    figures: list[Figure] = []
    with bench.database("reports", orders=0) as database:
        with database.connect() as conn:
            conn.execute(ORDERS, {"orders": 2 * len(CALLS) * (scale.changes + scale.block)})
        ids = count(1)
        with database.connect(TRADER) as conn:
            apply = Prepared(conn, REPORT)
            for kind, call in CALLS.items():
                runs = interleave(
                    {
                        "call": each(Prepared(conn, call), ids, scale.block),
                        "report": each(_reporting(apply, kind), ids, scale.block),
                    },
                    scale,
                    progress,
                )
                figures.append(cost(f"{kind} by report", runs["report"], f"{kind} by call", runs["call"], 1.5))
    return figures


def _reporting(apply: Prepared, kind: str) -> Callable[[bytes], None]:
    code, status, stated = STATED[kind]
    fields = {"MsgType": "8", "ExecType": code, "OrdStatus": status, "Symbol": "SYM", "Side": "1", "OrderQty": "100"}
    template = json.dumps(
        {
            **fields,
            **stated,
            "TransactTime": "20251122-09:15:00.250",
            "ClOrdID": "rsi-2025-11-@",
            "OrderID": "B-@",
            "ExecID": "T-@",
        }
    ).encode()

    def report(order_id: bytes) -> None:
        apply(template.replace(b"@", order_id))

    return report
