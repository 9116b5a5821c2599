"""The checker fails where it must: it is shown what is lost, doubled, changed and out of order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp import Orderstamp
from support.fold_tables import gaps, snapshot

from . import __main__ as command
from . import disk_full
from .checking import Verdict, check
from .journal import Journal, Write
from .running import Outcome
from .trading import BROKER, Target, Trader, may_pass

Conn = Connection[Any]
PLACED = Write("place", "a", {"symbol": "TCS", "side": "buy", "quantity": 10})
FILLED = Write("fill", "a", {"exec_id": "a-0", "quantity": 4, "price": 100})


def _checked(conn: Conn, *writes: Write) -> Verdict:
    return check(writes, snapshot(conn), gaps(conn))


@pytest.fixture
def oms(trader: Conn) -> Orderstamp:
    """A client that books what PLACED and FILLED say, and perhaps more."""
    oms = Orderstamp(trader)
    order = oms.place_order("TCS", "buy", 10, client_order_id="a", broker=BROKER)
    oms.mark_executed(order.order_id, 100, 4, exec_id="a-0")
    return oms


@pytest.mark.usefixtures("oms")
def test_what_is_as_acknowledged_passes(owner: Conn) -> None:
    assert _checked(owner, PLACED, FILLED) == Verdict()


@pytest.mark.usefixtures("oms")
def test_lost_writes_are_found(owner: Conn) -> None:
    unknown = Write("place", "b", PLACED.content)
    fill = Write("fill", "a", {"exec_id": "a-1", "quantity": 1, "price": 100})
    accepted = Write("accept", "a", {"broker_order_id": "B-a"})
    verdict = _checked(owner, PLACED, FILLED, unknown, fill, accepted, Write("cancel", "a"))
    assert [found.split(":")[0] for found in verdict.lost] == [
        "accept a",
        "cancel a",
        "fill ('a-1', 1, 100) of a",
        "place b",
    ]
    assert not verdict.doubled


@pytest.mark.usefixtures("oms")
def test_other_content_is_a_loss(owner: Conn) -> None:
    placed = Write("place", "a", {**PLACED.content, "quantity": 9})
    filled = Write("fill", "a", {**FILLED.content, "price": 99})
    verdict = _checked(owner, placed, filled)
    assert len(verdict.lost) == 2
    assert verdict.doubled == ["fill ('a-0', Decimal('4'), Decimal('100')) of a"]


def test_a_retry_under_another_id_is_found_doubled(oms: Orderstamp, owner: Conn) -> None:
    order = oms.find_order("a")
    assert order is not None
    oms.mark_executed(order.order_id, 100, 4, exec_id="a-0-again")
    oms.place_order("TCS", "buy", 10, client_order_id="a-again")
    assert _checked(owner, PLACED, FILLED).doubled == [
        "fill ('a-0-again', Decimal('4'), Decimal('100')) of a",
        "order a-again: nobody was told of it",
    ]


@pytest.mark.usefixtures("oms")
def test_rows_that_no_constraint_would_allow_are_found(owner: Conn) -> None:
    rows = snapshot(owner)
    for table in ("orders", "fills", "events"):
        rows[table] = rows[table] * 2
    verdict = check([PLACED, FILLED], rows, [])
    assert verdict.doubled == [
        "order a again",
        "fill ('a-0', Decimal('4'), Decimal('100')) of a",
        "event placed of a",
    ]
    assert verdict.gaps, "the invariants don't hold either"


@pytest.mark.usefixtures("oms")
def test_gaps_are_passed_on(owner: Conn, admin: Conn) -> None:
    admin.execute("ALTER TABLE oms.orders DISABLE TRIGGER USER")
    admin.execute("UPDATE oms.orders SET execution_qty = 5, leaves_qty = 5")
    verdict = _checked(owner, PLACED, FILLED)
    assert len(verdict.gaps) > 1
    assert any(gap.startswith("invariant") for gap in verdict.gaps)


def test_a_client_that_took_over_answers_what_was_open(trader_dsn: str, owner: Conn, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal:
        unit = journal.next([PLACED, FILLED])
    with Journal(path) as journal:
        assert journal.unanswered == [unit]
        Trader(1, Target(trader_dsn), journal).run(lambda: True)
        assert not journal.unanswered
        assert _checked(owner, *journal.acknowledged) == Verdict()


@pytest.mark.parametrize("batches", [False, True])
def test_a_client_does_all_it_is_there_for(trader_dsn: str, owner: Conn, tmp_path: Path, batches: bool) -> None:
    steps = count()
    with Journal(tmp_path / "journal") as journal:
        Trader(1, Target(trader_dsn), journal, batches=batches).run(lambda: next(steps) > 60)
        assert {write.kind for write in journal.acknowledged} == {"place", "accept", "fill", "cancel", "reconcile"}
        assert _checked(owner, *journal.acknowledged) == Verdict()


def test_only_what_may_pass_is_repeated(trader: Conn) -> None:
    def error(make: Callable[[], object]) -> psycopg.Error:
        with pytest.raises(psycopg.Error) as caught:
            make()
        return caught.value

    assert may_pass(error(lambda: psycopg.connect("host=/nowhere")))
    assert may_pass(error(lambda: trader.execute("SET statement_timeout = 1; SELECT pg_sleep(1)")))
    trader.execute("RESET statement_timeout")
    assert not may_pass(error(lambda: trader.execute("SELECT 1 / 0")))


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome("reply_cut", injected=1), 0),
        (Outcome("reply_cut", injected=1, lost=["fill"]), 1),
        (Outcome("reply_cut", injected=1, doubled=["fill"]), 1),
        (Outcome("reply_cut", injected=1, gaps=["seq"]), 1),
        (Outcome("reply_cut"), 1),
        (Outcome("reply_cut", broken_off="no answer"), 1),
        (Outcome("reply_cut", left_out="no such disk here"), 0),
    ],
)
def test_the_exit_status_tells(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], outcome: Outcome, status: int
) -> None:
    monkeypatch.setattr(command, "run", lambda *_: outcome)
    assert command.main(["--only", "disk_full"]) == status
    printed = capsys.readouterr().out
    assert all(text in printed for text in (*outcome.lost, *outcome.doubled, *outcome.gaps, outcome.left_out))


def test_a_disk_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.disk_full", str(tmp_path / "nowhere"), "1"]
    done = subprocess.run(command, cwd=disk_full.ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == disk_full.LEFT_OUT
    assert done.stderr.startswith("no small disk can be made here")
    assert not done.stdout
