"""Every kind of gap, planted with the triggers disabled: found, named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from support.fold_orders import call, execute, place, raw_fill, reach, update
from support.fold_tables import Conn, gaps

TABLES = ("orders", "fills", "positions", "position_lots", "order_events", "order_requests", "execution_reports")

# Symbols of the clean books below; the orders are numbered in this order.
PENDING, WORKING, CLOSED, EXIT, FAILED, CANCELLED, MANUAL, ADJUSTED, RELEASED, EXPIRED = range(1, 11)
BUSTED, REPORTED, ASKED = range(11, 14)


def clean_books(conn: Conn) -> None:
    """Orders in every state, a release, a bust, a correction, an opening balance."""
    for state, symbol in (
        ("pending", "PENDING"),
        ("working, part filled", "WORKING"),
        ("closed by its exit", "CLOSED"),
    ):
        reach(conn, state, symbol)
    reach(conn, "failed", "FAILED")
    reach(conn, "cancelled", "CANCELLED")
    call(conn, "record_manual_order", "b1", "MANUAL", "buy", 10)
    adjusted = place(conn, "ADJUSTED")
    for price in (1, 2):
        update(conn, adjusted, limit_price=price)
    call(conn, "adjust_quantity", adjusted, 12)
    released = reach(conn, "filled, held", "RELEASED")
    update(conn, released, status="closed")
    reach(conn, "expired", "EXPIRED")
    busted = place(conn, "BUSTED", account="default")
    execute(conn, busted, 4, exec_id="a")
    execute(conn, busted, 5, exec_id="b")
    raw_fill(conn, order_id=busted, kind="cancel", exec_ref_id="a")
    raw_fill(conn, order_id=busted, kind="correct", exec_ref_id="b", quantity=6, price=101)
    place(conn, "REPORTED", client_order_id="r1")
    trade = '{"ClOrdID": "r1", "ExecType": "F", "ExecID": "t1", "LastQty": 4, "LastPx": 5}'
    call(conn, "apply_execution_report", trade)
    call(conn, "request_replace", "r1", "r2", 8)
    call(conn, "accept_request", "r2")
    call(conn, "request_cancel", "r2", "r3")
    call(conn, "accept_request", "r3")
    place(conn, "ASKED", client_order_id="a1")
    call(conn, "request_cancel", "a1", "a2")
    call(conn, "adjust_position", "OPENING", 10, 80)
    call(conn, "adjust_position", "SHORT", -10, 80)


@dataclass
class Plant:
    """A defect: what to write, which constraints stand in its way, and the gap it is."""

    gap: str
    order_id: int | None
    sql: str
    drop: tuple[str, ...] = ()
    detail: str = ""


def row_and_log(order_id: int, column: str, value: str, logged: str) -> str:
    """Rewrite a column in the row and in the last event that set it, as a careful hand would."""
    return (
        f"UPDATE oms.orders SET {column} = {value} WHERE order_id = {order_id};"
        f" UPDATE oms.order_events SET changes = {logged} WHERE order_id = {order_id}"
        f" AND (changes ? '{column}' OR seq = (SELECT max(seq) FROM oms.order_events WHERE order_id = {order_id}))"
    )


def stamp_missing(order_id: int, column: str, *drop: str) -> Plant:
    """A stamp taken out of the row and of the log."""
    forged = row_and_log(order_id, column, "NULL", f"changes - '{column}'")
    return Plant("stamp missing", order_id, forged, drop, f"{column} of")


def differs(order_id: int, column: str, value: str) -> Plant:
    """A column of the row alone."""
    forged = f"UPDATE oms.orders SET {column} = {value} WHERE order_id = {order_id}"
    return Plant("row differs from its log", order_id, forged, (), f"{column} is")


PLANTS: dict[str, Plant] = {
    "log of an order gone": Plant(
        "order without events",
        PENDING,
        f"DELETE FROM oms.order_events WHERE order_id = {PENDING}",
        (),
        "status pending",
    ),
    "an event gone": Plant(
        "version and events differ",
        ADJUSTED,
        f"DELETE FROM oms.order_events WHERE order_id = {ADJUSTED} AND seq = 2",
        (),
        "version 4, 3 events, last seq 4",
    ),
    "the newest event gone": Plant(
        "version and events differ",
        ADJUSTED,
        f"UPDATE oms.orders SET version = 5 WHERE order_id = {ADJUSTED}",
        (),
        "version 5, 4 events, last seq 4",
    ),
    "an event renumbered": Plant(
        "version and events differ",
        ADJUSTED,
        f"UPDATE oms.order_events SET seq = 9 WHERE order_id = {ADJUSTED} AND seq = 4",
        (),
        "version 4, 4 events, last seq 9",
    ),
    "updated_at moved": Plant(
        "updated_at is not the last event's",
        PENDING,
        f"UPDATE oms.orders SET updated_at = updated_at + interval '1 microsecond' WHERE order_id = {PENDING}",
    ),
    "an order gone": Plant(
        "events without order", PENDING, f"DELETE FROM oms.orders WHERE order_id = {PENDING}", (), "1 events"
    ),
    "an illegal change": Plant(
        "illegal change in the log",
        CANCELLED,
        f"UPDATE oms.order_events SET event_type = 'modified' WHERE order_id = {CANCELLED} AND seq = 2",
        (),
        "event 2: pending to cancelled by modified",
    ),
    "a status between": Plant(
        "events don't connect",
        CANCELLED,
        f"UPDATE oms.order_events SET from_status = 'failed' WHERE order_id = {CANCELLED} AND seq = 2",
        (),
        "event 2 starts from failed",
    ),
    "a time before the one before": Plant(
        "events don't connect",
        ADJUSTED,
        "UPDATE oms.order_events SET recorded_at = recorded_at - interval '1 day'"
        f" WHERE order_id = {ADJUSTED} AND seq = 2",
    ),
    "an execution no longer logged": Plant(
        "fill without event",
        WORKING,
        f"UPDATE oms.order_events SET exec_id = NULL, last_qty = NULL WHERE order_id = {WORKING} AND seq = 2",
        (),
        "exec_id fill-",
    ),
    "an execution made up": Plant(
        "event without fill",
        ADJUSTED,
        f"UPDATE oms.order_events SET exec_id = 'ghost', last_qty = 1 WHERE order_id = {ADJUSTED} AND seq = 2",
        (),
        "event 2, exec_id ghost",
    ),
    "a quantity of an execution in the log": Plant(
        "event without fill",
        WORKING,
        f"UPDATE oms.order_events SET last_qty = last_qty + 1 WHERE order_id = {WORKING} AND seq = 2",
    ),
    "a price of an execution in the log": Plant(
        "event without fill",
        WORKING,
        f"UPDATE oms.order_events SET last_price = last_price + 1 WHERE order_id = {WORKING} AND seq = 2",
    ),
    "quantity executed, in row and log": Plant(
        "totals differ from the fills",
        WORKING,
        row_and_log(WORKING, "execution_price", "1", """changes || '{"execution_price": 1}'"""),
        (),
        "4 at 1, fills 4 at 100",
    ),
    "a lot of nobody": Plant(
        "open_qty differs from the lots",
        WORKING,
        f"UPDATE oms.position_lots SET order_id = NULL WHERE order_id = {WORKING}",
        (),
        "4, lots 0",
    ),
    "a lot made smaller": Plant(
        "position differs from its lots",
        None,
        "UPDATE oms.position_lots SET quantity = 9 WHERE symbol = 'OPENING'",
        (),
        "OPENING : 10 costing 800 on average 80, lots 9 costing 720",
    ),
    "a lot of a short gone": Plant(
        "position differs from its lots",
        None,
        "DELETE FROM oms.position_lots WHERE symbol = 'SHORT'",
        (),
        "SHORT : -10",
    ),
    "a lot without a position": Plant(
        "position differs from its lots",
        None,
        "INSERT INTO oms.position_lots (fill_id, account, symbol, book, quantity, price)"
        " VALUES (999, 'default', 'GHOST', '', 5, 100)",
    ),
    "an average price": Plant(
        "position differs from its lots",
        None,
        "UPDATE oms.positions SET average_price = average_price + 1 WHERE symbol = 'OPENING'",
    ),
    "a position and its lot made smaller": Plant(
        "position differs from the fills",
        None,
        "UPDATE oms.position_lots SET quantity = 9 WHERE symbol = 'OPENING';"
        " UPDATE oms.positions SET quantity = 9, cost = 720 WHERE symbol = 'OPENING'",
        (),
        "OPENING : 9, fills 10",
    ),
    "a fill of nobody's order gone": Plant(
        "position differs from the fills",
        None,
        "DELETE FROM oms.fills WHERE symbol = 'OPENING'",
    ),
    "a position gone": Plant(
        "position differs from the fills",
        None,
        "DELETE FROM oms.positions WHERE symbol = 'OPENING'; DELETE FROM oms.position_lots WHERE symbol = 'OPENING'",
    ),
    "more than was ordered": Plant(
        "quantities don't add up",
        PENDING,
        row_and_log(PENDING, "leaves_qty", "9", """changes || '{"leaves_qty": 9}'"""),
        ("orders_balance_ck",),
        "pending of 10: executed 0, leaves 9",
    ),
    "an end without a reason": Plant(
        "quantities don't add up",
        CANCELLED,
        row_and_log(CANCELLED, "end_reason", "NULL", "changes - 'end_reason'"),
        ("orders_ended_ck",),
    ),
    "accepted_at": stamp_missing(WORKING, "accepted_at"),
    "filled_at": stamp_missing(WORKING, "filled_at", "orders_filled_ck"),
    "execution_time": stamp_missing(WORKING, "execution_time"),
    "closed_at of closed": stamp_missing(CLOSED, "closed_at", "orders_closed_at_ck"),
    "closed_at of cancelled": stamp_missing(CANCELLED, "closed_at", "orders_closed_at_ck"),
    "closed_at of expired": stamp_missing(EXPIRED, "closed_at", "orders_closed_at_ck"),
    "first_failed_at": stamp_missing(FAILED, "first_failed_at", "orders_failed_at_ck"),
    "last_retry_attempt": stamp_missing(FAILED, "last_retry_attempt"),
    "manual_detected_at": stamp_missing(MANUAL, "manual_detected_at"),
    "quantity_adjusted_at": stamp_missing(ADJUSTED, "quantity_adjusted_at"),
    "closed_at of an open order": Plant(
        "stamp without cause",
        PENDING,
        row_and_log(PENDING, "closed_at", "updated_at", """changes || '{"closed_at": true}'"""),
        ("orders_closed_at_ck",),
        "closed_at of pending order",
    ),
    **{
        f"{column} of the row": differs(PENDING, column, value)
        for column, value in {
            "symbol": "'OTHER'",
            "side": "'sell'",
            "book": "'paper'",
            "client_order_id": "'c'",
            "broker": "'b'",
            "broker_order_id": "'b9'",
            "parent_order_id": "1",
            "strategy_id": "'s'",
            "order_type": "'stop'",
            "time_in_force": "'gtc'",
            "variety": "'amo'",
            "trade_mode": "'paper'",
            "cash_quantity": "5",
            "limit_price": "5",
            "stop_price": "5",
            "reason": "'x'",
            "rejection_reason": "'x'",
            "hold": "'stopped'",
            "last_fill_id": "5",
            "placed_at": "placed_at - interval '1 microsecond'",
            "accepted_at": "updated_at",
            "execution_time": "updated_at",
            "filled_at": "updated_at",
            "first_failed_at": "updated_at",
            "last_retry_attempt": "updated_at",
            "quantity_adjusted_at": "updated_at",
            "manual_detected_at": "updated_at",
            "order_metadata": """'{"a": 1}'""",
        }.items()
    },
    "the last price in the log": Plant(
        "row differs from its log",
        ADJUSTED,
        f"""UPDATE oms.order_events SET changes = '{{"limit_price": 3}}' WHERE order_id = {ADJUSTED} AND seq = 3""",
        (),
        "limit_price is 2, logged 3",
    ),
    "a request open though its order has ended": Plant(
        "open request of an ended order",
        REPORTED,
        "UPDATE oms.order_requests SET state = 'pending', decided_at = NULL WHERE client_order_id = 'r3'",
        (),
        "cancel r3 is pending",
    ),
    "a cancel accepted without effect": Plant(
        "accepted request without effect",
        WORKING,
        f"UPDATE oms.order_requests SET state = 'accepted', decided_at = now(), order_id = {WORKING}"
        " WHERE client_order_id = 'a2'",
        (),
        "cancel a2, the order is ongoing",
    ),
    "a replace forgotten": Plant(
        "id without its replace",
        REPORTED,
        "DELETE FROM oms.order_requests WHERE client_order_id = 'r2'",
        (),
        "client_order_id r2, placed as r1",
    ),
    "an id used twice": Plant(
        "id of an order and of another's request",
        ASKED,
        "UPDATE oms.order_requests SET client_order_id = 'a1' WHERE client_order_id = 'r3'",
        (),
        f"client_order_id a1, the request is about order {REPORTED}",
    ),
    "a reported execution lost": Plant(
        "reported execution not booked",
        REPORTED,
        "UPDATE oms.execution_reports SET exec_id = 't2' WHERE exec_id = 't1'",
        (),
        "ExecID t2",
    ),
    "a reason in the log": Plant(
        "row differs from its log",
        CANCELLED,
        f"UPDATE oms.order_events SET reason = 'I never did' WHERE order_id = {CANCELLED} AND seq = 2",
        (),
        "reason is",
    ),
}

KINDS = {
    "order without events", "version and events differ", "updated_at is not the last event's", "events without order",
    "row differs from its log", "illegal change in the log", "events don't connect", "fill without event",
    "event without fill", "totals differ from the fills", "open_qty differs from the lots",
    "position differs from its lots", "position differs from the fills", "quantities don't add up", "stamp missing",
    "stamp without cause", "open request of an ended order", "accepted request without effect",
    "id without its replace", "id of an order and of another's request", "reported execution not booked",
}  # fmt: skip


def test_every_kind_is_planted(owner: Conn) -> None:
    assert {plant.gap for plant in PLANTS.values()} == KINDS
    found = owner.execute(
        "SELECT string_agg(pg_get_viewdef(oid), '') FROM pg_class WHERE relname ~ '^audit_.*gaps$'"
    ).fetchone()
    assert found is not None
    assert all(kind.replace("'", "''") in found[0] for kind in KINDS)


def test_clean_books_have_none(trader: Conn, connect: Callable[..., Conn]) -> None:
    assert gaps(trader) == []
    clean_books(trader)
    assert gaps(trader) == []
    assert gaps(connect("auditor")) == []


def test_each_gap_is_found_and_nothing_else(owner: Conn, trader: Conn) -> None:
    """Each defect is planted in the same books, looked for, and taken back."""
    clean_books(trader)
    missed = []
    for name, plant in PLANTS.items():
        with owner.transaction(force_rollback=True):
            for table in TABLES:
                owner.execute(f"ALTER TABLE oms.{table} DISABLE TRIGGER USER".encode())
            for constraint in plant.drop:
                owner.execute(f"ALTER TABLE oms.orders DROP CONSTRAINT IF EXISTS {constraint}".encode())
            owner.execute(plant.sql.encode())
            found = gaps(owner)
        if [(gap["gap"], gap["account"], gap["order_id"]) for gap in found] != [(plant.gap, "default", plant.order_id)]:
            missed.append(f"{name}: {found}")
        elif plant.detail not in found[0]["detail"]:
            missed.append(f"{name}: {found[0]['detail']}")
    assert missed == []
    assert gaps(owner) == []


@pytest.mark.parametrize("table", ["orders", "fills", "order_events", "order_requests"])
def test_disabled_triggers_let_anything_through_and_it_is_seen(owner: Conn, trader: Conn, table: str) -> None:
    """What a restore script or a helpful hand does: triggers off, a change, triggers on again."""
    clean_books(trader)
    owner.execute(f"ALTER TABLE oms.{table} DISABLE TRIGGER USER".encode())
    victim = {"fills": WORKING, "order_requests": REPORTED}.get(table, PENDING)
    owner.execute(f"DELETE FROM oms.{table} WHERE order_id = {victim}".encode())
    owner.execute(f"ALTER TABLE oms.{table} ENABLE TRIGGER USER".encode())
    assert gaps(owner) != []
