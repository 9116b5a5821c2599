"""One status change: by call, and by UPDATE through the triggers, against the bare UPDATE of the same columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from rich.progress import Progress

from orderstamp import Orderstamp

from .figures import Figure, cost
from .prepared import Prepared, each
from .sampling import Scale, interleave
from .server import TRADER, USERS, Bench, Conn

# What BARE and RAW change; parts that change more replace it.
ONE_ROW = "order_id = $1::bigint AND account = 'default'"
# Everything that a rejection writes, as an application would have to write it.
BARE = f"""
UPDATE bench.orders
SET status = 'failed', reason = 'Broker rejected: insufficient funds', rejection_reason = 'insufficient funds',
  first_failed_at = now(), updated_at = now(), last_status_check = now(),
  leaves_qty = 0, version = version + 1, last_event = 'rejected'
WHERE {ONE_ROW}
"""
RAW = f"""
UPDATE oms.orders SET status = 'failed', rejection_reason = 'insufficient funds'
WHERE {ONE_ROW}
"""
PLAIN_CALL = "SELECT * FROM oms.mark_rejected($1::bigint, 'insufficient funds')"
# As a service calls: it says who it is.
CALL = """
SELECT * FROM oms.mark_rejected($1::bigint, 'insufficient funds', actor => 'svc:order-gateway', account => 'default')
"""

AIMS = {False: 1.6, True: 1.2}


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Owner and trader, synchronous_commit off and on."""
    figures: list[Figure] = []
    each_variant = scale.changes + scale.block
    with bench.database("status_change", orders=(3 * len(USERS) * len(AIMS) + 1) * each_variant) as database:
        # Each order changes once, in either table.
        ours, theirs = count(1), count(1)
        for wait, aim in AIMS.items():
            for role, user in USERS.items():
                setting = f"{role}, sync {'on' if wait else 'off'}"
                with database.connect(user, synchronous_commit=wait) as conn:
                    runs = interleave(
                        {
                            "bare": each(Prepared(conn, BARE), theirs, scale.block),
                            "plain call": each(Prepared(conn, PLAIN_CALL), ours, scale.block),
                            "call": each(Prepared(conn, CALL), ours, scale.block),
                            "raw": each(Prepared(conn, RAW), ours, scale.block),
                        },
                        scale,
                        progress,
                    )
                baseline = "bare UPDATE"
                figures += [
                    cost(f"status change by call, {setting}", runs["plain call"], baseline, runs["bare"], aim),
                    cost(f"status change by call with actor, {setting}", runs["call"], baseline, runs["bare"], aim),
                    cost(f"status change by raw UPDATE, {setting}", runs["raw"], baseline, runs["bare"]),
                ]
        with database.connect(TRADER) as conn:
            figures.append(_from_python(conn, ours, theirs, scale, progress))
    return figures


def _from_python(conn: Conn, ours: Iterator[int], theirs: Iterator[int], scale: Scale, progress: Progress) -> Figure:
    """As an application sees it: psycopg's own time, and ours, included on either side."""
    client = Orderstamp(conn, account="default", actor="svc:order-gateway")
    bare = BARE.replace("$1", "%s").encode()

    def update(order_id: bytes) -> None:
        conn.execute(bare, [order_id.decode()], prepare=True)

    def call(order_id: bytes) -> None:
        client.mark_rejected(int(order_id), "insufficient funds")

    runs = interleave(
        {
            "bare": each(update, theirs, scale.block),
            "client": each(call, ours, scale.block),
        },
        scale,
        progress,
    )
    name = "status change by the Python client, oms_trader, sync off"
    return cost(name, runs["client"], "bare UPDATE by psycopg", runs["bare"])
