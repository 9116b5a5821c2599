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
    """The epoch that is due, if events are of a later one than events from here would be, or claim transactions that
    lie in the future. Writes nothing.

    A dump of the rows alone and replication bring events of other epochs, but not the default that numbers new ones.
    The log isn't scanned. Events that came are those of the first orders, and the last of them claim the latest
    transactions; where orders were placed here since, nobody knows how many. So besides the orders that changed last,
    some are looked at whose distances from the first and from the last order grow by a twentieth each: one of them is
    among the last twentieth of those that came.
    """
    epoch = next_epoch(conn)
    if epoch is None:
        return None
    row = conn.execute(
        """
        WITH ends AS (
          SELECT min(order_id) AS first, max(order_id) AS last FROM oms.orders
        ), distances AS (
          SELECT floor(power(1.05, n))::bigint - 1 AS distance
            FROM ends, generate_series(0, floor(ln(last - first + 1) / ln(1.05))::integer) n
        ), looked_at AS (
          (SELECT order_id FROM oms.orders ORDER BY updated_at DESC LIMIT 100)
          UNION
          SELECT o.order_id
            FROM ends, distances, LATERAL (VALUES (first + distance), (last - distance)) p (place),
                 LATERAL (SELECT order_id FROM oms.orders WHERE order_id >= place ORDER BY order_id LIMIT 1) o
        )
        SELECT e.epoch, max(e.txid) > pg_snapshot_xmax(pg_current_snapshot())::text::numeric
          FROM looked_at l,
               LATERAL (SELECT epoch, max(txid::text::numeric) AS txid FROM oms.order_events
                         WHERE order_id = l.order_id AND epoch >= %s GROUP BY epoch) e
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
