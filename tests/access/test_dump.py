"""pg_dump by the owner holds every row, and restoring it neither stamps nor logs anything anew."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql

from orderstamp.embedded import Embedded
from support import programs
from support.catalog import snapshot
from support.server import OWNER, VERSION

from .conftest import one, rows

Conn = Connection[Any]

TABLES = {
    "account_members": "role, account",
    "accounts": "account",
    "fills": "fill_id",
    "installation": "singleton",
    "order_events": "order_id, seq",
    "orders": "order_id",
    "position_lots": "symbol, account, book, fill_id",
    "positions": "symbol, account, book",
    "reject_rules": "broker, priority",
    "retry_claims": "order_id, account",
    "status_transitions": "from_status, to_status, event_type",
}


def _run(program: str, *arguments: str, stdin: str | None = None) -> str:
    """A program of the server's own bin folder; its complaints fail the test."""
    # The settings of the session must not matter: an odd time zone and date style.
    environment = os.environ | {"PGTZ": "Asia/Kolkata", "PGOPTIONS": "-c datestyle=German"}
    command = [programs.program(VERSION, program), *arguments]
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def elsewhere(server: Embedded, dbname: str) -> Iterator[str]:
    """Conninfo, as the owner, of another empty database."""
    name = f"{dbname}_copy"
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
        yield server.conninfo(name, OWNER)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _content(conn: Conn) -> dict[str, list[dict[str, Any]]]:
    return {name: rows(conn, f"SELECT * FROM oms.{name} ORDER BY {key}") for name, key in TABLES.items()}


def _explicit(catalog: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without what owners may do on their own, which is written down or not, and means the same."""
    own = re.compile(rf" ?\{{{OWNER}=\w+/{OWNER}\}}|{OWNER}=\w+/{OWNER},?")
    return {part: [own.sub("", line) for line in lines] for part, lines in catalog.items()}


@pytest.mark.usefixtures("desks")
@pytest.mark.parametrize("form", ["plain", "custom"])
def test_dump_and_restore(owner: Conn, dsn: str, elsewhere: str, tmp_path: Path, form: str) -> None:
    before, catalog = _content(owner), snapshot(owner)
    assert {row["account"] for row in before["orders"]} == {"a", "b"}, "row security is not in the way of its owner"
    file = str(tmp_path / "dump")
    _run("pg_dump", "--format", form, "--schema", "oms", "--file", file, "--dbname", dsn)
    if form == "plain":
        assert "set_config('search_path', '', false)" in Path(file).read_text()
        _run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", file, "-d", elsewhere)
    else:
        _run("pg_restore", "--exit-on-error", "--dbname", elsewhere, file)
    with psycopg.connect(elsewhere, autocommit=True) as copy:
        assert _content(copy) == before
        assert _explicit(snapshot(copy)) == _explicit(catalog)
        assert rows(copy, "SELECT * FROM oms.audit_gaps") == []


@pytest.mark.usefixtures("desks")
def test_life_goes_on_after_a_restore(owner: Conn, dsn: str, elsewhere: str) -> None:
    """Sequences, guards and row security came along."""
    last = one(owner, "SELECT max(order_id) AS id, max(last_fill_id) AS fill FROM oms.orders")
    _run(
        "psql", "-X", "-q", "-o", os.devnull, "-d", elsewhere, stdin=_run("pg_dump", "--schema", "oms", "--dbname", dsn)
    )
    with psycopg.connect(elsewhere, autocommit=True) as copy:
        order = one(copy, "SELECT * FROM oms.place_order('INFY', 'sell', 10, account => 'a')")
        assert order["order_id"] > last["id"]
        order = one(copy, "SELECT * FROM oms.mark_executed(%s, 101, account => 'a')", order["order_id"])
        assert (order["status"], order["version"]) == ("closed", 2)
        assert order["last_fill_id"] > last["fill"]
        assert rows(copy, "SELECT * FROM oms.audit_gaps") == []
        with pytest.raises(psycopg.Error) as error:
            rows(copy, "DELETE FROM oms.orders")
        assert error.value.sqlstate == "OM004"
    with psycopg.connect(psycopg.conninfo.make_conninfo(elsewhere, user="desk_a"), autocommit=True) as desk:
        assert {row["account"] for row in rows(desk, "SELECT * FROM oms.orders")} == {"a"}


@pytest.mark.usefixtures("desks")
def test_a_desk_can_not_dump(dsn: str) -> None:
    """pg_dump switches row security off, so that it holds everything or fails: never a part that looks whole."""
    as_desk = psycopg.conninfo.make_conninfo(dsn, user="desk_a")
    command = [programs.program(VERSION, "pg_dump"), "--table", "oms.orders", "--dbname", as_desk]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
