"""Reconciling through the client: what a broker's book says arrives as it was said, the decisions come back typed."""

from __future__ import annotations

import json
from collections import UserDict
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from orderstamp import AsyncOrderstamp, Decision, InvalidArgument, Orderstamp, WrongAccount
from orderstamp._calls.snapshot import snapshot_text
from orderstamp.resources import checkout

Conn = Connection[Any]

ROOT = checkout()
assert ROOT is not None
RECORDED = ROOT.parent / "shared/data"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded books are not here: shared/data")
BOOKS = {
    "kite/orders.json": "kite",
    "kite/trades.json": "kite",
    "kotak_neo/captured_order_report.json": "kotak_neo",
    "ccxt/kraken.json": "ccxt",
    "ccxt_derived/binance.json": "ccxt",
    "alpaca/orders.json": "alpaca",
}


def now() -> datetime:
    return datetime.now(UTC)


def entry(**fields: Any) -> dict[str, Any]:
    """An order of ten shares as Kite writes it, four executed."""
    order: dict[str, Any] = {"order_id": "K-1", "tradingsymbol": "INFY", "transaction_type": "BUY", "quantity": 10}
    order |= {"order_type": "LIMIT", "price": 100, "status": "OPEN", "filled_quantity": 4, "average_price": 99.5}
    return order | {"order_timestamp": "2026-01-05 09:15:00"} | fields


def stored(conn: Conn) -> str:
    row = conn.execute("SELECT snapshot::text FROM oms.reconciliations ORDER BY reconciliation_id DESC").fetchone()
    assert row is not None
    return str(row[0])


def test_decisions_are_typed(client: Orderstamp) -> None:
    placed = client.place_order("INFY", "buy", 10, "limit", 100, client_order_id="a", broker_order_id="K-1")
    client.mark_failed(placed.order_id, "connection refused")
    decisions = client.reconcile([entry()], now(), "kite")
    assert [(d.decision_no, d.decision, d.order_id) for d in decisions] == [
        (1, "accepted", placed.order_id),
        (2, "executed", placed.order_id),
    ]
    executed = decisions[1]
    assert (executed.broker_order_id, executed.symbol, executed.account) == ("K-1", "INFY", "default")
    assert executed.occurred_at == datetime(2026, 1, 5, 3, 45, tzinfo=UTC), "Kite writes the time of Mumbai"
    (fill,) = executed.changes["fills"]
    assert (fill["quantity"], fill["price"]) == (Decimal(4), Decimal("99.5"))
    assert {type(fill[name]) for name in ("quantity", "price")} == {Decimal}
    assert executed.reconciliation_id is not None
    order = client.get_order(placed.order_id)
    assert (order.status, order.execution_qty, order.execution_price) == ("ongoing", Decimal(4), Decimal("99.5"))
    last = client.timeline(placed.order_id)[-1]
    assert (last.actor, last.correlation_id) == ("ana", f"sha256:{executed.digest}")
    assert [d.decision for d in client.reconcile([entry()], now(), "kite")] == ["matched"]


async def test_awaited_and_collected(async_client: AsyncOrderstamp, client: Orderstamp) -> None:
    planned = await async_client.reconcile([entry()], now(), "kite", dry_run=True)
    assert [d.decision for d in planned] == ["manual", "executed"]
    assert {d.reconciliation_id for d in planned} == {None}
    with client.batch() as batch:
        pending = batch.reconcile([entry()], now(), "kite")
        after = batch.find_order(broker_order_id="K-1", broker="kite")
    assert [(d.decision, d.changes) for d in pending.result] == [(d.decision, d.changes) for d in planned]
    assert after.result is not None
    assert (after.result.book, after.result.entry_type, after.result.execution_qty) == ("manual", "manual", Decimal(4))


