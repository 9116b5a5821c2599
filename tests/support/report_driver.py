"""Carries out one step of a random caller: done whole, or refused in our words without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import psycopg
from hypothesis.stateful import RuleBasedStateMachine, invariant

from support.fold_events import NOT_LOGGED, fold
from support.fold_orders import call
from support.fold_tables import Conn, gaps, snapshot

# What raw SQL may be refused with besides our words: a key that exists.
RAW_REFUSALS = ("23505",)


class Driver(RuleBasedStateMachine):
    """Drives one database inside a transaction that is rolled back; `conn` acts as a member of oms_trader."""

    conn: ClassVar[Conn]
    done: ClassVar[dict[str, int]]

    def __init__(self) -> None:
        super().__init__()
        self.conn.execute(b"BEGIN")
        self.before = snapshot(self.conn)

    def teardown(self) -> None:
        self.conn.execute(b"ROLLBACK")

    def write(self, name: str, step: Callable[[], object], *, raw: bool = False) -> str:
        """Carry out one step; refused, it must have left no trace. Returns done, or the code of the refusal."""
        outcome, said = "done", ""
        try:
            with self.conn.transaction():
                step()
        except psycopg.Error as error:
            outcome, said = error.sqlstate or "", str(error)
        assert outcome == "done" or outcome.startswith("OM") or (raw and outcome in RAW_REFUSALS), f"{outcome} {said}"
        after = snapshot(self.conn)
        assert outcome == "done" or after == self.before, f"{outcome} wrote something"
        self.done[f"{name} {outcome}"] = self.done.get(f"{name} {outcome}", 0) + 1
        self.before = after
        return outcome

    def call(self, name: str, *arguments: Any, **named: Any) -> None:
        self.write(name, lambda: call(self.conn, name, *arguments, **named))

    def order(self, pick: int) -> int:
        """One of the orders."""
        known: list[int] = [order["order_id"] for order in self.before["orders"]]
        return known[pick % len(known)]

    def execution(self, pick: int, exec_id: str | None) -> tuple[int, str | None]:
        """An execution of one of the orders, or one that perhaps nobody knows."""
        fills = self.before["fills"]
        if exec_id is None or not fills:
            return self.order(pick), exec_id
        fill = fills[pick % len(fills)]
        return fill["order_id"], fill["exec_id"]

    @invariant()
    def holds(self) -> None:
        """No gap, and every row is the fold of its events."""
        assert gaps(self.conn) == []
        for order in self.before["orders"]:
            events = (event for event in self.before["events"] if event["order_id"] == order["order_id"])
            assert fold(events) == {key: order[key] for key in order if key not in NOT_LOGGED}
