"""`orderstamp reconcile`: a broker's book from a file or a pipe, the plan for people and for machines."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner, Result

from orderstamp import Orderstamp
from orderstamp.cli import app
from orderstamp.resources import checkout

Conn = Connection[Any]
Run = Callable[..., Result]

ROOT = checkout()
assert ROOT is not None
RECORDED = ROOT.parent / "shared/data"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded books are not here: shared/data")


def entry(**fields: Any) -> dict[str, Any]:
    """An order of ten shares as Kite writes it, four executed."""
    order: dict[str, Any] = {"order_id": "K-1", "tradingsymbol": "INFY", "transaction_type": "BUY", "quantity": 10}
    order |= {"order_type": "LIMIT", "price": 100, "status": "OPEN", "filled_quantity": 4, "average_price": 99.5}
    return order | {"order_timestamp": "2026-01-05 09:15:00"} | fields


REJECTED = entry(order_id="K-2", status="REJECTED", status_message="no [margin]", filled_quantity=0, average_price=0)
UNKNOWN = entry(order_id="K-3", status="GONE FISHING", filled_quantity=0, average_price=0)


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Write a book of these entries; it is as old as the clock says."""

    def write(*entries: dict[str, Any], name: str = "orders.json") -> Path:
        path = tmp_path / name
        text = json.dumps({"status": "success", "data": entries}).encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return path

    return write