def test_a_dry_run_plans_what_a_run_does(client: Orderstamp, trader: Conn) -> None:
    client.place_order("TCS", "buy", 1, client_order_id="gone", broker_order_id="K-9")
    when = now()
    planned = client.reconcile([entry(), entry(order_id="K-2", status="?")], when, "kite", dry_run=True, book="web")
    assert trader.execute("SELECT count(*) FROM oms.reconciliations").fetchone() == (0,)
    assert len(client.list_orders()) == 1
    done = client.reconcile([entry(), entry(order_id="K-2", status="?")], when, "kite", book="web")

    def told(decisions: list[Decision]) -> list[tuple[Any, ...]]:
        return [(d.decision_no, d.decision, d.broker_order_id, d.changes, d.reason, d.digest) for d in decisions]

    assert told(planned) == told(done)
    kinds = [d.decision for d in done]
    assert sorted(kinds) == ["discrepancy", "executed", "executed", "manual", "manual", "missing"]
    assert {order.book for order in client.list_orders() if order.entry_type == "manual"} == {"web"}


def test_a_partial_book_misses_nothing(client: Orderstamp) -> None:
    client.place_order("TCS", "buy", 1, client_order_id="a", broker_order_id="K-9")
    assert client.reconcile([], now(), "kite", complete=False) == []
    assert [d.decision for d in client.reconcile([], now(), "kite")] == ["missing"]


DIGITS = ["100.1000000000000000000000000000000001", "0.1", "12345678901234567890.5", "1E-12", "7.50"]


@pytest.mark.parametrize("digits", DIGITS)
def test_text_and_bytes_arrive_as_they_were_sent(client: Orderstamp, trader: Conn, digits: str) -> None:
    text = json.dumps([entry(order_id="9223372036854775809")]).replace("99.5", digits)
    for sent in (text, text.encode(), b"\xef\xbb\xbf" + text.encode()):
        decisions = client.reconcile(sent, now(), "kite", dry_run=True)
        assert decisions[1].changes["fills"][0]["price"] == Decimal(digits)
        assert decisions[1].broker_order_id == "9223372036854775809"
    client.reconcile(text, now(), "kite")
    (kept,) = json.loads(stored(trader), parse_float=str)
    assert kept["average_price"] == format(Decimal(digits), "f")
    assert trader.execute("SELECT price FROM oms.fills").fetchone() == (Decimal(digits),)


@pytest.mark.parametrize("digits", DIGITS)
def test_a_decimal_arrives_as_text_does(client: Orderstamp, digits: str) -> None:
    text = json.dumps([entry()]).replace("99.5", digits)
    when = now()
    sent = client.reconcile(text, when, "kite", dry_run=True)
    assert client.reconcile(json.loads(text, parse_float=Decimal), when, "kite", dry_run=True) == sent


@pytest.mark.parametrize("price", [0.1, 37.375, 1234567.123, 1e22, 5e-324, 0.1 + 0.2])
def test_a_float_arrives_with_the_digits_it_has(client: Orderstamp, price: float) -> None:
    expected = Decimal(repr(price))
    for book in ([entry(average_price=price)], [entry(average_price=price, guid=Decimal(1))]):
        decisions = client.reconcile(book, now(), "kite", dry_run=True)
        if price > 1e-20:
            assert decisions[1].changes["fills"][0]["price"] == expected
        (kept,) = json.loads(snapshot_text(book), parse_float=Decimal)
        assert kept["average_price"] == expected


def test_what_is_no_number_concerns_its_order_alone(client: Orderstamp) -> None:
    book = [entry(average_price=float("nan")), entry(order_id="K-2", filled_quantity=0)]
    found = {d.broker_order_id: d.reason for d in client.reconcile(book, now(), "kite") if d.decision == "discrepancy"}
    assert list(found) == ["K-1"]
    assert "a number that is none" in (found["K-1"] or "")


