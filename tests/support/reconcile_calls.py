"""Calling oms.reconcile(), and watching what it leaves behind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql

from support.fold_tables import Conn, Row, Snapshot, gaps, rows, snapshot, value

LATER = "2026-01-01T00:00:00Z"
"""After everything that the recorded books tell of."""

# What an order's row owes to having been looked at, whatever was found.
BOOKKEEPING = frozenset({"version", "updated_at", "last_status_check", "last_event", "last_fill_id"})

_RUNS: LiteralString = "SELECT * FROM oms.reconciliations ORDER BY account, reconciliation_id"
_DECISIONS: LiteralString = (
    "SELECT * FROM oms.reconciliation_decisions ORDER BY account, reconciliation_id, decision_no"
)


def _exact(number: Any) -> Any:
    if isinstance(number, Decimal):
        return int(number) if number == int(number) else float(number)
    raise TypeError(number)


def reconcile(conn: Conn, told: Any, at: datetime | str = LATER, broker: str = "kite", **named: Any) -> list[Row]:
    """Reconcile with a book (parsed JSON, or its text); returns the decisions."""
    extra = sql.SQL("").join(sql.SQL(", {} => {}").format(sql.Identifier(name), said) for name, said in named.items())
    text = told if isinstance(told, str) else json.dumps(told, default=_exact)
    query = sql.SQL("SELECT * FROM oms.reconcile({}::jsonb, {}::timestamptz, {}{})").format(text, at, broker, extra)
    return rows(conn, query)  # type: ignore[arg-type]


def now(conn: Conn) -> datetime:
    """The database's clock."""
    moment: datetime = value(conn, "SELECT oms.clock()")
    return moment


def names(decisions: Iterable[Row]) -> list[str]:
    """What was decided, in order."""
    return [decision["decision"] for decision in decisions]


def counted(decisions: Iterable[Row]) -> dict[str, int]:
    """How often each decision was taken."""
    return dict(Counter(names(decisions)))


def reasons(decisions: Iterable[Row], decision: str = "discrepancy") -> list[str]:
    """Why, for all decisions of one kind."""
    return [found["reason"] for found in decisions if found["decision"] == decision]


def plan(decisions: Iterable[Row]) -> list[Row]:
    """Decisions without what only a run that writes can know: its number, and the ids of the orders it makes."""
    return [
        {key: said for key, said in decision.items() if key not in ("reconciliation_id", "order_id")}
        for decision in decisions
    ]


def everything(conn: Conn) -> Snapshot:
    """Every row that a run can reach, its own tables included."""
    return snapshot(conn) | {"runs": rows(conn, _RUNS), "decisions": rows(conn, _DECISIONS)}


def digest(conn: Conn, part: Any) -> str:
    """SHA-256 of a part of a book as the database writes it, in hexadecimal."""
    text = part if isinstance(part, str) else json.dumps(part, default=_exact)
    query: LiteralString = "SELECT encode(sha256(convert_to(%s::jsonb::text, 'UTF8')), 'hex')"
    found: str = value(conn, query, [text])
    return found


def without_checks(state: Snapshot) -> Snapshot:
    """The state but for heartbeats and runs: what two runs of one book must leave alike."""
    return {
        table: [{key: said for key, said in found.items() if key != "last_status_check"} for found in part]
        for table, part in state.items()
        if table not in ("runs", "decisions")
    }


def repeated(conn: Conn, told: Any, at: datetime | str = LATER, broker: str = "kite", **named: Any) -> list[Row]:
    """The same book once more: nothing is written but the run itself, and there are no gaps."""
    before = without_checks(everything(conn))
    decisions = reconcile(conn, told, at, broker, **named)
    assert without_checks(everything(conn)) == before, f"told twice: {names(decisions)}"
    assert gaps(conn) == []
    return decisions


def rehearsed(conn: Conn, told: Any, at: datetime | str = LATER, broker: str = "kite", **named: Any) -> list[Row]:
    """A dry run, then the run: the first writes nothing and plans what the second does. Then once more: no event."""
    before = everything(conn)
    dry = reconcile(conn, told, at, broker, dry_run=True, **named)
    assert everything(conn) == before, "a dry run writes nothing"
    assert {decision["reconciliation_id"] for decision in dry} <= {None}
    done = reconcile(conn, told, at, broker, **named)
    assert plan(done) == plan(dry), "the run does what the dry run planned"
    repeated(conn, told, at, broker, **named)
    return done
