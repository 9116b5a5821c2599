"""What a replay left in the database: read back from the orders, not counted on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from orderstamp.replay.messages import Source

FATES = ("filled whole", "deleted unfilled", "part-filled, then deleted", "still open")

_GROUPS = """
SELECT o.entry_type = 'manual' AS manual, o.quantity_adjusted_at IS NOT NULL AS reduced,
  CASE WHEN o.leaves_qty > 0 THEN 'still open'
       WHEN o.end_reason IS NULL THEN 'filled whole'
       WHEN o.execution_qty = 0 THEN 'deleted unfilled'
       ELSE 'part-filled, then deleted' END AS fate,
  o.status, o.execution_qty > 0 AS filled, count(*) AS orders, count(*) FILTER (WHERE f.fills > 1) AS several
FROM oms.orders o
LEFT JOIN (
  SELECT order_id, count(*) AS fills FROM oms.fills WHERE account = %(account)s GROUP BY order_id) f USING (order_id)
WHERE o.account = %(account)s AND starts_with(o.broker_order_id, %(prefix)s)
GROUP BY 1, 2, 3, 4, 5"""

_GAPS = """
SELECT gap, order_id, detail, count(*) OVER () AS total
FROM oms.audit_gaps
WHERE account = %(account)s
LIMIT 10"""


@dataclass(frozen=True, slots=True)
class Group:
    """Orders that share what became of them. `several`: filled in more than one execution."""

    manual: bool
    reduced: bool
    fate: str
    status: str
    filled: bool
    orders: int
    several: int


@dataclass(frozen=True, slots=True)
class Fate:
    """Orders of the file, by whether a part was cancelled before."""

    as_placed: int
    reduced: int
    several: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A row of the audit check."""

    gap: str
    order_id: int | None
    detail: str
    total: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The orders of one file."""

    groups: list[Group]
    gaps: list[Gap]

    @property
    def orders(self) -> int:
        """All of them."""
        return sum(group.orders for group in self.groups)

    @property
    def manual(self) -> int:
        """Those whose start the file doesn't hold."""
        return sum(group.orders for group in self.groups if group.manual)

    @property
    def part_filled_and_reduced(self) -> int:
        """Those of which a part was executed and a part cancelled on its own."""
        return sum(group.orders for group in self.groups if group.filled and group.reduced)

    @property
    def statuses(self) -> dict[str, int]:
        """Orders by status."""
        names = ("pending", "ongoing", "closed", "failed", "cancelled")
        return {name: sum(group.orders for group in self.groups if group.status == name) for name in names}

    def fate(self, name: str) -> Fate:
        """The orders that were placed in the file and ended like this."""
        those = [group for group in self.groups if group.fate == name and not group.manual]
        return Fate(
            sum(group.orders for group in those if not group.reduced),
            sum(group.orders for group in those if group.reduced),
            sum(group.several for group in those if not group.reduced),
        )

    @property
    def total_gaps(self) -> int:
        """What the audit check found in the account."""
        return self.gaps[0].total if self.gaps else 0


def summarise(conn: Connection[Any], source: Source, account: str) -> Summary:
    """Read back the orders of a file and check the account's books."""
    values = {"account": account, "prefix": f"{source.symbol}-{source.day}-"}
    with conn.cursor(row_factory=class_row(Group)) as cursor:
        groups = cursor.execute(_GROUPS, values).fetchall()
    with conn.cursor(row_factory=class_row(Gap)) as cursor:
        gaps = cursor.execute(_GAPS, values).fetchall()
    return Summary(groups, gaps)
