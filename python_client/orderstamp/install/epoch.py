"""Transaction ids restart where rows are brought into another cluster: then the log's epoch rises."""

from __future__ import annotations

import re
from typing import Any

from psycopg import Connection, sql

from orderstamp.install.catalog import table_exists


def raise_epoch_if_restored(conn: Connection[Any]) -> int | None:
    """Raise the epoch where it has to be. Returns the new epoch, or None where nothing had to change."""
    epoch = restored_epoch(conn)
    if epoch is not None:
        conn.execute(
            sql.SQL("ALTER TABLE oms.order_events ALTER COLUMN epoch SET DEFAULT {}").format(sql.Literal(epoch))
        )
    return epoch


def restored_epoch(conn: Connection[Any]) -> int | None:
    """The epoch that is due, if the newest events are of a later one than events from here would be, or claim
    transactions that lie in the future. Writes nothing.

    A dump of the rows alone and replication bring events of other epochs, but not the default that numbers new ones.
    The newest events are found through the orders that changed last, so the log isn't scanned.
    """
    epoch = next_epoch(conn)
    if epoch is None:
        return None
    row = conn.execute(
        """
        SELECT e.epoch, max(e.txid::text::numeric) > pg_snapshot_xmax(pg_current_snapshot())::text::numeric
          FROM (SELECT order_id, account, version FROM oms.orders ORDER BY updated_at DESC LIMIT 100) o
          JOIN oms.order_events e ON e.order_id = o.order_id AND e.seq = o.version AND e.account = o.account
         WHERE e.epoch >= %s
         GROUP BY e.epoch
         ORDER BY e.epoch DESC
         LIMIT 1
        """,
        [epoch],
    ).fetchone()
    newest, restarted = row or (epoch, False)
    due: int = newest + 1 if restarted else newest
    return due if due > epoch else None


def next_epoch(conn: Connection[Any]) -> int | None:
    """The epoch that the next event would be of, or None where there is no log."""
    if not (table_exists(conn, "oms.order_events") and table_exists(conn, "oms.orders")):
        return None
    default = conn.execute(
        """
        SELECT pg_get_expr(d.adbin, d.adrelid)
          FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
         WHERE a.attrelid = to_regclass('oms.order_events') AND a.attname = 'epoch'
        """
    ).fetchone()
    number = re.search(r"\d+", default[0]) if default else None
    return int(number[0]) if number else None
