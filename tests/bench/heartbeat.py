"""Heartbeats: how many stay heap-only tuples, and what one costs against the bare UPDATE of the same column."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import LiteralString

from rich.progress import Progress

from .figures import Figure, cost, exact
from .prepared import Prepared, each
from .sampling import Block, Scale, interleave
from .server import TRADER, Bench, Conn

BARE = "UPDATE bench.orders SET last_status_check = now() WHERE order_id = $1::bigint AND account = 'default'"
RAW = "UPDATE oms.orders SET last_status_check = now() WHERE order_id = $1::bigint AND account = 'default'"
CALL = "SELECT * FROM oms.record_status_check($1::bigint)"
_HOT: LiteralString = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = 'oms.orders'::regclass"


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """A poller goes round all live orders, again and again."""
    with bench.database("heartbeat", orders=scale.orders) as database:
        # Each order is seen several times, so that its page fills and has to be pruned.
        rounds = replace(scale, block=max(scale.block, 5 * scale.orders // (scale.runs * scale.blocks)))
        everything = range(1, scale.orders + 1)
        ours, theirs = cycle(everything), cycle(everything)
        with database.connect(TRADER) as conn:
            runs = interleave(
                {
                    "bare": each(Prepared(conn, BARE), theirs, rounds.block),
                    "call": each(Prepared(conn, CALL), ours, rounds.block),
                    "raw": each(Prepared(conn, RAW), ours, rounds.block),
                    "many": _many(conn, scale.orders),
                },
                rounds,
                progress,
            )
        with database.connect() as conn:
            updated, hot = conn.execute(_HOT).fetchall()[0]
    return [
        Figure("heartbeats that stay HOT", exact(100 * hot / updated), "%", aim=95, at_least=True),
        cost("heartbeat by call", runs["call"], "bare UPDATE", runs["bare"]),
        cost("heartbeat by raw UPDATE", runs["raw"], "bare UPDATE", runs["bare"]),
        cost("heartbeats of all orders in one call, each", runs["many"], "bare UPDATE", runs["bare"]),
    ]


def _many(conn: Conn, orders: int) -> Block:
    check = Prepared(conn, "SELECT oms.record_status_checks(array_agg(i)) FROM generate_series(1, $1::bigint) AS i")
    whole = each(check, cycle([orders]), 1)
    return lambda: whole() / orders
