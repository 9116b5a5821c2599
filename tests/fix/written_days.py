"""Orders that live longer than a day. Values follow FIX's rules."""

from __future__ import annotations

from typing import Any

from .rows import new_order, report, scenario, trade


def split() -> dict[str, Any]:
    """Two for one overnight; what counts for the day begins anew, a bust of yesterday adds to today's order."""
    first, second = {"trade_day": 1}, {"trade_day": 2}
    return scenario(
        "split",
        new_order("X", 1000),
        report("X", "New", "New", (1000, 0, 1000), **first),
        trade("X", 400, "Partially Filled", (1000, 400, 600), last_px=20, exec_id="A", day_cum_qty=400, **first),
        report("X", "Done for Day", "Done for Day", (1000, 400, 600), day_order_qty=1000, day_cum_qty=400, **first),
        report("X", "Restated", "Partially Filled", (2000, 800, 1200), avg_px=10, day_order_qty=1200, day_cum_qty=0,
               reason="GT corporate action", split="2:1", **second),
        trade("X", 200, "Partially Filled", (2000, 1000, 1000), last_px=11, exec_id="B", avg_px=10.2,
               day_order_qty=1200, day_cum_qty=200, **second),
        trade("X", 1000, "Filled", (2000, 2000, 0), last_px=12, exec_id="C", avg_px=11.1,
               day_order_qty=1200, day_cum_qty=1200, **second),
        tif="GTC",
    )  # fmt: skip


def bust_next_day() -> dict[str, Any]:
    """Busts of yesterday's executions raise what is ordered today; those of today's lower what is done today."""
    first, second = {"trade_day": 1}, {"trade_day": 2}
    return scenario(
        "bust next day",
        new_order("X", 1000),
        report("X", "New", "New", (1000, 0, 1000), **first),
        trade("X", 300, "Partially Filled", (1000, 300, 700), exec_id="A", **first),
        trade("X", 100, "Partially Filled", (1000, 400, 600), exec_id="B", **first),
        report("X", "Done for Day", "Done for Day", (1000, 400, 600), **first),
        report("X", "Restated", "Partially Filled", (1000, 400, 600), day_order_qty=600, day_cum_qty=0,
               reason="GT renewal", **second),
        trade("X", 50, "Partially Filled", (1000, 450, 550), exec_id="C", day_order_qty=600, day_cum_qty=50, **second),
        report("X", "Trade Cancel", "Partially Filled", (1000, 350, 650), exec_id="D", exec_ref_id="B",
               day_order_qty=700, day_cum_qty=50, **second),
        report("X", "Trade Cancel", "Partially Filled", (1000, 300, 700), exec_id="E", exec_ref_id="C",
               day_order_qty=700, day_cum_qty=0, **second),
        tif="GTC",
    )  # fmt: skip


def bust_without_renewal() -> dict[str, Any]:
    """The renewal of a good-till order is optional: the next day begins with whatever is reported first."""
    first, second = {"trade_day": 1}, {"trade_day": 2}
    return scenario(
        "bust without renewal",
        new_order("X", 1000),
        report("X", "New", "New", (1000, 0, 1000), **first),
        trade("X", 300, "Partially Filled", (1000, 300, 700), exec_id="A", **first),
        report("X", "Done for Day", "Done for Day", (1000, 300, 700), day_order_qty=1000, day_cum_qty=300, **first),
        report("X", "Trade Cancel", "New", (1000, 0, 1000), exec_ref_id="A",
               day_order_qty=1000, day_cum_qty=0, **second),
        trade("X", 50, "Partially Filled", (1000, 50, 950), day_order_qty=1000, day_cum_qty=50, **second),
        tif="GTC",
    )  # fmt: skip


SCENARIOS = [
    split(),
    bust_next_day(),
    bust_without_renewal(),
]
