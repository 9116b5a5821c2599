"""Replaying a file: batch by batch, each one transaction, each telling in the log up to which line it goes.

The log is the record of progress: every event carries the file and the last line of its batch as correlation id, so
whatever was committed is known exactly, and replaying again goes on where the log ends, or does nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, errors

from orderstamp.client import Orderstamp
from orderstamp.errors import OrderstampError
from orderstamp.replay.messages import Message, ReplayError, Source, chunks
from orderstamp.replay.planning import plan
from orderstamp.replay.survey import Counts, Survey

_ATTEMPTS = 5
Progress = Callable[[str, int], None]

_PROGRESS = """
SELECT split_part(correlation_id, ':', 1) AS file, max(split_part(correlation_id, ':', 2)::bigint) AS line, count(*)
FROM oms.order_events
WHERE account = %(account)s AND starts_with(correlation_id, %(family)s) AND correlation_id ~ ':[0-9]+$'
GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one replay did. Events are those that the messages of this file made, new ones in this run."""

    account: str
    counts: Counts
    skipped: int
    events: int
    new_events: int
    seconds: float


def replay(conn: Connection[Any], source: Source, account: str | None, batch_size: int, progress: Progress) -> Replayed:
    """Replay a file into an account. `conn` must be in autocommit mode: each batch is one transaction.

    Raises ReplayError, with the batch it happened in undone and all before it kept.
    """
    row = conn.execute("SELECT coalesce(%s::text, oms.current_account())", [account]).fetchone()
    assert row is not None
    client = Orderstamp(conn, row[0], "replay")
    with Survey() as survey:
        _lock(conn, source, row[0])
        done, events = _progress(conn, source, row[0])
        survey.read(source, done, lambda line: progress("reading", line))
        started = time.monotonic()
        for messages in chunks(source.messages(after=done), batch_size):
            _apply_patiently(client, conn, source, messages, survey)
            progress("replaying", messages[-1].line)
        seconds = time.monotonic() - started
        if done < survey.counts.messages:
            # The audit check that follows is planned for tables as large as they are now.
            conn.execute("ANALYZE oms.orders, oms.order_events, oms.fills, oms.positions, oms.position_lots")
        after = _progress(conn, source, row[0])[1]
        return Replayed(row[0], survey.counts, done, after, after - events, seconds)


def _lock(conn: Connection[Any], source: Source, account: str) -> None:
    """One replay of a file into an account at a time; the lock ends with the connection."""
    name = f"orderstamp replay {account} {source.family}"
    row = conn.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
    if not (row and row[0]):
        raise ReplayError(
            f"{source.family} is being replayed into account {account!r} already",
            hint="wait for the other replay to end, or stop it; this one can be run again at any time",
        )


def _progress(conn: Connection[Any], source: Source, account: str) -> tuple[int, int]:
    """The last line that is in the log, and how many events the file made."""
    found = conn.execute(_PROGRESS, {"account": account, "family": source.family}).fetchall()
    done, events = 0, 0
    for name, line, count in found:
        if name == source.name:
            done, events = line, count
        elif re.match(re.escape(source.family) + "(_|$)", name) and source.overlaps(name):
            raise ReplayError(
                f"account {account!r} holds the same orders from {name} already",
                hint="replay this file into another account, with --account",
            )
    return done, events


def _apply_patiently(
    client: Orderstamp, conn: Connection[Any], source: Source, messages: list[Message], survey: Survey
) -> None:
    """A batch that loses to a concurrent writer was undone as a whole, so it may be tried again."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _apply(client, conn, source, messages, survey)
            break
        except (errors.DeadlockDetected, errors.SerializationFailure):
            if attempt == _ATTEMPTS:
                raise
            time.sleep(0.1 * attempt)


def _apply(client: Orderstamp, conn: Connection[Any], source: Source, messages: list[Message], survey: Survey) -> None:
    account = client.binding.account
    assert account is not None
    with conn.transaction():
        planned = plan(conn, account, source, messages, survey)
        behind = [None, *(message for message, _, _ in planned.beginnings)]
        try:
            with client.batch() as batch:
                batch.set_context(correlation_id=f"{source.name}:{messages[-1].line}")
                placed = planned.begin(batch)
            for (_, live, _), pending in zip(planned.beginnings, placed, strict=True):
                live.order_id = pending.result.order_id
            with client.batch() as batch:
                behind = [*planned.go_on(batch)]
        except OrderstampError as error:
            message = behind[error.index] if error.index is not None else None
            line = f"line {message.line}" if message else f"lines up to {messages[-1].line}"
            particulars = ", ".join(f"{name} {value}" for name, value in error.detail.items())
            raise ReplayError(f"{line}: {error.message} ({particulars})", hint=error.hint) from error
