"""Sync, async and batch are one: the same methods, parameters, statements, results."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection

from orderstamp import (
    AsyncOrderstamp,
    Batch,
    Decision,
    FixFields,
    Order,
    OrderRequest,
    Orderstamp,
    Position,
    Statistics,
    TimelineEntry,
)
from orderstamp._calls import broker, changes, lifecycle, manual, queries, reconciliation, requests, retries
from orderstamp._calls.flavour import Binding

Conn = Connection[Any]

CALLS = {
    "place_order",
    "accept_order",
    "record_status_check",
    "record_status_checks",
    "mark_executed",
    "mark_rejected",
    "mark_cancelled",
    "mark_failed",
    "record_attempt",
    "retry_order",
    "expire_order",
    "claim_retries",
    "expire_orders",
    "request_cancel",
    "request_replace",
    "acknowledge_request",
    "accept_request",
    "reject_request",
    "bust_fill",
    "correct_fill",
    "hold_order",
    "resume_order",
    "restate_order",
    "apply_execution_report",
    "reconcile",
    "modify_order",
    "adjust_quantity",
    "adjust_quantities",
    "cancel_pending_reentries",
    "record_manual_order",
    "claim_manual_order",
    "dismiss_manual_order",
    "adjust_position",
    "close_position",
    "get_order",
    "find_order",
    "list_orders",
    "timeline",
    "order_statistics",
    "order_as_of",
    "fix_fields",
    "set_context",
}
# What an idempotent client must be given, although SQL has a default for it.
REQUIRED = {("place_order", "client_order_id"), ("mark_executed", "exec_id")}
BOUND = {"account", "actor"}
MODULES = (lifecycle, requests, retries, broker, reconciliation, changes, manual, queries)
# What can't be None.
EMPTY: dict[str, Any] = {"order_ids": [], "report": {}, "adjustments": []}


def public(flavour: type) -> dict[str, Any]:
    return {name: value for name, value in vars(flavour).items() if not name.startswith("_") and callable(value)}


def parameters(method: Callable[..., Any]) -> list[tuple[str, Any, Any, Any]]:
    signature = inspect.signature(method)
    return [(p.name, p.kind, p.default, p.annotation) for p in signature.parameters.values()]


def test_every_flavour_has_every_call() -> None:
    assert set(public(Batch)) == CALLS
    assert set(public(Orderstamp)) == CALLS | {"on", "batch"}
    assert set(public(AsyncOrderstamp)) == CALLS | {"on", "batch"}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_every_flavour_has_the_same_signature(name: str) -> None:
    sync, awaited, collected = (getattr(flavour, name) for flavour in (Orderstamp, AsyncOrderstamp, Batch))
    assert parameters(sync) == parameters(awaited) == parameters(collected)
    result = inspect.signature(sync).return_annotation
    assert inspect.signature(awaited).return_annotation == result
    assert inspect.signature(collected).return_annotation == f"Pending[{result}]"
    assert inspect.iscoroutinefunction(awaited)
    assert not inspect.iscoroutinefunction(sync)
    assert f"`oms.{name}`" in (sync.__doc__ or ""), "the documentation names the function behind the call"
    assert sync.__doc__ == awaited.__doc__ == collected.__doc__


@pytest.mark.parametrize("name", sorted(CALLS))
def test_parameters_and_defaults_are_those_of_the_function(trader: Conn, name: str) -> None:
    row = trader.execute(
        """
        SELECT p.proargnames[1:p.pronargs], pg_get_function_arguments(p.oid)
        FROM pg_proc p WHERE p.pronamespace = 'oms'::regnamespace AND p.proname = %s
        """,
        [name],
    ).fetchone()
    assert row is not None, f"oms.{name} doesn't exist"
    ours = {p.name: p for p in inspect.signature(getattr(Orderstamp, name)).parameters.values() if p.name != "self"}
    assert set(ours) - {"actor"} == set(row[0]) - BOUND
    for argument in re.split(r", (?=\w+ \w+)", row[1]):
        parameter, _, default = argument.partition(" DEFAULT ")
        parameter = parameter.split()[0]
        if parameter in BOUND:
            continue
        if (name, parameter) in REQUIRED or not default:
            assert ours[parameter].default is inspect.Parameter.empty, f"{parameter} must be given"
            continue
        literal = re.sub(r"::[\w \[\]]+$", "", default).strip("'")
        spelled = {"NULL": "None", "{}": "None", "true": "True", "false": "False", "00:01:00": "0:01:00"}
        expected = spelled.get(literal, literal)
        assert str(ours[parameter].default) == expected, f"default of {parameter}"


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_statement_gives_every_parameter_by_name(trader: Conn, name: str) -> None:
    build = next(getattr(module, name) for module in MODULES if hasattr(module, name))
    signature = inspect.signature(build)
    given: dict[str, Any] = {name: EMPTY.get(name) for name in signature.parameters if name != "self"}
    call = build(Binding("default", "ana"), **given)
    statement = call.statement.decode()
    row = trader.execute(
        "SELECT proargnames[1:pronargs] FROM pg_proc WHERE pronamespace = 'oms'::regnamespace AND proname = %s", [name]
    ).fetchone()
    assert row is not None
    assert re.findall(r"(\w+) => %\((\w+)\)s", statement) == [(parameter, parameter) for parameter in row[0]]
    assert "*" not in statement
    assert "account =>" not in build(Binding(), **given).statement.decode()
    assert call.name == name


def test_a_result_names_columns_that_exist(trader: Conn) -> None:
    for row_type, source in (
        (Order, "oms.orders"),
        (OrderRequest, "oms.order_requests"),
        (Decision, "oms.reconciliation_decisions"),
        (FixFields, "oms.fix_fields(NULL)"),
        (Position, "oms.positions"),
        (Statistics, "oms.order_statistics()"),
        (TimelineEntry, "oms.timeline(0)"),
    ):
        assert vars(row_type)["__dataclass_params__"].frozen
        assert "__slots__" in vars(row_type)
        names = ", ".join(field.name for field in fields(row_type))
        prepared = f"PREPARE a AS SELECT {names} FROM {source}; DEALLOCATE a"
        trader.execute(prepared.encode())


Step = Callable[[Any, dict[str, Any]], Any]
WHEN = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
REPORT = {
    "OrderID": "B-4",
    "ExecID": "E-1",
    "ExecType": "F",
    "OrdStatus": "1",
    "Symbol": "HDFC",
    "Side": "1",
    "OrderQty": 10,
    "LastQty": 4,
    "LastPx": Decimal("1650.5"),
    "CumQty": 4,
    "LeavesQty": 6,
    "TransactTime": WHEN,
}
BOOK = [
    {"order_id": "K-1", "tradingsymbol": "HDFC", "transaction_type": "SELL", "quantity": 5, "price": 1650.5}
    | {"order_type": "LIMIT", "status": "COMPLETE", "filled_quantity": 5, "average_price": 1650.75}
    | {"order_timestamp": WHEN.replace(tzinfo=None), "exchange_timestamp": WHEN},
    {"order_id": "B-9", "status": "GONE FISHING"},
]
CANCEL_REJECT = {"MsgType": "9", "ClOrdID": "x-2", "OrigClOrdID": "x-1", "OrderID": "NONE", "OrdStatus": "8"}

SCENARIO: list[tuple[str, Step]] = [
    ("a", lambda c, _: c.place_order("INFY", "buy", 10, variety="amo", client_order_id="a", metadata={"x": [1.5]})),
    ("again", lambda c, _: c.place_order("INFY", "buy", 10, variety="amo", client_order_id="a", metadata={"x": [1.5]})),
    ("accepted", lambda c, s: c.accept_order(s["a"].order_id, "B-1", occurred_at=WHEN)),
    ("batch", lambda c, _: c.adjust_quantities([{"client_order_id": "a", "quantity": 9}], occurred_at=WHEN)),
    ("adjusted", lambda c, s: c.adjust_quantity(s["a"].order_id, 8, "less margin")),
    ("modified", lambda c, s: c.modify_order(s["a"].order_id, limit_price=Decimal("99.5"), metadata={"y": None})),
    ("checked", lambda c, s: c.record_status_check(s["a"].order_id)),
    ("checks", lambda c, s: c.record_status_checks([s["a"].order_id])),
    ("part", lambda c, s: c.mark_executed(s["a"].order_id, Decimal("99.25"), 3, exec_id="1", fees=Decimal("0.07"))),
    ("rest", lambda c, s: c.mark_executed(s["a"].order_id, 100, exec_id="2", trade_date=WHEN.date())),
    ("twice", lambda c, s: c.mark_executed(s["a"].order_id, 100, exec_id="2", trade_date=WHEN.date())),
    ("b", lambda c, _: c.place_order("TCS", "sell", 5, "limit", 3500, client_order_id="b", book="core")),
    ("failed", lambda c, s: c.mark_failed(s["b"].order_id, "no network")),
    ("attempted", lambda c, s: c.record_attempt(s["b"].order_id, "read timed out", occurred_at=WHEN)),
    ("retried", lambda c, s: c.retry_order(s["b"].order_id, "network is back")),
    ("rejected", lambda c, s: c.mark_rejected(s["b"].order_id, "no margin")),
    ("claimed_retries", lambda c, _: c.claim_retries("w1", 5, timedelta(seconds=90))),
    ("given_up", lambda c, _: c.expire_orders("too late", occurred_at=WHEN)),
    ("cancelled", lambda c, s: c.mark_cancelled(s["b"].order_id)),
    ("c", lambda c, s: c.place_order("TCS", "buy", 1, client_order_id="c", parent_order_id=s["b"].order_id)),
    ("expired", lambda c, s: c.expire_order(s["c"].order_id)),
    ("manual", lambda c, _: c.record_manual_order("WEB-1", "WIPRO", "buy", 5, 550, broker="zerodha")),
    ("dismissed", lambda c, s: c.dismiss_manual_order(s["manual"].order_id, "not ours")),
    ("claimed", lambda c, s: c.claim_manual_order(s["manual"].order_id, "momentum", "it is ours", occurred_at=WHEN)),
    ("reentry", lambda c, _: c.place_order("INFY", "buy", 5, client_order_id="re", entry_type="reentry")),
    ("called_off", lambda c, _: c.cancel_pending_reentries("INFY")),
    ("cash", lambda c, _: c.place_order("SBIN", "buy", None, client_order_id="cash", cash_quantity=1000)),
    ("learned", lambda c, s: c.accept_order(s["cash"].order_id, "B-2", 12)),
    ("d", lambda c, _: c.place_order("SBIN", "buy", 10, "limit", 600, client_order_id="d", broker_order_id="B-3")),
    ("replace", lambda c, _: c.request_replace("d", "d-2", 12, Decimal("605.5"), occurred_at=WHEN)),
    ("pending", lambda c, _: c.acknowledge_request("d-2")),
    ("granted", lambda c, _: c.accept_request("d-2", limit_price=605)),
    ("cancel", lambda c, _: c.request_cancel("d-2", "d-3", "changed my mind")),
    ("refused", lambda c, _: c.reject_request("d-3", "too late", occurred_at=WHEN)),
    ("first", lambda c, s: c.mark_executed(s["d"].order_id, 605, 4, exec_id="1")),
    ("corrected", lambda c, s: c.correct_fill(s["d"].order_id, "1", price=604, new_exec_id="2")),
    ("busted", lambda c, s: c.bust_fill(s["d"].order_id, "2", "clearly erroneous", "3", occurred_at=WHEN)),
    ("held", lambda c, s: c.hold_order(s["d"].order_id, "suspended", "halted", WHEN.date())),
    ("resumed", lambda c, s: c.resume_order(s["d"].order_id)),
    ("restated", lambda c, s: c.restate_order(s["d"].order_id, 11, reason="odd lot", occurred_at=WHEN)),
    ("reported", lambda c, _: c.apply_execution_report(REPORT, "zerodha")),
    ("unknown", lambda c, _: c.apply_execution_report(CANCEL_REJECT)),
    ("planned", lambda c, _: c.reconcile(BOOK, WHEN, "zerodha", profile="kite", dry_run=True)),
    ("reconciled", lambda c, _: c.reconcile(BOOK, WHEN, "zerodha", profile="kite", complete=False, book="core")),
    ("fix", lambda c, s: c.fix_fields(s["d"].order_id)),
    ("no_fix", lambda c, _: c.fix_fields(None)),
    ("position", lambda c, _: c.adjust_position("WIPRO", -4, Decimal("549.5"), "opening balance")),
    ("closed", lambda c, _: c.close_position("INFY", 101, "square off")),
    ("context", lambda c, _: c.set_context(reason="x", correlation_id="y")),
    ("get", lambda c, s: c.get_order(s["a"].order_id)),
    ("find", lambda c, _: c.find_order(broker_order_id="WEB-1", broker="zerodha")),
    ("nobody", lambda c, _: c.find_order("nobody")),
    ("page", lambda c, _: c.list_orders(max_rows=2)),
    ("next", lambda c, s: c.list_orders(None, s["page"][-1].updated_at, 100, s["page"][-1].order_id)),
    ("timeline", lambda c, s: c.timeline(s["a"].order_id)),
    ("statistics", lambda c, _: c.order_statistics()),
    ("as_of", lambda c, s: c.order_as_of(s["a"].order_id, s["accepted"].updated_at)),
    ("before", lambda c, s: c.order_as_of(s["a"].order_id, s["a"].placed_at - timedelta(seconds=1))),
]


def masked(value: Any) -> Any:
    """What must be equal: everything but our ids, the clock and the account."""
    if isinstance(value, list):
        return [masked(item) for item in value]
    if is_dataclass(value):
        return {field.name: masked(getattr(value, field.name)) for field in fields(value)} | {"account": "-"}
    if isinstance(value, dict):
        return {name: masked(item) for name, item in value.items() if name != "last_fill_id"}
    if isinstance(value, datetime):
        return value if value == WHEN else "some time"
    if isinstance(value, timedelta):
        return "some time"
    return "an id" if isinstance(value, int) and value > 1000 else value


async def test_sync_async_and_batch_behave_the_same(dsn: str) -> None:
    # Ids large enough that the mask can tell them from numbers.
    results: dict[str, dict[str, Any]] = {"sync": {}, "async": {}, "batch": {}}
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("ALTER TABLE oms.orders ALTER order_id RESTART WITH 100000")
        conn.execute("ALTER TABLE oms.reconciliations ALTER reconciliation_id RESTART WITH 100000")
        client = Orderstamp(conn, "sync", "ana")
        for name, step in SCENARIO:
            results["sync"][name] = step(client, results["sync"])
        client = Orderstamp(conn, "batch", "ana")
        for name, step in SCENARIO:
            with client.batch() as batch:
                pending = step(batch, results["batch"])
            results["batch"][name] = pending.result
    async with await AsyncConnection.connect(dsn, autocommit=True) as aconn:
        aclient = AsyncOrderstamp(aconn, "async", "ana")
        for name, step in SCENARIO:
            called: Awaitable[Any] = step(aclient, results["async"])
            results["async"][name] = await called
    for name, _ in SCENARIO:
        assert masked(results["async"][name]) == masked(results["sync"][name]), name
        assert masked(results["batch"][name]) == masked(results["sync"][name]), name
    assert {name: len(found) for name, found in results.items()} == dict.fromkeys(results, len(SCENARIO))


def test_the_scenario_calls_everything() -> None:
    source = inspect.getsource(inspect.getmodule(masked) or inspect)
    scenario = source[source.index("SCENARIO: ") : source.index("def masked")]
    assert set(re.findall(r"c\.(\w+)\(", scenario)) == CALLS
