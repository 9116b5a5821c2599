"""Play the story: run each statement by its hand, and read from the log what the database made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from orderstamp.client import Orderstamp
from orderstamp.demo.story import STEPS, Ids, Step

ACTORS = {"psql": "asha", "ORM": "bot", "Python": "strategy-1"}

_EFFECTS = """
SELECT e.order_id, e.event_type, e.from_status, e.to_status, e.reason,
  ARRAY(SELECT c.key FROM jsonb_each(e.changes) c WHERE c.value = 'true' AND c.key <> 'reason' ORDER BY c.key) AS stamps
FROM oms.order_events e
WHERE e.account = %(account)s AND e.recorded_at > %(since)s
ORDER BY e.recorded_at, e.order_id, e.seq"""


@dataclass(frozen=True, slots=True)
class Effect:
    """An event that the database logged for a statement."""

    order_id: int
    event_type: str
    from_status: str | None
    to_status: str
    reason: str | None
    stamps: list[str]


@dataclass(frozen=True, slots=True)
class Played:
    """A step, its statement as it ran, and its effects; none of a status check, which only stamps."""

    step: Step
    statement: str
    effects: list[Effect]


def fresh_account(conn: Connection[Any]) -> str:
    """demo-1, demo-2, …: each demonstration has its own books."""
    row = conn.execute(
        """
        SELECT coalesce(max(substr(account, 6)::bigint), 0) + 1
        FROM oms.orders
        WHERE account ~ '^demo-[0-9]{1,9}$'
        """
    ).fetchone()
    return f"demo-{row[0] if row else 1}"


def play(conn: Connection[Any], account: str) -> Iterator[Played]:
    """Run the steps one by one, each in its own transaction."""
    ids: Ids = {}
    client = Orderstamp(conn, account, ACTORS["Python"])
    conn.execute("SELECT set_config('oms.account', %s, false)", [account])
    for step in STEPS:
        row = conn.execute("SELECT oms.clock()").fetchone()
        since = row[0] if row else None
        statement = step.shown.format_map(ids)
        if step.run is not None:
            ids[step.order] = step.run(client, ids).order_id
        else:
            conn.execute("SELECT set_config('oms.actor', %s, false)", [ACTORS[step.hand]])
            found = conn.execute(statement.encode()).fetchone()
            assert found is not None
            ids[step.order] = found[0]
        with conn.cursor(row_factory=class_row(Effect)) as cursor:
            effects = cursor.execute(_EFFECTS, {"account": account, "since": since}).fetchall()
        yield Played(step, statement, effects)
