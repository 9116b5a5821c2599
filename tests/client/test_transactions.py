"""The client joins the caller's transaction and never ends it; a batch is all or nothing."""

# ruff: noqa: PT012 - a batch is refused at the end of its block
from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool, NullConnectionPool

from orderstamp import AsyncOrderstamp, OrderNotFound, Orderstamp

Conn = Connection[Any]


def count(conn: Conn) -> int:
    """Orders and events that this connection sees."""
    row = conn.execute("SELECT (SELECT count(*) FROM oms.orders) + (SELECT count(*) FROM oms.order_events)").fetchone()
    assert row is not None
    return int(row[0])


def test_rollback_of_the_caller_leaves_nothing(transaction: Conn, trader: Conn) -> None:
    client = Orderstamp(transaction, "default", "ana")
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    client.mark_executed(order.order_id, 100, exec_id="1")
    with client.batch() as batch:
        batch.place_order("INFY", "sell", 10, client_order_id="b")
        batch.record_status_check(order.order_id)
    assert transaction.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
    assert count(trader) == 0, "nobody else sees it before the commit"
    transaction.rollback()
    assert count(trader) == 0
    assert client.find_order("a") is None


def test_a_batch_that_begins_the_transaction_does_not_end_it(transaction: Conn, trader: Conn) -> None:
    client = Orderstamp(transaction)
    with client.batch() as batch:
        batch.place_order("INFY", "buy", 10, client_order_id="a")
    assert transaction.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
    assert count(trader) == 0
    transaction.commit()
    assert count(trader) == 2


def test_calls_join_with_raw_sql_of_the_caller(transaction: Conn, trader: Conn) -> None:
    client = Orderstamp(transaction, actor="ana")
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    client.set_context(reason="limit moved", correlation_id="req-7")
    transaction.execute("UPDATE oms.orders SET limit_price = 99 WHERE order_id = %s", [order.order_id])
    event = client.timeline(order.order_id)[-1]
    assert (event.actor, event.reason, event.correlation_id) == ("ana", "limit moved", "req-7")
    transaction.commit()
    assert count(trader) == 3


def test_a_refused_call_in_a_savepoint_leaves_the_rest(transaction: Conn, trader: Conn) -> None:
    client = Orderstamp(transaction)
    client.place_order("INFY", "buy", 10, client_order_id="a")
    with pytest.raises(OrderNotFound), transaction.transaction():
        client.get_order(1_000_000)
    with pytest.raises(OrderNotFound), client.batch() as batch:
        batch.place_order("INFY", "buy", 10, client_order_id="b")
        batch.get_order(1_000_000)
    client.place_order("INFY", "buy", 10, client_order_id="c")
    transaction.commit()
    found = [order.client_order_id for order in Orderstamp(trader).list_orders()]
    assert found == ["a", "c"], "the failed batch is undone to its beginning, what came before stays"


def test_a_batch_returns_typed_results_in_order(client: Orderstamp) -> None:
    with client.batch() as batch:
        placed = [batch.place_order("INFY", "buy", n, client_order_id=f"c-{n}") for n in range(1, 40)]
        nobody = batch.find_order("nobody")
        statistics = batch.order_statistics()
        with pytest.raises(RuntimeError, match="place_order has no result"):
            assert placed[0].result
    assert [int(pending.result.quantity or 0) for pending in placed] == list(range(1, 40))
    assert nobody.result is None
    assert statistics.result[0].orders == 39
    with client.batch() as batch:
        stamped = batch.record_status_checks([pending.result.order_id for pending in placed])
        told = batch.set_context(reason="x")
    assert stamped.result == 39
    assert told.result is None


@pytest.mark.parametrize("at", [0, 1, 7])
def test_a_refused_batch_names_the_call_and_leaves_nothing(client: Orderstamp, trader: Conn, at: int) -> None:
    with pytest.raises(OrderNotFound) as caught, client.batch() as batch:
        for n in range(8):
            if n == at:
                failing = batch.get_order(1_000_000)
            else:
                batch.place_order("INFY", "buy", 1, client_order_id=f"c-{n}")
    assert caught.value.index == at
    assert f"call {at + 1} of 8 of the batch: get_order" in "".join(caught.value.__notes__)
    assert count(trader) == 0
    with pytest.raises(RuntimeError):
        assert failing.result


