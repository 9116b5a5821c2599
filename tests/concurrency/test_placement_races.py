"""Many sessions place the same order, or a client dies over it: one order, and nobody takes it for failed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from .conftest import Blocked, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

# A client that is killed at a point of placing an order; it sends nothing.
CLIENT = """
import os, signal, sys
import psycopg, orderstamp

dsn, point = sys.argv[1:]
with psycopg.connect(dsn) as conn:
    orderstamp.Orderstamp(conn).place_order("TCS", "buy", 10, client_order_id="k1")
    if point == "before the commit":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


def _place_and_die(dsn: str, point: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, dsn, point], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("sessions", [16, 64])
def test_many_placements_with_one_key_make_one_order(connect: Connect, trader: Conn, sessions: int) -> None:
    conns = [connect() for _ in range(sessions)]
    together = Barrier(sessions)

    def place_it(conn: Conn) -> int:
        together.wait(30)
        query = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k1')"
        return int(one(conn, query)["order_id"])

    with ThreadPoolExecutor(max_workers=sessions) as pool:
        ids = set(pool.map(place_it, conns))
    (order_id,) = ids
    assert rows(trader, "SELECT order_id, version FROM oms.orders") == [{"order_id": order_id, "version": 1}]
    assert one(trader, "SELECT count(*) AS n FROM oms.order_events")["n"] == 1
    assert rows(trader, "SELECT order_id, attempts FROM oms.unconfirmed_orders") == [
        {"order_id": order_id, "attempts": 0}
    ]
    assert one(trader, "SELECT sum(signed_qty) AS qty FROM oms.open_exposure") == {"qty": 10}


def test_the_second_placement_waits_for_the_first(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    query = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k1')"
    ahead, behind = connect(autocommit=False), connect()
    (first,) = rows(ahead, query)
    waiting = blocked(behind, query)
    ahead.commit()
    assert waiting.result(10) == [first]
    assert one(trader, "SELECT version FROM oms.get_order(%s)", first["order_id"])["version"] == 1


def test_the_second_placement_takes_over_after_a_rollback(connect: Connect, blocked: Blocked, trader: Conn) -> None:
    query = "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k1')"
    ahead, behind = connect(autocommit=False), connect()
    (first,) = rows(ahead, query)
    waiting = blocked(behind, query)
    ahead.rollback()
    (second,) = waiting.result(10)
    assert second != first
    assert rows(trader, "SELECT order_id FROM oms.orders") == [second]


def test_the_second_placement_with_other_content_is_refused(connect: Connect, blocked: Blocked) -> None:
    query = "SELECT order_id FROM oms.place_order('TCS', 'buy', %s, client_order_id => 'k1')"
    ahead, behind = connect(autocommit=False), connect()
    rows(ahead, query, 10)
    waiting = blocked(behind, query, 11)
    ahead.commit()
    with pytest.raises(psycopg.Error) as error:
        waiting.result(10)
    assert error.value.sqlstate == "OM005"


def test_a_client_killed_between_commit_and_send(trader: Conn, trader_dsn: str) -> None:
    """Nobody knows whether it was sent: the order is there, unconfirmed, until the broker says."""
    _place_and_die(trader_dsn, "between commit and send")
    found = one(trader, "SELECT order_id, client_order_id, attempts FROM oms.unconfirmed_orders")
    assert (found["client_order_id"], found["attempts"]) == ("k1", 0)
    exposed = one(trader, "SELECT order_id, signed_qty, unconfirmed FROM oms.open_exposure")
    assert exposed == {"order_id": found["order_id"], "signed_qty": 10, "unconfirmed": True}
    # The client starts again: the same key finds the order, and the broker's word confirms it.
    query = "SELECT order_id, version FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k1')"
    assert one(trader, query) == {"order_id": found["order_id"], "version": 1}
    rows(trader, "SELECT * FROM oms.accept_order(%s, 'B1')", found["order_id"])
    assert rows(trader, "SELECT * FROM oms.unconfirmed_orders") == []
    assert one(trader, "SELECT unconfirmed FROM oms.open_exposure") == {"unconfirmed": False}


def test_a_client_killed_before_its_commit(trader: Conn, trader_dsn: str) -> None:
    """What isn't committed must not have been sent, and isn't there."""
    _place_and_die(trader_dsn, "before the commit")
    assert rows(trader, "SELECT * FROM oms.open_exposure") == []
    query = "SELECT version FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'k1')"
    assert one(trader, query) == {"version": 1}
