"""A trader that writes what isn't its to write: the log, what the database owns, keys, and other people's names."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from .attacking import refused, trade, unchanged
from .conftest import one, rows

Conn = Connection[Any]

DENIED = "42501"

REFUSED = {
    # What only the triggers and calls write.
    "an event": (
        """INSERT INTO oms.order_events (order_id, seq, account, event_type, to_status, recorded_at, txid, db_user)
           VALUES ({live}, 2, 'default', 'closed', 'closed', now(), pg_current_xact_id(), 'boss')""",
        (DENIED,),
    ),
    "another actor": ("UPDATE oms.order_events SET actor = 'boss'", (DENIED,)),
    "a position": ("UPDATE oms.positions SET quantity = 1000", (DENIED,)),
    "a lot": ("DELETE FROM oms.position_lots", (DENIED,)),
    "a request": ("UPDATE oms.order_requests SET state = 'accepted'", (DENIED,)),
    "evidence": (
        """INSERT INTO oms.execution_reports (order_id, account, exec_id, exec_type, recorded_at, report)
           VALUES ({held}, 'default', 'E2', 'Trade Cancel', now(), '{{}}')""",
        (DENIED,),
    ),
    "a run": ("UPDATE oms.reconciliations SET actor = 'boss'", (DENIED,)),
    "settings of the account": ("INSERT INTO oms.accounts (account) VALUES ('default')", (DENIED,)),
    "the version installed": ("UPDATE oms.installation SET digest = 'x'", (DENIED,)),
    "a fill changed": ("UPDATE oms.fills SET price = 1", (DENIED,)),
    "a fill changed by upsert": (
        """INSERT INTO oms.fills (order_id, exec_id, quantity, price) VALUES ({held}, 'E1', 10, 100)
           ON CONFLICT (order_id, exec_id, account) DO UPDATE SET price = 1""",
        (DENIED,),
    ),
    "a fill removed": ("DELETE FROM oms.fills", (DENIED,)),
    "a sequence turned back": ("SELECT setval('oms.fills_fill_id_seq', 1)", (DENIED,)),
    "a sequence restarted": ("ALTER SEQUENCE oms.orders_order_id_seq RESTART", (DENIED,)),
    "copy into orders": ("COPY oms.orders (symbol, side, quantity, version) FROM STDIN", ("0A000",)),
    "copy into the log": ("COPY oms.order_events FROM STDIN", ("0A000", DENIED)),
    "copy into fills": ("COPY oms.fills FROM STDIN", ("0A000", DENIED)),
    # Identity, and facts that don't hold.
    "another symbol": ("UPDATE oms.orders SET symbol = 'X' WHERE order_id = {live}", ("OM003",)),
    "another key": ("UPDATE oms.orders SET order_id = 999 WHERE order_id = {live}", ("OM003",)),
    "another account": ("UPDATE oms.orders SET account = 'b' WHERE order_id = {live}", ("OM003",)),
    "placed earlier": ("UPDATE oms.orders SET placed_at = '2000-01-01' WHERE order_id = {live}", ("OM003",)),
    "closed without an execution": ("UPDATE oms.orders SET status = 'closed' WHERE order_id = {live}", ("OM002",)),
    "executions taken back": ("UPDATE oms.orders SET execution_qty = 0 WHERE order_id = {held}", ("OM010",)),
    "a born execution": (
        "INSERT INTO oms.orders (symbol, side, quantity, execution_qty) VALUES ('TCS', 'buy', 1, 1)",
        ("OM007",),
    ),
    "more than is held": (
        "INSERT INTO oms.fills (order_id, kind, quantity) VALUES ({held}, 'adjust', 11)",
        ("OM007",),
    ),
    "a bust of nothing": (
        "INSERT INTO oms.fills (order_id, kind, exec_ref_id) VALUES ({live}, 'cancel', 'E1')",
        ("OM007",),
    ),
    "an overfill": ("SELECT * FROM oms.mark_executed({live}, 100, 11)", ("OM006",)),
    "a fill of infinity": (
        "INSERT INTO oms.fills (order_id, quantity, price) VALUES ({live}, 'Infinity', 1)",
        ("OM007",),
    ),
    "a fill of NaN": ("INSERT INTO oms.fills (order_id, quantity, price) VALUES ({live}, 'NaN', 1)", ("OM007",)),
    # Functions that are not for it.
    "the writer of the log": ("SELECT oms.annotate_order({live}, 'default', 'closed', 'x')", (DENIED,)),
    "the writer of evidence": ("SELECT oms.keep_report({live}, 'default', 'Trade', '{{}}')", (DENIED,)),
    "the matching": ("SELECT oms.release_lots(NULL, NULL, NULL)", (DENIED, "42883")),
    "the applier": ("SELECT oms.apply_decisions('{{}}', now(), '', '')", (DENIED,)),
    "a trigger as a function": ("SELECT oms.orders__log()", (DENIED, "0A000")),
}


@pytest.fixture
def ids(trader: Conn) -> dict[str, int]:
    return trade(trader)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(owner: Conn, trader: Conn, ids: dict[str, int], name: str) -> None:
    statement, states = REFUSED[name]
    with unchanged(owner):
        refused(trader, statement.format(**ids), *states)


# What the database owns, and what somebody would like to find there.
OWNED = {
    "version": "99",
    "updated_at": "'2000-01-01'",
    "accepted_at": "'2000-01-01'",
    "execution_time": "'2000-01-01'",
    "filled_at": "'2000-01-01'",
    "first_failed_at": "'2000-01-01'",
    "last_retry_attempt": "'2000-01-01'",
    "quantity_adjusted_at": "'2000-01-01'",
    "restated_at": "'2000-01-01'",
    "closed_at": "'2000-01-01'",
    "last_status_check": "'2000-01-01'",
    "leaves_qty": "77",
    "open_qty": "77",
    "cancelled_qty": "77",
    "last_fill_id": "99999",
    "last_event": "'busted'",
}


@pytest.mark.parametrize("column", OWNED)
@pytest.mark.parametrize("order", ["held", "live", "failed"])
def test_what_is_written_into_a_column_of_ours_does_not_stay(
    owner: Conn, trader: Conn, ids: dict[str, int], order: str, column: str
) -> None:
    query = f"SELECT {column}::text AS is FROM oms.orders WHERE order_id = %s"
    rows(trader, f"UPDATE oms.orders SET {column} = {OWNED[column]} WHERE order_id = %s", ids[order])
    rows(trader, f"UPDATE oms.orders SET {column} = {OWNED[column]}, limit_price = 5 WHERE order_id = %s", ids[order])
    found = one(owner, query, ids[order])["is"]
    assert found is None or not found.startswith(OWNED[column].strip("'"))
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


@pytest.mark.parametrize("column", OWNED)
def test_nor_at_birth(owner: Conn, trader: Conn, column: str) -> None:
    order = one(
        trader,
        f"INSERT INTO oms.orders (symbol, side, quantity, {column}) VALUES ('TCS', 'buy', 1, {OWNED[column]}) "
        "RETURNING *",
    )
    assert not str(order[column]).startswith(OWNED[column].strip("'"))
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


def test_a_fill_is_the_databases_own(owner: Conn, trader: Conn, ids: dict[str, int]) -> None:
    """Its number, place, times and writer are replaced; so is the account's by the order's."""
    rows(
        trader,
        """
        INSERT INTO oms.fills (fill_id, place, order_id, quantity, price, recorded_at, actor, db_user, symbol, side)
        VALUES (1, 1, %s, 1, 100, '2000-01-01', 'boss', 'boss', 'INFY', 'sell')
        """,
        ids["live"],
    )
    fill = one(owner, "SELECT * FROM oms.fills WHERE order_id = %s", ids["live"])
    assert fill["fill_id"] > 1
    assert fill["recorded_at"].year > 2000
    assert (fill["symbol"], fill["side"], fill["actor"], fill["db_user"]) == ("TCS", "buy", None, None)
    rows(
        trader,
        """
        INSERT INTO oms.fills (symbol, kind, side, quantity, price, actor, db_user)
        VALUES ('INFY', 'adjust', 'buy', 1, 100, 'boss', 'boss')
        """,
    )
    fill = one(owner, "SELECT * FROM oms.fills WHERE symbol = 'INFY'")
    assert (fill["actor"], fill["db_user"]) == (None, "trader")
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


def test_an_upsert_is_no_way_around(owner: Conn, trader: Conn, ids: dict[str, int]) -> None:
    query = """
        INSERT INTO oms.orders (symbol, side, quantity, client_order_id) VALUES ('TCS', 'buy', 10, 'live')
        ON CONFLICT (client_order_id, account) WHERE client_order_id IS NOT NULL DO UPDATE SET {}"""
    with unchanged(owner):
        refused(trader, query.format("status = 'closed'"), "OM002")
        refused(trader, query.format("side = 'sell'"), "OM003")
        rows(trader, query.format("version = 99, leaves_qty = 1, open_qty = 5"))
    assert ids


def test_a_transaction_that_fails_half_way_leaves_nothing(owner: Conn, trader: Conn, ids: dict[str, int]) -> None:
    with unchanged(owner):
        rows(trader, "BEGIN")
        rows(trader, "SELECT * FROM oms.mark_executed(%s, 100, 5)", ids["live"])
        refused(trader, "UPDATE oms.order_events SET actor = 'boss'", DENIED)
        rows(trader, "COMMIT")
        refused(trader, "DO $$ BEGIN UPDATE oms.orders SET limit_price = 1; DELETE FROM oms.fills; END $$", DENIED)
