"""One order here, one entry of a book: what is decided, what that does to the row and the log, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from support.fold_invariants import check_state, check_step
from support.fold_orders import execute, place
from support.fold_tables import Conn, Row, events, order, snapshot
from support.reconcile_books import Entry, Start, both
from support.reconcile_calls import BOOKKEEPING, digest, names, now, rehearsed

ANY = object()
"""A stamp of the database."""


@dataclass
class Case:
    """One order here, one entry of the book about it."""

    start: Start
    entry: Entry
    decisions: dict[str, dict[str, Any]]
    row: dict[str, Any] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    trades: list[Entry] = field(default_factory=list)


FILL_10 = {"fills": [{"exec_id": ANY, "quantity": 10, "price": 100}]}
FILL_4 = {"fills": [{"exec_id": ANY, "quantity": 4, "price": 100}]}
FIRST_4 = {
    "status": "ongoing", "reason": "Order executed at Rs 100.00", "execution_qty": 4, "execution_price": 100,
    "leaves_qty": 6, "open_qty": 4, "execution_time": ANY, "filled_at": ANY,
}  # fmt: skip
ALL_10 = FIRST_4 | {"execution_qty": 10, "leaves_qty": 0, "open_qty": 10}
CANCELLED = {
    "status": "cancelled", "reason": "ended at the broker: CANCELLED", "end_reason": "cancelled", "closed_at": ANY,
    "leaves_qty": 0, "cancelled_qty": 10,
}  # fmt: skip
REJECTED = {
    "status": "failed", "reason": "Broker rejected: no margin", "rejection_reason": "no margin", "leaves_qty": 0,
    "first_failed_at": ANY,
}  # fmt: skip
ACCEPTED = {"broker_order_id": "B1"}


def bystanders(conn: Conn) -> None:
    """Orders that no book of ours is about: another broker's, on paper, over already."""
    place(conn, "INFY", broker="alpaca", broker_order_id="B1")
    place(conn, "INFY", broker="kite", trade_mode="paper", book="paper", broker_order_id="P1")
    done = place(conn, "INFY", broker="kite", broker_order_id="D1", book="done")
    execute(conn, done, 10, 100)


def _masked(found: Any, expected: Any) -> Any:
    """What was found, with ANY wherever anything will do."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {key: _masked(said, expected.get(key)) for key, said in found.items()}
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return list(map(_masked, found, expected))
    return ANY if expected is ANY else found


def changed(before: Row, after: Row) -> dict[str, Any]:
    return {key: after[key] for key in after if after[key] != before[key] and key not in BOOKKEEPING}


def check_case(conn: Conn, case: Case) -> None:
    """Plan it, do it, do it again; see what changed."""
    bystanders(conn)
    order_id = case.start(conn)
    before, at = snapshot(conn), now(conn)
    book = both([case.entry], case.trades) if case.trades else [case.entry]
    done = rehearsed(conn, book, at)

    assert names(done) == list(case.decisions)
    decided = {decision["decision"]: decision["changes"] for decision in done}
    assert _masked(decided, case.decisions) == case.decisions
    key = digest(conn, case.entry)
    for place_no, decision in enumerate(done, 1):
        assert decision["decision_no"] == place_no
        assert (decision["order_id"], decision["broker_order_id"]) == (order_id, case.entry["order_id"])
        assert decision["digest"] == (key if decision["decision"] != "matched" else None)

    after = snapshot(conn)
    check_state(after)
    check_step(before, after)
    (old,) = [row for row in before["orders"] if row["order_id"] == order_id]
    new = order(conn, order_id)
    assert _masked(changed(old, new), case.row) == case.row
    assert [row for row in after["orders"] if row["order_id"] != order_id] == [
        row for row in before["orders"] if row["order_id"] != order_id
    ]
    logged = events(conn, order_id)[old["version"] :]
    assert [event["event_type"] for event in logged] == case.events
    for event in logged:
        assert event["correlation_id"] == f"sha256:{key}"
        assert event["occurred_at"] == at
        assert (event["db_user"], event["actor"]) == ("trader", None)
    if names(done) == ["matched"] and old["status"] in ("pending", "ongoing") and old["leaves_qty"] > 0:
        assert new["last_status_check"] > at
    elif names(done) == ["matched"]:
        assert new["last_status_check"] == old["last_status_check"]
