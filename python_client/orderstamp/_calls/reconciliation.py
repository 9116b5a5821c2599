"""What a broker's whole order book says about the orders here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import cast

from orderstamp._calls.call import Bound, Call, build, columns
from orderstamp._calls.snapshot import Snapshot, snapshot_text
from orderstamp.models import Decision

# As text, because psycopg would read its numbers as floats.
_DECISION = columns(Decision).replace("changes", "changes::text")

_RECONCILE = f"""
SELECT {_DECISION} FROM oms.reconcile(snapshot => %(snapshot)s::jsonb, observed_at => %(observed_at)s,
  broker => %(broker)s, dry_run => %(dry_run)s, complete => %(complete)s, profile => %(profile)s, book => %(book)s,
  actor => %(actor)s, account => %(account)s)"""


def reconcile(
    self: Bound,
    snapshot: Snapshot,
    observed_at: datetime,
    broker: str,
    *,
    dry_run: bool = False,
    complete: bool = True,
    profile: str | None = None,
    book: str = "manual",
) -> Call[list[Decision]]:
    """Bring the orders in line with a broker's book (`oms.reconcile`). Returns every decision; repeating is safe.

    `snapshot` is the broker's answer: best the JSON text or bytes as they came; else lists and mappings, whose floats
    keep their digits and whose times without zone are the broker's local ones. `observed_at` is when the broker was
    asked: orders with newer evidence are left alone. `profile` names the row of `oms.broker_profiles` that translates
    it (None: `broker`). `complete`: a live order that isn't in it is missing, then lost. `book` is for orders that
    nobody knows. `dry_run` only plans: the same decisions, without `reconciliation_id`, and nothing is written.

    Raises InvalidArgument (no book, no JSON, unknown profile, `observed_at` without zone or yet to come),
    WrongAccount. What can't be applied to one order is a discrepancy of that order alone.
    """
    return build(self, _RECONCILE, locals() | {"snapshot": snapshot_text(snapshot)}, Decision, _decisions)


def _decisions(rows: Sequence[Decision]) -> list[Decision]:
    return [
        replace(row, changes=json.loads(cast(str, row.changes), parse_int=Decimal, parse_float=Decimal)) for row in rows
    ]