@pytest.fixture
def as_trader(run: Run, trader_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command by a login that has nothing but oms_trader."""
    monkeypatch.setenv("DATABASE_URL", trader_dsn)
    return run


def flat(text: str) -> str:
    """Without the frames of tables and runs of blanks."""
    return re.sub(r"[\s─│┃━┏┓┗┛└┘├┤┡┩╇┳┻┴┼╈╷╵]+", " ", text)


def told(done: Result, status: int = 0) -> dict[str, Any]:
    assert done.exit_code == status, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def runs(conn: Conn) -> list[tuple[Any, ...]]:
    return conn.execute("SELECT observed_at, complete FROM oms.reconciliations ORDER BY reconciliation_id").fetchall()


def test_the_plan_for_people(as_trader: Run, trader: Conn, book: Callable[..., Path]) -> None:
    done = as_trader("reconcile", book(entry(), REJECTED), "--broker", "kite")
    assert done.exit_code == 0, done.output
    shown = flat(done.stdout)
    assert "decision order broker's id symbol what changed why" in shown
    assert "manual 1 K-1 INFY buy 10 limit 100 not known here" in shown
    assert "executed 1 K-1 INFY 4 at 99.5 4 executed by its total, 0 here" in shown
    assert "rejected 2 K-2 INFY rejected by the broker: no [margin]" in shown
    assert re.search(r"orders\.json as of 20[-\d]+ [:\d]+[+-]\d{4}: 1 executed, 2 manual, 1 rejected; run 1\b", shown)
    assert [order.book for order in Orderstamp(trader).list_orders()] == ["manual", "manual"]

    again = as_trader("reconcile", book(entry(), REJECTED), "--broker", "kite")
    assert again.exit_code == 0
    assert re.fullmatch(r"orders\.json as of \S+ \S+: 2 matched; run 2 ?", flat(again.stdout)), again.stdout
    everything = as_trader("reconcile", book(entry(), REJECTED), "--broker", "kite", "--all")
    assert "matched 1 K-1 INFY" in flat(everything.stdout)


def test_a_dry_run_says_so_and_plans_the_same(as_trader: Run, trader: Conn, book: Callable[..., Path]) -> None:
    path = book(entry(), REJECTED)
    done = as_trader("reconcile", path, "--broker", "kite", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "what would change" in flat(done.stdout)
    assert "1 executed, 2 manual, 1 rejected; dry run, nothing was written" in flat(done.stdout)
    planned = told(as_trader("reconcile", path, "--broker", "kite", "--dry-run", "--json"))
    assert runs(trader) == []
    assert Orderstamp(trader).list_orders() == []
    did = told(as_trader("reconcile", path, "--broker", "kite", "--json"))
    assert (planned["dry_run"], planned["reconciliation_id"]) == (True, None)
    assert (did["dry_run"], did["reconciliation_id"]) == (False, 1)
    later = {"reconciliation_id", "order_id"}
    for one, other in zip(planned["decisions"], did["decisions"], strict=True):
        assert {k: v for k, v in one.items() if k not in later} == {k: v for k, v in other.items() if k not in later}
    assert {k: planned[k] for k in ("counts", "observed_at", "file")} == {
        k: did[k] for k in ("counts", "observed_at", "file")
    }


def test_json_keeps_the_digits(as_trader: Run, tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([entry()]).replace("99.5", "99.1000000000000000000000000000000001"))
    done = told(as_trader("reconcile", path, "--broker", "kite", "--json"))
    assert done["counts"] == {"manual": 1, "executed": 1}
    (fill,) = done["decisions"][1]["changes"]["fills"]
    assert (fill["quantity"], fill["price"]) == ("4", "99.1000000000000000000000000000000001")
    assert told(as_trader("reconcile", path, "--broker", "kite", "--json"))["decisions"] == []
    everything = told(as_trader("reconcile", path, "--broker", "kite", "--json", "--all"))
    assert [decision["decision"] for decision in everything["decisions"]] == ["matched"]


def test_plain_compressed_and_piped_are_the_same_book(
    as_trader: Run, trader: Conn, trader_dsn: str, book: Callable[..., Path]
) -> None:
    plain, packed = book(entry()), book(entry(), name="orders.json.gz")
    first = told(as_trader("reconcile", plain, "--broker", "kite", "--json"))
    assert told(as_trader("reconcile", packed, "--broker", "kite", "--json"))["counts"] == {"matched": 1}
    before = datetime.now(UTC)
    for path in (plain, packed):
        sent = path.read_bytes()
        done = CliRunner().invoke(app, ["reconcile", "-", "--broker", "kite", "--json"], input=sent)
        assert told(done)["file"] == "stdin"
        assert told(done)["counts"] == {"matched": 1}
    piped = subprocess.run(
        [sys.executable, "-m", "orderstamp.cli", "reconcile", "-", "--broker", "kite", "--all"],
        input=plain.read_bytes(),
        env=os.environ | {"DATABASE_URL": trader_dsn},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert piped.returncode == 0, piped.stderr
    assert b"1 matched; run 5" in piped.stdout
    assert first["reconciliation_id"] == 1
    assert all(before <= observed_at <= datetime.now(UTC) for observed_at, _ in runs(trader)[2:])
    digests = trader.execute("SELECT count(DISTINCT digest), count(snapshot) FROM oms.reconciliations").fetchone()
    assert digests == (1, 1)


def test_a_book_is_as_old_as_its_file(as_trader: Run, trader: Conn, book: Callable[..., Path]) -> None:
    path = book(entry())
    written = datetime(2026, 1, 5, 9, 20, tzinfo=UTC)
    os.utime(path, (written.timestamp(), written.timestamp()))
    as_trader("reconcile", path, "--broker", "kite")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    os.utime(path, (tomorrow, tomorrow))
    before = datetime.now(UTC)
    as_trader("reconcile", path, "--broker", "kite")
    as_trader("reconcile", path, "--broker", "kite", "--observed-at", "2026-01-05T15:00:00+05:30")
    as_trader("reconcile", path, "--broker", "kite", "--observed-at", "2026-01-05 09:40Z")
    first, clipped, *said = [observed_at for observed_at, _ in runs(trader)]
    assert first == written
    assert before <= clipped <= datetime.now(UTC), "never later than now"
    assert said == [datetime(2026, 1, 5, 9, 30, tzinfo=UTC), datetime(2026, 1, 5, 9, 40, tzinfo=UTC)]


def test_an_older_file_leaves_newer_orders_alone(as_trader: Run, client: Orderstamp, book: Callable[..., Path]) -> None:
    placed = client.place_order("INFY", "buy", 10, "limit", 100, client_order_id="a", broker_order_id="K-1")
    done = as_trader("reconcile", book(entry()), "--broker", "kite", "--observed-at", "2026-01-05T09:20:00+05:30")
    assert done.exit_code == 0, done.output
    assert "1 stale" in done.stdout
    assert client.get_order(placed.order_id).execution_qty == 0


def test_orders_that_are_not_in_it(as_trader: Run, client: Orderstamp, book: Callable[..., Path]) -> None:
    placed = client.place_order("INFY", "buy", 10, client_order_id="a", broker_order_id="K-9")
    assert "no orders; done" in as_trader("reconcile", book(), "--broker", "kite", "--partial").stdout
    missing = as_trader("reconcile", book(), "--broker", "kite")
    assert missing.exit_code == 0
    assert f"missing {placed.order_id} K-9 INFY not in the book" in flat(missing.stdout)
    planned = as_trader("reconcile", book(), "--broker", "kite", "--dry-run")
    lost = as_trader("reconcile", book(), "--broker", "kite")
    assert (planned.exit_code, lost.exit_code) == (3, 3), "a person must look"
    assert "1 lost; dry run" in planned.stdout
    assert f"lost {placed.order_id} K-9 INFY not in the book again" in flat(lost.stdout)
    assert client.get_order(placed.order_id).status == "pending"


def test_a_discrepancy_is_told_and_fails(as_trader: Run, trader: Conn, book: Callable[..., Path]) -> None:
    done = as_trader("reconcile", book(entry(), UNKNOWN), "--broker", "kite")
    assert done.exit_code == 3
    assert 'discrepancy 2 K-3 INFY unknown status "GONE FISHING"' in flat(done.stdout)
    found = told(as_trader("reconcile", book(entry(), UNKNOWN), "--broker", "kite", "--json"), status=3)
    assert found["counts"] == {"matched": 1, "discrepancy": 1}
    assert trader.execute("SELECT count(*) FROM oms.discrepancies").fetchone() == (1,)


def test_profile_book_and_account(run: Run, owner: Conn, book: Callable[..., Path]) -> None:
    options = ("--broker", "zerodha", "--profile", "kite", "--book", "web", "--account", "fund-7")
    assert run("reconcile", book(entry()), *options).exit_code == 0
    found = owner.execute("SELECT broker, book, account FROM oms.orders").fetchall()
    assert found == [("zerodha", "web", "fund-7")]


def test_many_fills_are_summed_up(as_trader: Run, tmp_path: Path) -> None:
    order = {"id": "1", "symbol": "BTC/USDT", "side": "buy", "type": "market", "amount": 5, "status": "closed"}
    trades = [{"id": str(n), "symbol": "BTC/USDT", "amount": 1, "price": n} for n in range(1, 6)]
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([order | {"filled": 5, "trades": trades}]))
    shown = flat(as_trader("reconcile", path, "--broker", "kraken", "--profile", "ccxt").stdout)
    assert "1 at 1, 1 at 2, 1 at 3, 5 fills in all" in shown


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        (b"", "orders.json: not JSON: Expecting value", "as it came"),
        (b"<html>", "orders.json: not JSON: Expecting value: line 1 column 1", "as it came"),
        (b'[{"price": NaN}]', "not JSON: NaN is no JSON number", "as it came"),
        (b"\xff\xfe[\x00", "not JSON: 'utf-8' codec", "as it came"),
        (gzip.compress(b"[]" * 1000, mtime=0)[:-9], "can't be read", ".json.gz"),
        (
            b'{"error_type": "TokenException"}',
            'OM007 invalid argument (value={"error_type": "TokenException"}, argument=snapshot)',
            "a list of orders",
        ),
        (b'["\\u0000"]', "22P05", ""),
    ],
    ids=["empty", "html", "nan", "utf-16", "cut off", "no book", "no text"],
)
def test_what_is_no_book_is_explained(as_trader: Run, tmp_path: Path, text: bytes, why: str, hint: str) -> None:
    path = tmp_path / "orders.json"
    path.write_bytes(text)
    failed = as_trader("reconcile", path, "--broker", "kite")
    assert failed.exit_code == 1
    assert failed.stdout == ""
    assert failed.stderr.startswith("error: ")
    assert why in failed.stderr
    assert hint in failed.stderr
    assert why in told(as_trader("reconcile", path, "--broker", "kite", "--json"), status=1)["error"]


def test_what_is_asked_wrongly_is_explained(
    as_trader: Run, trader: Conn, book: Callable[..., Path], tmp_path: Path
) -> None:
    path = book(entry())
    for arguments, why, hint in (
        (["gone.json", "--broker", "kite"], "gone.json: no such file", "- for stdin"),
        ([tmp_path, "--broker", "kite"], "can't be read", ".json.gz"),
        ([path, "--broker", "zerodha"], "OM007 invalid argument (value=zerodha, argument=profile)", "profiles: "),
        ([path, "--broker", "kite", "--observed-at", "2026-01-05T09:15:00"], "without a time zone", "+05:30"),
        ([path, "--broker", "kite", "--observed-at", "yesterday"], "--observed-at yesterday: no time", "+05:30"),
        ([path, "--broker", "kite", "--observed-at", "2999-01-01T00:00Z"], "argument=observed_at", "has come"),
        ([path, "--broker", "kite", "--account", "fund-7"], "OM009", "fund-7"),
    ):
        failed = as_trader("reconcile", *arguments)
        assert failed.exit_code == 1, arguments
        assert why in failed.stderr
        assert hint in failed.stderr
    assert as_trader("reconcile", path).exit_code == 2, "whose book it is must be said"
    assert runs(trader) == []


def test_a_reader_may_not(
    as_trader: Run, server: Any, dbname: str, book: Callable[..., Path], monkeypatch: Any
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.conninfo(dbname, "reader"))
    failed = as_trader("reconcile", book(entry()), "--broker", "kite", "--dry-run")
    assert failed.exit_code == 1
    assert "42501" in failed.stderr
    assert "oms_trader" in failed.stderr


def test_the_help_tells_the_exit_status(run: Run) -> None:
    shown = flat(run("reconcile", "--help").stdout)
    assert "Exit status: 0 done; 3 done, but discrepancies or lost orders need a person; 1 failed" in shown
    assert "when the file was last modified" in shown


@recorded
@pytest.mark.parametrize(
    ("name", "profile", "decisions"),
    [
        ("kite/orders.json", "kite", {"manual": 10, "executed": 6, "cancelled": 3, "rejected": 1}),
        (
            "kotak_neo/captured_order_report.json",
            "kotak_neo",
            {"manual": 15, "executed": 8, "rejected": 6, "cancelled": 1},
        ),
        ("ccxt/kraken.json", "ccxt", {"manual": 6, "executed": 1}),
    ],
)
def test_recorded_books(as_trader: Run, owner: Conn, name: str, profile: str, decisions: dict[str, int]) -> None:
    options = ("--broker", "acme", "--profile", profile, "--json")
    first = told(as_trader("reconcile", RECORDED / name, *options))
    assert first["counts"] == decisions
    orders = decisions["manual"]
    assert told(as_trader("reconcile", RECORDED / name, *options))["counts"] == {"matched": orders}
    assert owner.execute("SELECT count(*) FROM oms.audit_gaps").fetchone() == (0,)
