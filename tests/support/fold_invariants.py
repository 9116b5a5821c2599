"""The invariants I1–I10, checked on rows alone: nothing here asks the database for an opinion."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

from support.fifo_matching import match, net_fills, open_quantities, same_price, totals
from support.fold_events import NOT_LOGGED, fold

Row = dict[str, Any]
Snapshot = dict[str, list[Row]]
ZERO = Decimal(0)

# Which events may make which change of status.
LEGAL: dict[tuple[str, str], set[str]] = {
    ("pending", "ongoing"): {"executed"},
    ("pending", "closed"): {"executed"},
    ("pending", "cancelled"): {"cancelled", "expired"},
    ("pending", "failed"): {"rejected", "failed"},
    ("failed", "pending"): {"retried", "manual_detected"},
    ("failed", "cancelled"): {"cancelled", "expired"},
    ("failed", "ongoing"): {"executed"},
    ("failed", "closed"): {"executed"},
    ("cancelled", "ongoing"): {"executed"},
    ("cancelled", "closed"): {"executed"},
    ("ongoing", "closed"): {
        "executed", "closed", "cancelled", "expired", "rejected", "failed", "quantity_adjusted", "busted", "corrected",
        "restated",
    },
    ("ongoing", "pending"): {"busted"},
    ("ongoing", "cancelled"): {"busted"},
    ("closed", "ongoing"): {"executed", "busted", "corrected", "reopened", "restated"},
    ("closed", "pending"): {"busted"},
    ("closed", "cancelled"): {"busted"},
}  # fmt: skip

STARTS = {"placed": {"pending", "failed"}, "manual_detected": {"pending", "failed"}}
IMMUTABLE = ("order_id", "account", "symbol", "side", "book", "placed_at")


def _key(row: Row) -> tuple[str, int]:
    return row["account"], row["order_id"]


def _events_of(snapshot: Snapshot) -> dict[tuple[str, int], list[Row]]:
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for event in snapshot["events"]:
        found[_key(event)].append(event)
    return found


def _check_quantities(order: Row) -> None:
    done, leaves, ended = order["execution_qty"], order["leaves_qty"], order["cancelled_qty"]
    if order["status"] == "failed":
        assert (done, leaves, ended) == (0, 0, 0), "I1 failed"
    elif order["quantity"] is not None and done <= order["quantity"]:
        assert order["quantity"] == done + leaves + ended, "I1"
    assert (order["closed_at"] is not None) == (order["status"] in ("closed", "cancelled")), "I2"
    held = order["open_qty"]
    assert 0 <= held <= done
    if done > 0:
        over = leaves == 0 and held == 0
        assert order["status"] == ("closed" if over else "ongoing"), "status follows from the facts"
    else:
        assert order["status"] in ("pending", "failed", "cancelled"), "status follows from the facts"


def _check_log(order: Row, events: list[Row]) -> None:
    assert [event["seq"] for event in events] == list(range(1, order["version"] + 1)), "I5"
    assert order["updated_at"] == events[-1]["recorded_at"], "I4"
    folded = fold(events)
    assert folded == {key: order[key] for key in order if key not in NOT_LOGGED}, "I7"
    first = events[0]
    assert first["from_status"] is None
    assert first["to_status"] in STARTS[first["event_type"]]
    for before, event in pairwise(events):
        assert event["from_status"] == before["to_status"], "events connect"
        assert event["recorded_at"] >= before["recorded_at"], "recorded in order"
        if event["from_status"] != event["to_status"]:
            assert event["event_type"] in LEGAL[event["from_status"], event["to_status"]], "legal"


def _check_fills(snapshot: Snapshot, order: Row, events: list[Row]) -> None:
    fills = [fill for fill in snapshot["fills"] if _key(fill) == _key(order)]
    said = [(e["exec_id"], e["last_qty"], e["last_price"]) for e in events if e["exec_id"] is not None]
    assert said == [(f["exec_id"], f["quantity"], f["price"]) for f in fills], "one event per fill, in booking order"
    assert order["last_fill_id"] == max((f["fill_id"] for f in fills), default=0)
    counting = [fill for _, fill in net_fills(fills) if fill["kind"] != "adjust"]
    latest = max((fill["occurred_at"] for fill in counting), default=None)
    assert order["execution_time"] == latest, "execution_time is the latest of the net fills"
    assert (order["filled_at"] is not None) == any(fill["kind"] != "adjust" for fill in fills)


def check_state(snapshot: Snapshot) -> None:
    """Every invariant that one moment can show."""
    events = _events_of(snapshot)
    assert set(events) == {_key(order) for order in snapshot["orders"]}, "I8"
    executed = totals(snapshot["fills"])
    books = match(snapshot["fills"])
    held = open_quantities(books)
    for order in snapshot["orders"]:
        _check_quantities(order)
        _check_log(order, events[_key(order)])
        _check_fills(snapshot, order, events[_key(order)])
        quantity, price = executed.get(_key(order), (ZERO, None))
        assert order["execution_qty"] == quantity, "I6"
        assert same_price(order["execution_price"], price), "I6"
        assert order["open_qty"] == held[_key(order)], "I9"
    assert {(p["account"], p["symbol"], p["book"]) for p in snapshot["positions"]} >= set(books), "I9"
    for position in snapshot["positions"]:
        book = books[position["account"], position["symbol"], position["book"]]
        assert position["quantity"] == book.quantity, "I9"
        assert same_price(position["average_price"], book.average_price), "I9"
        assert (position["closed_at"] is None) == (position["quantity"] != 0)
    assert [
        (key[0], key[1], key[2], lot.place, lot.order_id, lot.quantity, lot.price)
        for key, book in sorted(books.items())
        for lot in book.lots
    ] == [
        (row["account"], row["symbol"], row["book"], row["fill_id"], row["order_id"], row["quantity"], row["price"])
        for row in snapshot["lots"]
    ], "I9"


def check_step(before: Snapshot, after: Snapshot) -> None:
    """Every invariant that only a change can show."""
    for table in ("fills", "events"):
        kept = {repr(row) for row in after[table]}
        assert all(repr(row) in kept for row in before[table]), f"I10: {table} are append-only"
    old_events, new_events = _events_of(before), _events_of(after)
    new = {_key(order): order for order in after["orders"]}
    for old in before["orders"]:
        key = _key(old)
        assert key in new, "I10: orders are never deleted"
        changed = {column for column in old if old[column] != new[key][column]}
        assert not changed & set(IMMUTABLE), "I10"
        if old["first_failed_at"] is not None:
            assert "first_failed_at" not in changed, "I3"
        logged = len(new_events[key]) - len(old_events[key])
        assert bool(changed - NOT_LOGGED) == (logged > 0), f"I8: {changed} with {logged} events"
        assert new[key]["version"] == old["version"] + logged, "I5"
        assert new[key]["updated_at"] > old["updated_at"] or not logged, "I4"
