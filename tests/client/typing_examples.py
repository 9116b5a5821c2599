"""Read by mypy alone: what users write, with the types they must get and the mistakes that must be found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, assert_type

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from orderstamp import (
    AsyncOrderstamp,
    Decision,
    FixFields,
    Order,
    OrderRequest,
    Orderstamp,
    Pending,
    Position,
    Statistics,
    TimelineEntry,
)
from orderstamp.models import DecisionKind, Hold, RequestState


def sync_use(conn: Connection[Any], pool: ConnectionPool[Connection[Any]]) -> None:
    oms = Orderstamp(conn, account="main", actor="strategy-1")
    Orderstamp(pool)
    order = oms.place_order("INFY", "buy", 10, "limit", Decimal("102.5"), client_order_id="a")
    assert_type(order, Order)
    assert_type(order.execution_price, Decimal | None)
    assert_type(oms.mark_executed(order.order_id, Decimal("102.5"), exec_id="T-1"), Order)
    assert_type(oms.find_order("a"), Order | None)
    assert_type(oms.list_orders("pending"), list[Order])
    assert_type(oms.timeline(order.order_id), list[TimelineEntry])
    assert_type(oms.order_statistics(), list[Statistics])
    assert_type(oms.adjust_position("INFY", -5), Position)
    assert_type(oms.close_position("INFY"), list[Order])
    assert_type(oms.record_status_checks([1, 2]), int)
    assert_type(oms.request_replace("a", "a-2", limit_price=Decimal("101.5")), OrderRequest)
    assert_type(oms.accept_request("a-2").state, RequestState)
    assert_type(oms.bust_fill(order.order_id, "T-1"), Order)
    assert_type(oms.hold_order(order.order_id, "suspended").hold, Hold | None)
    assert_type(oms.fix_fields(None), FixFields)
    assert_type(oms.claim_retries("w1", lease=timedelta(minutes=2)), list[Order])
    assert_type(oms.expire_orders(), list[Order])
    report = {"ClOrdID": "a", "LastPx": Decimal("102.5")}
    assert_type(oms.apply_execution_report(report, "zerodha"), Order | None)
    decisions = oms.reconcile(b'{"data": []}', datetime.now(UTC), "kite", dry_run=True)
    assert_type(decisions, list[Decision])
    assert_type(decisions[0].decision, DecisionKind)
    assert_type(oms.reconcile([{"id": "1", "price": 1.5}], datetime.now(UTC), "ccxt", complete=False), list[Decision])
    with oms.batch() as batch:
        pending = batch.place_order("INFY", "buy", 10, client_order_id="a")
        found = batch.find_order("a")
        asked = batch.request_cancel("a", "a-3")
        decided = batch.reconcile("[]", datetime.now(UTC), "kite")
    assert_type(pending, Pending[Order])
    assert_type(pending.result, Order)
    assert_type(found.result, Order | None)
    assert_type(asked, Pending[OrderRequest])
    assert_type(decided.result, list[Decision])


async def async_use(conn: AsyncConnection[Any], pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
    oms = AsyncOrderstamp(conn, account="main", actor="strategy-1")
    AsyncOrderstamp(pool)
    assert_type(await oms.place_order("INFY", "buy", 10, client_order_id="a"), Order)
    assert_type(await oms.timeline(1), list[TimelineEntry])
    assert_type(await oms.order_as_of(1, (await oms.get_order(1)).placed_at), Order | None)
    assert_type(await oms.request_cancel("a", "a-2"), OrderRequest)
    assert_type(await oms.apply_execution_report({"ClOrdID": "a"}), Order | None)
    assert_type(await oms.reconcile({"data": []}, datetime.now(UTC), "kite", profile="kite"), list[Decision])
    async with oms.batch() as batch:
        assert_type(batch.mark_cancelled(1).result, Order)


def mistakes(oms: Orderstamp, aoms: AsyncOrderstamp, order: Order) -> None:
    oms.place_order("INFY", "buy", 10)  # type: ignore[call-arg]
    oms.place_order("INFY", "long", 10, client_order_id="a")  # type: ignore[arg-type]
    oms.place_order("INFY", "buy", 10.5, client_order_id="a")  # type: ignore[arg-type]
    oms.place_order("INFY", "buy", 10, client_order_id="a", typo=1)  # type: ignore[call-arg]
    oms.mark_executed(1, Decimal(100))  # type: ignore[call-arg]
    oms.list_orders("done")  # type: ignore[arg-type]
    oms.request_cancel("a")  # type: ignore[call-arg]
    oms.hold_order(1, "paused")  # type: ignore[arg-type]
    oms.restate_order(1, split_ratio=1.5)  # type: ignore[arg-type]
    oms.apply_execution_report([("ClOrdID", "a")])  # type: ignore[arg-type]
    str(oms.apply_execution_report({}).status)  # type: ignore[union-attr]
    oms.reconcile([], "2026-01-05", "kite")  # type: ignore[arg-type]
    oms.reconcile([], datetime.now(UTC), "kite", True)  # type: ignore[call-arg]
    order.status = "closed"  # type: ignore[misc]
    str(aoms.get_order(1).status)  # type: ignore[attr-defined]
