"""A fill by call against status changes by call."""

from __future__ import annotations

from itertools import count

from rich.progress import Progress

from .figures import Figure, cost
from .prepared import Prepared, each
from .sampling import Scale, interleave
from .server import TRADER, Bench
from .status_change import PLAIN_CALL

# Symbols repeat, buys and sells take turns: about every second fill is an exit.
FILL = "SELECT * FROM oms.mark_executed($1::bigint, 101.35, exec_id => 'NSE-' || $1)"
CANCEL = "SELECT * FROM oms.mark_cancelled($1::bigint, 'Cancelled by user')"


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Entries and exits mixed, as they come."""
    with bench.database("fill", orders=3 * (scale.changes + scale.block)) as database:
        ids = count(1)
        with database.connect(TRADER) as conn:
            runs = interleave(
                {
                    "rejected": each(Prepared(conn, PLAIN_CALL), ids, scale.block),
                    "cancelled": each(Prepared(conn, CANCEL), ids, scale.block),
                    "fill": each(Prepared(conn, FILL), ids, scale.block),
                },
                scale,
                progress,
            )
    changes = [(a + b) / 2 for a, b in zip(runs["rejected"], runs["cancelled"], strict=True)]
    return [cost("a fill by call", runs["fill"], "status change by call", changes, 3)]
