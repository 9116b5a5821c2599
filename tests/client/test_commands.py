"""`orderstamp demo`, `status` and `timeline`: for people, and with --json for machines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import Result

from orderstamp import Orderstamp, __version__
from orderstamp.cli.timeline import after

Conn = Connection[Any]
Run = Callable[..., Result]


def flat(text: str) -> str:
    """Without the frames of tables and runs of blanks."""
    return re.sub(r"[\s─│┃━┏┓┗┛└┘├┤┡┩╇┳┻┴┼╈╷╵]+", " ", text)


def test_the_demo_in_a_process_of_its_own(blank_dsn: str) -> None:
    environment = os.environ | {"DATABASE_URL": blank_dsn}
    done = subprocess.run(
        [sys.executable, "-m", "orderstamp.cli", "demo"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = flat(done.stdout)
    for event in (
        "placed, pending “Order placed - waiting for market open”; stamped: placed_at",
        "quantity_adjusted, pending “margin for 8 only”; stamped: quantity_adjusted_at",
        "stamped: last_status_check; no event, no new version",
        "executed, pending → ongoing “Order executed at Rs 102.50”; stamped: accepted_at, execution_time, filled_at",
        "rejected, pending → failed “Broker rejected: Insufficient margin”; stamped: first_failed_at",
        "failed, pending → failed “Broker not reachable”; stamped: first_failed_at, last_retry_attempt",
        "retried, failed → pending",
        "modified, pending “chasing the price”",
        "cancelled, pending → cancelled “End of day”; stamped: closed_at",
        "closed, ongoing → closed “Position closed”; stamped: closed_at",
        "manual_detected, pending “Manual order detected”; stamped: accepted_at, manual_detected_at, placed_at",
    ):
        assert event in told
    assert [int(number) for number in re.findall(r"^ ?(\d+)  \w", done.stdout, re.MULTILINE)][:10] == list(range(1, 11))
    assert "audit check of account demo-1: 0 gaps" in told
    assert "orderstamp timeline 1 --account demo-1" in told
    assert "make psql" in told


def test_the_demo_can_be_repeated(run: Run, owner: Conn) -> None:
    first, second = (json.loads(run("demo", "--json").stdout) for _ in range(2))
    assert first == {"account": "demo-1", "steps": 14, "orders": 5, "gaps": 0}
    assert second == first | {"account": "demo-2"}
    for account in ("demo-1", "demo-2"):
        statistics = {row.status: row.orders for row in Orderstamp(owner, account).order_statistics()}
        assert statistics == {"pending": 1, "ongoing": 0, "closed": 2, "failed": 1, "cancelled": 1}


def test_status(run: Run, owner: Conn) -> None:
    assert "no orders yet" in run("status").stdout
    client = Orderstamp(owner, "main", "ana")
    held = client.place_order("INFY", "buy", 10, client_order_id="a")
    client.mark_executed(held.order_id, 100, 4, exec_id="1")
    client.place_order("TCS", "sell", 5, client_order_id="b")
    client.mark_cancelled(client.place_order("TCS", "sell", 6, client_order_id="c").order_id)
    Orderstamp(owner, "other").place_order("WIPRO", "buy", 1, client_order_id="a", broker_order_id="B-1")

    shown = flat(run("status").stdout)
    assert "main 1 1 0 0 1 2 1" in shown
    assert "other 1 0 0 0 0 1 0" in shown
    assert "open orders: 3" in shown
    assert "not confirmed by the broker: 1 " in shown
    assert "audit check: 0 gaps" in shown
    assert "other" not in run("status", "--account", "main").stdout

    told = json.loads(run("status", "--json").stdout)
    assert told["version"]
    assert told["gaps"] == []
    assert told["accounts"]["main"] == {
        "account": "main",
        "orders": 3,
        "pending": 1,
        "ongoing": 1,
        "closed": 0,
        "failed": 0,
        "cancelled": 1,
        "working": 2,
        "held": 1,
    }
    assert {order["symbol"] for order in told["open_orders"]} == {"INFY", "TCS", "WIPRO"}
    assert [order["symbol"] for order in told["unconfirmed_orders"]] == ["TCS"]

    owner.execute("ALTER TABLE oms.orders DISABLE TRIGGER USER")
    owner.execute("UPDATE oms.orders SET reason = 'never logged' WHERE order_id = %s", [held.order_id])
    owner.execute("ALTER TABLE oms.orders ENABLE TRIGGER USER")
    assert json.loads(run("status", "--json").stdout)["gaps"][0]["order_id"] == held.order_id
    assert "audit check: 1 gaps" in flat(run("status").stdout)


def test_status_as_a_reader_shows_what_it_may(
    run: Run, client: Orderstamp, server: Any, dbname: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.place_order("INFY", "buy", 10, client_order_id="a")
    monkeypatch.setenv("DATABASE_URL", server.conninfo(dbname, "reader"))
    shown = run("status")
    assert shown.exit_code == 0, shown.output
    assert "default 1 0 0 0 0 1 0" in flat(shown.stdout)
    assert "oms_auditor may" in shown.stdout
    assert json.loads(run("status", "--json").stdout)["gaps"] is None


def test_timeline(run: Run, owner: Conn) -> None:
    client = Orderstamp(owner, "main", "ana")
    order = client.place_order("INFY", "buy", 10, client_order_id="a")
    client.modify_order(order.order_id, limit_price=99)
    client.mark_executed(order.order_id, 100, exec_id="1")
    shown = flat(run("timeline", order.order_id, "--account", "main").stdout)
    assert f"order {order.order_id} of main: buy 10 INFY, market, now ongoing" in shown
    assert re.search(r" 1 placed pending [\d:.]+ ana Order placed 2 modified pending [\d:.]+ [\d.]+ m?s ana", shown)
    assert "limit_price 99" in shown, "what changed is told where nobody gave a reason"
    assert "pending → ongoing" in shown
    told = json.loads(run("timeline", order.order_id, "--account", "main", "--json").stdout)
    assert told["order"]["status"] == "ongoing"
    assert [event["event_type"] for event in told["events"]] == ["placed", "modified", "executed"]


def test_failures_are_one_line_with_a_hint(run: Run, blank_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = run("timeline", 4711)
    assert failed.exit_code == 1
    assert failed.stdout == ""
    assert "error: OM001 order not found (account=default, order_id=4711)" in failed.stderr
    assert "hint: check the id" in failed.stderr
    told = json.loads(run("timeline", 4711, "--json").stdout)
    assert told["error"].startswith("OM001 order not found")
    monkeypatch.setenv("DATABASE_URL", blank_dsn)
    for command in (["status"], ["timeline", 1]):
        failed = run(*command)
        assert failed.exit_code == 1
        assert "orderstamp is not installed" in failed.stderr
        assert "hint: run: orderstamp migrate" in failed.stderr
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    failed = run("status")
    assert failed.exit_code == 1
    assert "error: no connection" in failed.stderr


@pytest.mark.parametrize("command", [("migrate",), ("rollback", "--yes"), ("demo",), ("sessions", "XNYS")])
@pytest.mark.parametrize("login", ["trader", "reporting"])
def test_who_lacks_the_rights_of_the_owner_is_told_to_connect_as_the_owner(
    command: tuple[str, ...], login: str, run: Run, server: Any, dbname: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.conninfo(dbname, login))
    failed = run(*command)
    assert failed.exit_code == 1
    assert "hint: connect as the owner" in failed.stderr
    assert "oms_trader" not in failed.stderr


def test_who_may_not_even_look_is_told_who_may(
    run: Run, server: Any, dbname: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.conninfo(dbname, "reporting"))
    assert "or as a member of oms_trader or oms_reader" in run("timeline", 1).stderr
    assert "hint: connect as the owner" in run("rollback").stderr


@pytest.mark.parametrize("command", ["migrate", "rollback", "demo", "status", "sessions"])
def test_without_a_server_the_hint_is_the_same(command: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    failed = run(command)
    assert failed.exit_code == 1
    assert "error: no connection" in failed.stderr
    assert "hint: check DATABASE_URL" in failed.stderr


def test_the_version(run: Run) -> None:
    asked = run("--version")
    assert (asked.exit_code, asked.stdout) == (0, f"orderstamp {__version__}\n")


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(microseconds=12_340), "12.3 ms"),
        (timedelta(seconds=2, milliseconds=345), "2.345 s"),
        (timedelta(minutes=3, seconds=4), "03:04"),
        (timedelta(hours=2, minutes=3, seconds=4), "02:03:04"),
        (timedelta(days=1, hours=2), "1 d 02:00:00"),
    ],
)
def test_spans_are_told_as_people_say_them(span: timedelta, text: str) -> None:
    assert after(span) == text
