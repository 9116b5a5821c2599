"""The client for psycopg's async connections and pools: the same calls, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from orderstamp._calls import broker, changes, lifecycle, manual, queries, reconciliation, requests, retries
from orderstamp._calls.call import Call
from orderstamp._calls.flavour import Binding, described_by, row_factory
from orderstamp.batch import Batch, explain, needs_transaction
from orderstamp.errors import translated

P = ParamSpec("P")
T = TypeVar("T")


def _method(
    build: Callable[Concatenate[Any, P], Call[T]],
) -> Callable[Concatenate[AsyncOrderstamp, P], Coroutine[Any, Any, T]]:
    @described_by(build)
    async def run(self: AsyncOrderstamp, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(build(self.binding, *args, **kwargs))

    return run


class AsyncOrderstamp:
    """`Orderstamp` for async connections and pools: the same methods, parameters, results and errors."""

    def __init__(
        self,
        conn: AsyncConnection[Any] | AsyncConnectionPool[Any],
        account: str | None = None,
        actor: str | None = None,
    ) -> None:
        self._source = conn
        self.binding = Binding(account, actor)

    def on(self, conn: AsyncConnection[Any]) -> AsyncOrderstamp:
        """The same account and actor on another connection, such as one borrowed from a pool for a transaction."""
        return AsyncOrderstamp(conn, self.binding.account, self.binding.actor)

    place_order = _method(lifecycle.place_order)
    accept_order = _method(lifecycle.accept_order)
    mark_executed = _method(lifecycle.mark_executed)
    mark_rejected = _method(lifecycle.mark_rejected)
    mark_cancelled = _method(lifecycle.mark_cancelled)
    mark_failed = _method(lifecycle.mark_failed)
    record_attempt = _method(lifecycle.record_attempt)
    retry_order = _method(lifecycle.retry_order)
    expire_order = _method(lifecycle.expire_order)
    claim_retries = _method(retries.claim_retries)
    expire_orders = _method(retries.expire_orders)
    request_cancel = _method(requests.request_cancel)
    request_replace = _method(requests.request_replace)
    acknowledge_request = _method(requests.acknowledge_request)
    accept_request = _method(requests.accept_request)
    reject_request = _method(requests.reject_request)
    bust_fill = _method(broker.bust_fill)
    correct_fill = _method(broker.correct_fill)
    hold_order = _method(broker.hold_order)
    resume_order = _method(broker.resume_order)
    restate_order = _method(broker.restate_order)
    apply_execution_report = _method(broker.apply_execution_report)
    reconcile = _method(reconciliation.reconcile)
    record_status_check = _method(changes.record_status_check)
    record_status_checks = _method(changes.record_status_checks)
    modify_order = _method(changes.modify_order)
    adjust_quantity = _method(changes.adjust_quantity)
    adjust_quantities = _method(changes.adjust_quantities)
    cancel_pending_reentries = _method(changes.cancel_pending_reentries)
    record_manual_order = _method(manual.record_manual_order)
    claim_manual_order = _method(manual.claim_manual_order)
    dismiss_manual_order = _method(manual.dismiss_manual_order)
    adjust_position = _method(changes.adjust_position)
    close_position = _method(changes.close_position)
    set_context = _method(changes.set_context)
    get_order = _method(queries.get_order)
    find_order = _method(queries.find_order)
    list_orders = _method(queries.list_orders)
    timeline = _method(queries.timeline)
    order_statistics = _method(queries.order_statistics)
    order_as_of = _method(queries.order_as_of)
    fix_fields = _method(queries.fix_fields)

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch]:
        """Collect calls; at the end of the block they are sent in pipeline mode, in order, all or nothing.

        The batch's methods only collect, so they are not awaited. Results come as `Pending.result`. The exception
        of a failed call has its position in `index`.
        """
        batch = Batch(self.binding)
        yield batch
        if batch.calls:
            await self._send(batch)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        if isinstance(self._source, AsyncConnectionPool):
            async with self._source.connection() as conn:
                yield conn
        else:
            yield self._source

    async def _run(self, call: Call[T]) -> T:
        with translated():
            async with self._connection() as conn, conn.cursor(row_factory=row_factory(call)) as cursor:
                await cursor.execute(call.statement, call.values)
                return call.read(await cursor.fetchall())

    async def _send(self, batch: Batch) -> None:
        async with self._connection() as conn:
            cursors = [conn.cursor(row_factory=row_factory(pending.call)) for pending in batch.calls]
            block = needs_transaction(conn.autocommit, conn.info.transaction_status)
            try:
                async with conn.transaction() if block else nullcontext(), conn.pipeline():
                    for pending, cursor in zip(batch.calls, cursors, strict=True):
                        await cursor.execute(pending.call.statement, pending.call.values)
                    results = [await cursor.fetchall() for cursor in cursors]
            except psycopg.Error as error:
                raise explain(error, batch.calls, cursors) from error
        for pending, rows in zip(batch.calls, results, strict=True):
            pending.resolve(partial(list, rows))