def test_an_error_of_the_caller_sends_nothing(client: Orderstamp, trader: Conn) -> None:
    with pytest.raises(KeyError), client.batch() as batch:
        batch.place_order("INFY", "buy", 1, client_order_id="a")
        raise KeyError
    assert count(trader) == 0
    with client.batch():
        pass


@pytest.mark.parametrize("kind", [ConnectionPool, NullConnectionPool])
def test_on_a_pool_each_call_is_a_transaction(trader_dsn: str, trader: Conn, kind: type[ConnectionPool[Any]]) -> None:
    with kind(trader_dsn, min_size=0, max_size=2, open=True) as pool:
        client = Orderstamp(pool, "default", "ana")
        order = client.place_order("INFY", "buy", 10, client_order_id="a")
        assert count(trader) == 2, "committed with the call"
        with pytest.raises(OrderNotFound), client.batch() as batch:
            batch.mark_executed(order.order_id, 100, exec_id="1")
            batch.get_order(1_000_000)
        assert count(trader) == 2
        with pool.connection() as conn:
            bound = client.on(conn)
            bound.mark_executed(order.order_id, 100, exec_id="1")
            conn.rollback()
        assert client.get_order(order.order_id).status == "pending"
        assert client.timeline(order.order_id)[0].actor == "ana"


async def test_the_async_client_on_connection_and_pool(trader_dsn: str, trader: Conn) -> None:
    async with AsyncConnectionPool(trader_dsn, min_size=0, max_size=2, open=False) as pool:
        client = AsyncOrderstamp(pool, "default", "ana")
        order = await client.place_order("INFY", "buy", 10, client_order_id="a")
        assert count(trader) == 2
        async with pool.connection() as conn:
            bound = client.on(conn)
            async with bound.batch() as batch:
                executed = batch.mark_executed(order.order_id, 100, exec_id="1")
            assert executed.result.status == "ongoing"
            await conn.rollback()
        assert (await client.get_order(order.order_id)).status == "pending"
        with pytest.raises(OrderNotFound) as caught:
            async with client.batch() as batch:
                batch.mark_executed(order.order_id, 100, exec_id="1")
                batch.get_order(1_000_000)
        assert caught.value.index == 1
        assert count(trader) == 2


@pytest.mark.unpooled  # what is set for a session is found in that session only
def test_without_an_account_the_session_decides(owner: Conn) -> None:
    owner.execute("SET oms.account = 'other'; SET oms.actor = 'psql'")
    order = Orderstamp(owner).place_order("INFY", "buy", 1, client_order_id="a")
    assert order.account == "other"
    assert Orderstamp(owner).timeline(order.order_id)[0].actor == "psql"
    assert Orderstamp(owner, "default").find_order("a") is None
    assert [row.orders for row in Orderstamp(owner).order_statistics()] == [1, 0, 0, 0, 0]
    mine = Orderstamp(owner, "mine", "ana").place_order("INFY", "buy", 1, client_order_id="a")
    assert (mine.account, Orderstamp(owner, "mine").timeline(mine.order_id)[0].actor) == ("mine", "ana")


def test_an_added_column_breaks_nothing(client: Orderstamp, owner: Conn) -> None:
    def everything(name: str) -> None:
        # More than prepare_threshold times, so that plans are prepared before and used after the change.
        orders = [client.place_order("INFY", "buy", 2, client_order_id=f"{name}-{n}") for n in range(8)]
        for order in orders:
            client.mark_executed(order.order_id, 100, exec_id="1")
            client.timeline(order.order_id)
            client.record_status_check(order.order_id)
        client.list_orders()
        for n in range(8):
            client.place_order("TCS", "buy", 2, client_order_id=f"{name}-asked-{n}")
            client.request_cancel(f"{name}-asked-{n}", f"{name}-cancel-{n}")
        client.adjust_position("INFY", 10)
        client.close_position("INFY")

    everything("before")
    for table in ("orders", "positions", "fills", "order_events", "order_requests"):
        owner.execute(f"ALTER TABLE oms.{table} ADD COLUMN added_later text DEFAULT 'x'".encode())
    everything("after")
