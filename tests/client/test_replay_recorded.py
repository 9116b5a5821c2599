"""Replay of a recorded hour of a real exchange: the facts known of the file come out of the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from orderstamp.resources import checkout

Conn = Connection[Any]

ROOT = checkout()
assert ROOT is not None
RECORDED = ROOT.parent / "shared/data/exchange/MSFT_2012-06-21_34200000_37800000_message_50.csv.gz"
MAX_MB = 150

# A replay holds a lock of its session.
pytestmark = [
    pytest.mark.unpooled,
    pytest.mark.skipif(
        not RECORDED.is_file(), reason=f"the recorded messages are not here: {RECORDED.relative_to(ROOT.parent)}"
    ),
]

# With a shell between: a process begins with the peak of the one that starts it, and that of a test run may be large.
PYTHON = ["sh", "-c", '"$@"; exit $?', "sh", sys.executable]

# Runs the command in this very process, so that its peak memory can be told.
_SCRIPT = """
import resource, sys
from orderstamp.cli import app
try:
    app(["replay", *sys.argv[1:], "--account", "tape", "--json"])
finally:
    sys.stderr.write(f"peak_kb {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}")
"""


def replay(path: Path, dsn: str) -> tuple[dict[str, Any], float]:
    """What the command told, and its peak memory in MB."""
    done = subprocess.run(
        [*PYTHON, "-c", _SCRIPT, str(path)],
        env=os.environ | {"DATABASE_URL": dsn},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told, int(done.stderr.rpartition("peak_kb ")[2]) / 1024


def counts(conn: Conn, query: str) -> dict[str, int]:
    return dict(conn.execute(query.encode()).fetchall())


@pytest.mark.slow
def test_the_recorded_hour(dsn: str, owner: Conn) -> None:
    told, peak = replay(RECORDED, dsn)
    assert peak <= MAX_MB
    assert told["messages"] == 141_507
    assert told["messages_by_type"] == {"1": 69_946, "2": 868, "3": 63_528, "4": 6_559, "5": 606, "6": 0, "7": 0}
    assert told["messages_sharing_time"] == 13_861
    assert (told["orders"], told["manual_orders"], told["gaps"]) == (70_006, 60, 0)
    fates = told["fates"]
    assert fates["filled whole"]["as_placed"] == 5_067
    assert fates["filled whole"]["in_several_executions"] == 625
    assert fates["deleted unfilled"]["as_placed"] == 62_549
    deleted = fates["part-filled, then deleted"]
    assert deleted["as_placed"] + deleted["part_cancelled"] == 267
    assert fates["still open"]["as_placed"] == 1_263
    assert told["part_filled_and_part_cancelled"] == 135
    assert sum(fate["as_placed"] + fate["part_cancelled"] for fate in fates.values()) == 69_946

    # The log holds the file: one event per message; what matching did to other orders comes on top.
    events = counts(owner, "SELECT event_type, count(*) FROM oms.order_events GROUP BY event_type")
    matched = events.pop("reduced") + events.pop("closed")
    assert events == {
        "placed": 69_946,
        "manual_detected": 60,
        "quantity_adjusted": 868,
        "cancelled": 63_528,
        "executed": 6_559,
    }
    assert told["events"] == told["new_events"] == sum(events.values()) + matched
    position = owner.execute("SELECT quantity FROM oms.positions WHERE account = 'tape' AND symbol = 'MSFT'").fetchone()
    traded = owner.execute(
        "SELECT sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) FROM oms.fills"
    ).fetchone()
    assert position == traded

    again, _ = replay(RECORDED, dsn)
    assert again["new_events"] == 0
    assert again["skipped"] == 141_507
    changing = {"skipped", "new_events", "seconds", "messages_per_second", "orders_per_second"}
    assert {k: v for k, v in again.items() if k not in changing} == {k: v for k, v in told.items() if k not in changing}


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Half a million messages of orders that all stay open, as in a file cut to one price level: reading alone."""
    script = """
import resource, sys
from pathlib import Path
from orderstamp.replay.messages import open_source
from orderstamp.replay.survey import Survey
with Survey() as survey:
    survey.read(open_source(Path(sys.argv[1])), 0, lambda line: None)
    assert survey.unstarted_quantity(7_000_000_000) == 100
print(survey.counts.messages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    path = tmp_path / "ACME_2012-06-21_34200000_37800000_message_1.csv"
    with path.open("w") as file:
        for n in range(500_000):
            file.write(f"34200.5,4,{7_000_000_000 + n},100,310400,1\n")
    command = [*PYTHON, "-c", script, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    messages, peak_kb = map(int, done.stdout.split())
    assert messages == 500_000
    assert peak_kb / 1024 <= MAX_MB
