"""Replay of small made-up files: what each message becomes, what is refused, that nothing happens twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from typer.testing import Result

from orderstamp import Order, Orderstamp
from orderstamp.replay import run as replaying

Conn = Connection[Any]
Run = Callable[..., Result]

# A replay holds a lock of its session.
pytestmark = pytest.mark.unpooled

NAME = "ACME_2012-06-21_34200000_37800000_message_5.csv"
SMALL = """\
34200.013994120,3,11,100,310400,-1
34200.013994120,1,21,100,310500,-1
34200.5,1,22,300,310400,1
34201,2,22,100,310400,1
34201.000000001,4,22,50,310400,1
34201.1,4,21,100,310500,-1
34202,5,0,300,309600,-1
34203,4,12,30,310400,1
34203.2,2,13,40,310300,1
34204,4,12,20,310400,1
34205,7,0,0,-1,-1
34206,3,22,150,310400,1
34207,1,23,10,309900,1
34208,1,24,10,309900,1
34209,2,24,4,309900,1
"""


@pytest.fixture
def book(owner: Conn) -> Orderstamp:
    """The account that the tests replay into."""
    return Orderstamp(owner, "tape")


def replay(run: Run, path: Path, *options: object) -> dict[str, Any]:
    done = run("replay", path, "--account", "tape", "--json", *options)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


def write(folder: Path, text: str = SMALL, name: str = NAME) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def log(conn: Conn) -> list[tuple[Any, ...]]:
    """The whole log, and every column of every order but when it was last looked at."""
    events = conn.execute("SELECT * FROM oms.order_events ORDER BY order_id, seq, account").fetchall()
    orders = conn.execute("SELECT to_jsonb(o) - 'last_status_check' FROM oms.orders o ORDER BY order_id").fetchall()
    return [*events, *orders]


def figures(order: Order | None) -> list[int]:
    """Quantity, executed, cancelled, left."""
    assert order is not None
    return [int(number or 0) for number in (order.quantity, order.execution_qty, order.cancelled_qty, order.leaves_qty)]


def types(book: Orderstamp, order: int) -> list[str]:
    found = book.find_order(broker_order_id=f"ACME-2012-06-21-{order}")
    assert found is not None
    return [event.event_type for event in book.timeline(found.order_id)]


@pytest.mark.parametrize("batch", [1, 2, 5, 1000])
def test_each_message_becomes_its_event(run: Run, book: Orderstamp, tmp_path: Path, batch: int) -> None:
    told = replay(run, write(tmp_path), "--batch", batch)
    assert told["messages_by_type"] == {"1": 4, "2": 3, "3": 2, "4": 4, "5": 1, "6": 0, "7": 1}
    assert (told["orders"], told["manual_orders"], told["gaps"], told["messages_sharing_time"]) == (7, 3, 0, 1)
    assert types(book, 11) == ["manual_detected", "cancelled"]
    assert types(book, 22) == ["placed", "quantity_adjusted", "executed", "reduced", "cancelled"]
    assert types(book, 12) == ["manual_detected", "executed", "executed"]
    assert types(book, 13) == ["manual_detected", "cancelled"], "all that the file shows of it was taken off"
    assert types(book, 23) == ["placed"]
    assert types(book, 24) == ["placed", "quantity_adjusted"]

    order = book.find_order("ACME-2012-06-21-22")
    assert order is not None
    assert (order.side, order.order_type, order.limit_price) == ("buy", "limit", Decimal("31.04"))
    assert figures(order) == [200, 50, 150, 0]
    assert order.execution_time == datetime(2012, 6, 21, 13, 30, 1, tzinfo=UTC), "New York in June is four hours behind"
    manual = book.find_order(broker_order_id="ACME-2012-06-21-12")
    assert manual is not None
    assert figures(manual) == [50, 50, 0, 0]
    assert manual.client_order_id is None
    assert told["fates"]["still open"] == {"as_placed": 1, "part_cancelled": 1, "in_several_executions": 0}
    assert told["part_filled_and_part_cancelled"] == 1


@pytest.mark.parametrize("again", [1, 3, 1000])
def test_again_changes_nothing(run: Run, owner: Conn, tmp_path: Path, again: int) -> None:
    path = write(tmp_path)
    first = replay(run, path, "--batch", 4)
    before = log(owner)
    second = replay(run, path, "--batch", again)
    assert log(owner) == before
    assert (first["new_events"], second["new_events"]) == (first["events"], 0)
    same = {"skipped", "new_events", "seconds", "messages_per_second", "orders_per_second"}
    assert {k: v for k, v in first.items() if k not in same} == {k: v for k, v in second.items() if k not in same}


@pytest.mark.parametrize("dies_in", range(1, 9))
def test_a_killed_replay_is_taken_up(
    run: Run, owner: Conn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_in: int
) -> None:
    path = write(tmp_path)
    whole = run("replay", path, "--account", "whole", "--json", "--batch", 2)
    apply, left = replaying._apply, [dies_in]

    def dying(client: Orderstamp, conn: Conn, *rest: Any) -> None:
        left[0] -= 1
        if left[0]:
            return apply(client, conn, *rest)
        with conn.transaction():
            # As if the connection were lost when everything was sent but nothing committed.
            apply(client, conn, *rest)
            raise psycopg.OperationalError("the connection was lost")

    monkeypatch.setattr(replaying, "_apply", dying)
    failed = run("replay", path, "--account", "tape", "--batch", 2)
    assert failed.exit_code == 1
    assert "the connection was lost" in failed.stderr
    monkeypatch.undo()
    monkeypatch.setenv("DATABASE_URL", owner.info.dsn)
    told = replay(run, path)
    assert told["skipped"] in {(dies_in - 1) * 2, max(dies_in - 2, 0) * 2}
    expected = json.loads(whole.stdout)
    for fact in ("orders", "events", "fates", "statuses", "gaps"):
        assert told[fact] == expected[fact], fact
    rows = owner.execute(
        """
        SELECT count(*), count(DISTINCT facts) FROM (
          SELECT ROW (o.broker_order_id, o.client_order_id, o.status, o.quantity, o.execution_qty, o.cancelled_qty,
            o.open_qty, o.version, ARRAY(SELECT e.event_type FROM oms.order_events e
                             WHERE e.order_id = o.order_id AND e.account = o.account ORDER BY e.seq)) AS facts
          FROM oms.orders o) s
        """
    ).fetchone()
    assert rows == (14, 7), "both accounts hold the same"


def test_a_part_of_the_file_first(run: Run, owner: Conn, tmp_path: Path) -> None:
    lines = SMALL.splitlines(keepends=True)
    replay(run, write(tmp_path, "".join(lines[:9])))
    told = replay(run, write(tmp_path))
    assert told["skipped"] == 9
    assert (told["orders"], told["manual_orders"], told["gaps"]) == (8, 4, 0)
    book = Orderstamp(owner, "tape")
    shown = [book.find_order(broker_order_id=f"ACME-2012-06-21-12{rest}") for rest in ("", "@34200000")]
    assert [figures(order) for order in shown] == [[30, 30, 0, 0], [20, 20, 0, 0]], (
        "the first part told less of it than there was: the rest is a manual order, too"
    )
    assert replay(run, write(tmp_path))["new_events"] == 0


def test_the_next_hour_continues_the_orders(run: Run, book: Orderstamp, tmp_path: Path) -> None:
    replay(run, write(tmp_path))
    later = (
        "37800,4,23,4,309900,1\n37801,3,23,6,309900,1\n37802,3,24,6,309900,1\n"
        "37803,4,12,7,310400,1\n37804,2,12,1,310400,1\n37805,3,12,5,310400,1\n"
    )
    path = write(tmp_path, later, "ACME_2012-06-21_37800000_41400000_message_5.csv")
    told = replay(run, path)
    assert (told["manual_orders"], told["new_events"], told["gaps"]) == (4, told["events"], 0)
    assert types(book, 12) == ["manual_detected", "executed", "executed"]
    rest = book.find_order(broker_order_id="ACME-2012-06-21-12@37800000")
    assert figures(rest) == [12, 7, 5, 0]
    order = book.find_order("ACME-2012-06-21-23")
    assert order is not None
    assert figures(order) == [10, 4, 6, 0]
    assert order.end_reason == "cancelled"
    assert replay(run, path)["new_events"] == 0


def test_another_cut_of_the_same_hour_is_refused(run: Run, owner: Conn, tmp_path: Path) -> None:
    replay(run, write(tmp_path))
    before = log(owner)
    for name in ("ACME_2012-06-21_34200000_37800000_message_1.csv", "ACME_2012-06-21.csv"):
        failed = run("replay", write(tmp_path, name=name), "--account", "tape")
        assert failed.exit_code == 1
        assert "holds the same orders" in failed.stderr
        assert "--account" in failed.stderr
    assert log(owner) == before
    replay(run, write(tmp_path, name="ACMEX_2012-06-21_34200000_37800000_message_1.csv"))


def test_compressed_and_plain_are_the_same_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.gz"
    path.write_bytes(gzip.compress(SMALL.replace("\n", "\r\n").encode()))
    assert replay(run, path)["orders"] == 7
    assert replay(run, write(tmp_path))["new_events"] == 0


@pytest.mark.parametrize(
    "bad",
    [
        "34210,1,31,100,310400",
        "34210,1,31,100,310400,1,9",
        "half past nine,1,31,100,310400,1",
        "34210,9,31,100,310400,1",
        "34210,1,31,1.5,310400,1",
        "34210,1,31,0,310400,1",
        "34210,1,31,-5,310400,1",
        "34210,1,0,100,310400,1",
        "34210,1,31,100,0,1",
        "34210,1,31,100,310400,0",
        "99999,1,31,100,310400,1",
        "",
        "\x00\xff",
    ],
)
def test_a_malformed_line_is_named_and_nothing_is_applied(run: Run, owner: Conn, tmp_path: Path, bad: str) -> None:
    path = tmp_path / NAME
    path.write_bytes(f"{SMALL}{bad}\n34211,1,32,100,310400,1\n".encode("latin-1"))
    failed = run("replay", path, "--account", "tape", "--batch", 1)
    assert failed.exit_code == 1
    assert failed.stdout == ""
    assert f"{NAME}, line 16: " in failed.stderr
    assert "hint:" in failed.stderr
    assert log(owner) == []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("34210,1,23,10,309900,1", "it was placed before"),
        ("34210,4,22,10,310400,1", "only 0 of it is left"),
        ("34210,4,23,11,309900,1", "only 10 of it is left"),
        ("34210,3,21,1,310500,-1", "only 0 of it is left"),
    ],
)
def test_a_contradiction_undoes_its_batch_only(
    run: Run, owner: Conn, book: Orderstamp, tmp_path: Path, bad: str, why: str
) -> None:
    path = write(tmp_path, SMALL + f"34209.7,1,31,5,310400,1\n{bad}\n")
    failed = run("replay", path, "--account", "tape", "--batch", 15)
    assert failed.exit_code == 1
    assert "line 17" in failed.stderr
    assert why in failed.stderr
    assert book.find_order("ACME-2012-06-21-31") is None, "its batch is undone"
    assert types(book, 24) == ["placed", "quantity_adjusted"], "the batch before it stays"
    assert owner.execute("SELECT count(*) FROM oms.audit_gaps").fetchone() == (0,)
    corrected = write(tmp_path, SMALL + "34209.7,1,31,5,310400,1\n")
    assert replay(run, corrected)["skipped"] == 15


def test_files_that_are_none(run: Run, tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / NAME, "no such file"),
        (write(tmp_path, name="orders.csv"), "doesn't tell symbol and date"),
        (write(tmp_path, name="ACME_2012-13-41_1_2_message_1.csv"), "doesn't tell symbol and date"),
    ):
        failed = run("replay", path)
        assert failed.exit_code == 1
        assert why in failed.stderr
    damaged = tmp_path / f"{NAME}.gz"
    damaged.write_bytes(gzip.compress(SMALL.encode())[:-20])
    failed = run("replay", damaged)
    assert failed.exit_code == 1
    assert "can't be read after line" in failed.stderr


def test_one_replay_of_a_file_at_a_time(run: Run, owner: Conn, tmp_path: Path) -> None:
    name = "orderstamp replay tape ACME_2012-06-21"
    owner.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    failed = run("replay", write(tmp_path), "--account", "tape")
    assert failed.exit_code == 1
    assert "is being replayed into account 'tape' already" in failed.stderr
    owner.execute("SELECT pg_advisory_unlock_all()")
    assert replay(run, write(tmp_path))["orders"] == 7


def test_a_gap_is_told_and_fails(run: Run, owner: Conn, tmp_path: Path) -> None:
    replay(run, write(tmp_path))
    owner.execute("ALTER TABLE oms.orders DISABLE TRIGGER USER")
    owner.execute("UPDATE oms.orders SET reason = 'never logged' WHERE client_order_id = 'ACME-2012-06-21-23'")
    owner.execute("ALTER TABLE oms.orders ENABLE TRIGGER USER")
    failed = run("replay", write(tmp_path), "--account", "tape")
    assert failed.exit_code == 1
    assert "1 gaps in the audit check" in failed.stdout
    assert "row differs from its log" in failed.stdout
