"""Every code of the registry is one exception; whatever isn't ours passes through."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import Connection

import orderstamp
from orderstamp import (
    ActorRequired,
    AppendOnly,
    DuplicateMismatch,
    ExecutionLowered,
    IllegalTransition,
    ImmutableColumn,
    InvalidArgument,
    NothingHeld,
    NotInstalled,
    OrderNotFound,
    Orderstamp,
    OrderstampError,
    Overfill,
    StaleVersion,
    WrongAccount,
)
from orderstamp.errors import BY_SQLSTATE, translated
from orderstamp.migrate import rollback

Conn = Connection[Any]

REGISTRY = {
    "OM001": ("order_not_found", OrderNotFound),
    "OM002": ("illegal_transition", IllegalTransition),
    "OM003": ("immutable_column", ImmutableColumn),
    "OM004": ("append_only", AppendOnly),
    "OM005": ("duplicate_mismatch", DuplicateMismatch),
    "OM006": ("overfill", Overfill),
    "OM007": ("invalid_argument", InvalidArgument),
    "OM008": ("stale_version", StaleVersion),
    "OM009": ("wrong_account", WrongAccount),
    "OM010": ("execution_lowered", ExecutionLowered),
    "OM011": ("nothing_held", NothingHeld),
    "OM012": ("actor_required", ActorRequired),
    "OM090": ("not_installed", NotInstalled),
}


def test_database_and_client_have_the_same_registry(trader: Conn) -> None:
    rows = trader.execute("SELECT sqlstate, condition FROM oms.error_codes").fetchall()
    assert dict(rows) == {code: condition for code, (condition, _) in REGISTRY.items()}
    assert {code: error for code, (_, error) in REGISTRY.items()} == BY_SQLSTATE
    for code, (condition, error) in REGISTRY.items():
        assert (error.sqlstate, error.condition) == (code, condition)
        assert error.__name__ in orderstamp.__all__
        assert error.__name__ == "".join(word.capitalize() for word in condition.split("_"))


@pytest.mark.parametrize("code", REGISTRY)
def test_each_code_is_raised_as_its_class(trader: Conn, code: str) -> None:
    condition, expected = REGISTRY[code]
    with pytest.raises(OrderstampError) as caught, translated():
        trader.execute("SELECT oms.raise_error(%s, %s, 'do this')", [condition, '{"order_id": 7, "price": 1.10}'])
    error = caught.value
    assert type(error) is expected
    assert error.sqlstate == code
    assert error.detail == {"order_id": 7, "price": Decimal("1.10")}
    assert error.hint == "do this"
    assert isinstance(error.__cause__, psycopg.Error)
    assert error.__cause__.sqlstate == code
    assert "order_id=7" in str(error)
    assert "hint: do this" in str(error)


def test_other_errors_pass_through(trader: Conn) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), translated():
        trader.execute("SELECT 1 / 0")


def test_a_message_that_looks_like_ours_is_not_ours(trader: Conn) -> None:
    with pytest.raises(psycopg.errors.RaiseException), translated():
        trader.execute("DO $$ BEGIN RAISE EXCEPTION 'OM001 order not found'; END $$")


def test_a_detail_that_is_no_object_is_kept(trader: Conn) -> None:
    with pytest.raises(OrderNotFound) as caught, translated():
        trader.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'OM001', DETAIL = 'plain words'; END $$")
    assert caught.value.detail == {"detail": "plain words"}


def test_refusals_of_the_calls(client: Orderstamp, trader: Conn) -> None:
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    with pytest.raises(OrderNotFound) as missing:
        client.get_order(order.order_id + 1_000_000)
    assert missing.value.detail["order_id"] == order.order_id + 1_000_000
    with pytest.raises(DuplicateMismatch):
        client.place_order("INFY", "buy", 11, client_order_id="a")
    with pytest.raises(Overfill):
        client.mark_executed(order.order_id, 100, 11, exec_id="1")
    with pytest.raises(InvalidArgument) as invalid:
        client.adjust_quantity(order.order_id, Decimal("NaN"))
    assert invalid.value.detail["argument"] == "quantity"
    with pytest.raises(NothingHeld):
        client.close_position("INFY")
    client.modify_order(order.order_id, reason="x")
    with pytest.raises(StaleVersion) as stale:
        client.mark_cancelled(order.order_id, expected_version=order.version)
    assert stale.value.detail["version"] == 2
    client.mark_executed(order.order_id, 100, exec_id="1")
    with pytest.raises(IllegalTransition) as illegal:
        client.mark_cancelled(order.order_id)
    assert illegal.value.detail["from_status"] == "ongoing"
    with pytest.raises(WrongAccount):
        Orderstamp(trader, account="somebody else").place_order("INFY", "buy", 1, client_order_id="b")
    assert [event.event_type for event in client.timeline(order.order_id)] == ["placed", "modified", "executed"]


@pytest.mark.parametrize("number", [1.5, float("nan")])
def test_a_float_is_refused_before_it_is_sent(client: Orderstamp, number: float) -> None:
    with pytest.raises(InvalidArgument, match="a float has lost digits") as caught:
        client.place_order("INFY", "buy", number, client_order_id="a")  # type: ignore[arg-type]
    assert caught.value.detail["argument"] == "quantity"
    assert client.find_order("a") is None


def test_a_time_without_zone_is_refused(client: Orderstamp) -> None:
    with pytest.raises(InvalidArgument, match="time zone"):
        client.place_order("INFY", "buy", 1, client_order_id="a", occurred_at=datetime(2026, 1, 1))
    assert client.find_order("a") is None


def test_an_incomplete_installation_is_told(owner: Conn, dsn: str) -> None:
    rollback(dsn)
    with pytest.raises(NotInstalled) as caught, translated():
        owner.execute("INSERT INTO oms.orders (symbol, side, quantity) VALUES ('INFY', 'buy', 1)")
    assert caught.value.hint == "run make migrate"
    assert caught.value.detail == {}
