"""Many installers at once: each succeeds, the work is done once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp.install.locks import INSTALL_KEY
from orderstamp.migrate import migrate
from orderstamp.resources import Release
from support.catalog import snapshot
from support.waiting import until


@pytest.mark.slow
def test_twenty_at_once(blank: Connection[Any], blank_dsn: str, owner: Connection[Any]) -> None:
    installers = [
        subprocess.Popen(
            [sys.executable, "-m", "orderstamp.cli", "migrate", "--json"],
            env={**os.environ, "DATABASE_URL": blank_dsn},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(20)
    ]
    results = [(*process.communicate(timeout=180), process.returncode) for process in installers]
    assert [code for *_, code in results] == [0] * 20, results
    applied = [json.loads(stdout)["applied"] for stdout, *_ in results]
    assert len([steps for steps in applied if steps]) == 1
    assert snapshot(blank) == snapshot(owner)


def test_the_second_waits_and_says_so(blank: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    said: list[str] = []
    blank.execute("SELECT pg_advisory_lock(%s)", [INSTALL_KEY])
    waiting = threading.Thread(target=migrate, args=(blank_dsn, tiny, said.append))
    waiting.start()
    try:
        until(lambda: bool(said), "the second says that it waits")
        assert said == ["another migrate is running, waiting for it"]
        assert blank.execute("SELECT to_regnamespace('oms') IS NULL").fetchone() == (True,)
    finally:
        blank.execute("SELECT pg_advisory_unlock(%s)", [INSTALL_KEY])
        waiting.join(30)
    assert blank.execute("SELECT version FROM oms.installation").fetchone() == (tiny.version,)


def test_waiting_holds_no_snapshot(blank: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    """Else CREATE INDEX CONCURRENTLY of the one ahead would wait for the one behind, and both for ever."""
    blank.execute("SELECT pg_advisory_lock(%s)", [INSTALL_KEY])
    said: list[str] = []
    waiting = threading.Thread(target=migrate, args=(blank_dsn, tiny, said.append))
    waiting.start()
    try:
        until(lambda: bool(said), "the second says that it waits")
        blank.execute("CREATE TABLE public.t (a int)")
        blank.execute("SET lock_timeout = '20s'")
        blank.execute("CREATE INDEX CONCURRENTLY t_ix ON public.t (a)")
    finally:
        blank.execute("SELECT pg_advisory_unlock(%s)", [INSTALL_KEY])
        waiting.join(30)


def test_two_loads_never_meet(blank_dsn: str, tiny: Release) -> None:
    """A bare yoyo loads without the installer's lock, so loading has a lock of its own."""
    migrate(blank_dsn, tiny)
    failures: list[BaseException] = []

    def load_often() -> None:
        from orderstamp.install.loader import load

        try:
            with psycopg.connect(blank_dsn, autocommit=True) as conn:
                for _ in range(5):
                    load(conn, tiny)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=load_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
