"""Many calls sent at once, in pipeline mode: one round trip instead of one per call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import psycopg

from orderstamp._calls import broker, changes, lifecycle, manual, queries, reconciliation, requests, retries
from orderstamp._calls.call import Call
from orderstamp._calls.flavour import Binding, described_by
from orderstamp.errors import translate

P = ParamSpec("P")
T = TypeVar("T")


class Pending(Generic[T]):
    """A call of a batch. Its `result` is there once the batch was sent."""

    __slots__ = ("_fetch", "_result", "call")

    def __init__(self, call: Call[T]) -> None:
        self.call = call
        self._fetch: Callable[[], Sequence[Any]] | None = None
        self._result: list[T] = []

    @property
    def result(self) -> T:
        """What the call returned. Raises RuntimeError before the end of the batch's `with` block, or if it failed."""
        if not self._result:
            if self._fetch is None:
                raise RuntimeError(f"{self.call.name} has no result: its batch was not sent, or failed")
            self._result.append(self.call.read(self._fetch()))
            self._fetch = None
        return self._result[0]

    def resolve(self, fetch: Callable[[], Sequence[Any]]) -> None:
        """The result has arrived; `fetch` makes its rows when somebody asks for them."""
        self._fetch = fetch


def _method(build: Callable[Concatenate[Any, P], Call[T]]) -> Callable[Concatenate[Batch, P], Pending[T]]:
    @described_by(build, "Pending[{}]")
    def collect(self: Batch, /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
        pending = Pending(build(self.binding, *args, **kwargs))
        self.calls.append(pending)
        return pending

    return collect


class Batch:
    """Collects calls; the end of the `with client.batch()` block sends them in order, all or nothing.

    Every method takes what the client's method takes and returns a `Pending` with the same result type.
    """

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.calls: list[Pending[Any]] = []

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


def needs_transaction(autocommit: bool, status: psycopg.pq.TransactionStatus) -> bool:
    """Whether a batch must open a block to be all or nothing.

    On an idle connection without autocommit it must not: the first statement begins the caller's transaction,
    and a block of ours would commit it.
    """
    return autocommit or status is not psycopg.pq.TransactionStatus.IDLE


def explain(error: psycopg.Error, calls: Sequence[Pending[Any]], cursors: Sequence[Any]) -> Exception:
    """The error of a batch as ours, if it is, telling which of the calls it was."""
    succeeded = (psycopg.pq.ExecStatus.TUPLES_OK, psycopg.pq.ExecStatus.COMMAND_OK)
    index = next(
        (i for i, cursor in enumerate(cursors) if not cursor.pgresult or cursor.pgresult.status not in succeeded),
        None,
    )
    ours = translate(error)
    told = ours or error
    if index is not None:
        told.add_note(f"in call {index + 1} of {len(calls)} of the batch: {calls[index].call.name}")
        if ours is not None:
            ours.index = index
    return told
