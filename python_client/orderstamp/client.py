"""The client for psycopg connections and pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from orderstamp._calls import broker, changes, lifecycle, manual, queries, reconciliation, requests, retries
from orderstamp._calls.call import Call
from orderstamp._calls.flavour import Binding, described_by, row_factory
from orderstamp.batch import Batch, explain, needs_transaction
from orderstamp.errors import translated

P = ParamSpec("P")
T = TypeVar("T")


def _method(build: Callable[Concatenate[Any, P], Call[T]]) -> Callable[Concatenate[Orderstamp, P], T]:
    @described_by(build)
    def run(self: Orderstamp, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(build(self.binding, *args, **kwargs))

    return run


class Orderstamp:
    """The calls of `oms` on your connection, joining your transaction; nothing is ever committed behind your back.

    On a connection, calls belong to the transaction you are in (with autocommit, each is its own). On a pool, each
    call and each batch borrows a connection and is a transaction of its own; `on(conn)` binds to one connection.
    """

    def __init__(
        self,
        conn: Connection[Any] | ConnectionPool[Any],
        account: str | None = None,
        actor: str | None = None,
    ) -> None:
        self._source = conn
        self.binding = Binding(account, actor)

    def on(self, conn: Connection[Any]) -> Orderstamp:
        """The same account and actor on another connection, such as one borrowed from a pool for a transaction."""
        return Orderstamp(conn, self.binding.account, self.binding.actor)

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

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Collect calls; at the end of the block they are sent in pipeline mode, in order, all or nothing.

        Results come as `Pending.result`. The exception of a failed call has its position in `index`.
        """
        batch = Batch(self.binding)
        yield batch
        if batch.calls:
            self._send(batch)

    @contextmanager
    def _connection(self) -> Iterator[Connection[Any]]:
        if isinstance(self._source, ConnectionPool):
            with self._source.connection() as conn:
                yield conn
        else:
            yield self._source

    def _run(self, call: Call[T]) -> T:
        with translated(), self._connection() as conn, conn.cursor(row_factory=row_factory(call)) as cursor:
            cursor.execute(call.statement, call.values)
            return call.read(cursor.fetchall())

    def _send(self, batch: Batch) -> None:
        with self._connection() as conn:
            cursors = [conn.cursor(row_factory=row_factory(pending.call)) for pending in batch.calls]
            block = needs_transaction(conn.autocommit, conn.info.transaction_status)
            try:
                with conn.transaction() if block else nullcontext(), conn.pipeline():
                    for pending, cursor in zip(batch.calls, cursors, strict=True):
                        cursor.execute(pending.call.statement, pending.call.values)
            except psycopg.Error as error:
                raise explain(error, batch.calls, cursors) from error
        for pending, cursor in zip(batch.calls, cursors, strict=True):
            pending.resolve(cursor.fetchall)