class Word(StrEnum):
    """As libraries of brokers have them."""

    OPEN = "OPEN"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10**30, "1" + "0" * 30),
        (1.5, "1.5"),
        (Decimal("1.10"), "1.10"),
        (float("inf"), '"Infinity"'),
        (datetime(2026, 1, 5, 9, 15), '"2026-01-05T09:15:00"'),
        (datetime(2026, 1, 5, 9, 15, tzinfo=UTC), '"2026-01-05T09:15:00+00:00"'),
        (time(9, 15), '"09:15:00"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Word.OPEN, '"OPEN"'),
        (None, "null"),
        ({"inner": (1.5, UUID(int=0))}, '{"inner": [1.5, "00000000-0000-0000-0000-000000000000"]}'),
        (UserDict(x=2.5), '{"x": 2.5}'),
    ],
)
def test_what_libraries_make_of_an_answer_becomes_json(value: object, text: str) -> None:
    assert snapshot_text([{"x": value}]) == f'[{{"x": {text}}}]'


def test_a_time_without_zone_is_the_brokers(client: Orderstamp) -> None:
    (manual, _) = client.reconcile([entry(order_timestamp=datetime(2026, 1, 5, 9, 15))], now(), "kite", dry_run=True)
    assert manual.occurred_at == datetime(2026, 1, 5, 3, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("", "Expecting value"),
        ("<html>503</html>", "Expecting value"),
        ('[{"order_id": 1', "Expecting"),
        ('[{"price": NaN}]', "NaN is no JSON number"),
        (b'["\xff"]', "can't decode byte"),
        ("[" * 100_000, "nested too deeply"),
        ([{"x": {1, 2}}], "pass text, numbers"),
        ([{"x": b"raw"}], "pass text, numbers"),
    ],
)
def test_what_is_no_json_is_refused_before_it_is_sent(client: Orderstamp, sent: Any, why: str) -> None:
    with pytest.raises(InvalidArgument, match=why) as caught:
        client.reconcile(sent, now(), "kite")
    assert caught.value.detail["argument"] == "snapshot"
    assert caught.value.hint


@pytest.mark.parametrize("sent", ["null", "{}", '{"error": "session expired"}', "7", '"[]"', {"stat": "Not_Ok"}])
def test_what_is_no_book_is_refused(client: Orderstamp, sent: Any) -> None:
    with pytest.raises(InvalidArgument, match="a list of orders") as caught:
        client.reconcile(sent, now(), "kite")
    assert caught.value.detail["argument"] == "snapshot"


def test_when_and_whose_it_is_must_be_said(client: Orderstamp) -> None:
    book = [entry()]
    with pytest.raises(InvalidArgument, match="time zone") as caught:
        client.reconcile(book, datetime(2026, 1, 5, 9, 15), "kite")
    assert caught.value.detail["argument"] == "observed_at"
    with pytest.raises(InvalidArgument, match="a time that has come"):
        client.reconcile(book, now() + timedelta(hours=1), "kite")
    with pytest.raises(InvalidArgument, match="kite") as caught:
        client.reconcile(book, now(), "zerodha")
    assert caught.value.detail == {"argument": "profile", "value": "zerodha"}
    assert len(client.reconcile(book, now(), "zerodha", profile="kite", dry_run=True)) == 2


def test_another_account_is_refused(trader: Conn) -> None:
    with pytest.raises(WrongAccount):
        Orderstamp(trader, "fund-7").reconcile([entry()], now(), "kite", dry_run=True)


@recorded
@pytest.mark.parametrize("name", BOOKS)
def test_recorded_books_say_the_same_as_text_and_as_objects(client: Orderstamp, trader: Conn, name: str) -> None:
    path, when = Path(RECORDED, name), now()
    sent = path.read_bytes()
    plans = [
        client.reconcile(form, when, "acme", profile=BOOKS[name], dry_run=True)
        for form in (sent, sent.decode(), json.loads(sent, parse_float=Decimal), json.loads(sent))
    ]
    assert plans[0]
    assert plans[0] == plans[1] == plans[2]
    # Of a float only zeros at its end are gone, and with them the digest of what was sent.
    facts = [[(d.decision, d.broker_order_id, d.symbol, d.reason, d.occurred_at) for d in plan] for plan in plans]
    assert facts[3] == facts[0]
    client.reconcile(sent, when, "acme", profile=BOOKS[name])
    assert trader.execute("SELECT snapshot = %s::jsonb FROM oms.reconciliations", [sent.decode()]).fetchone() == (True,)
