"""What an attack may not change: every row of the product, its catalog, and the invariants of the books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from support.catalog import snapshot

from .conftest import one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]


def books(owner: Conn) -> dict[str, Any]:
    """Every row of every table of the product, and its whole catalog."""
    tables = rows(owner, "SELECT relname FROM pg_class WHERE relnamespace = 'oms'::regnamespace AND relkind = 'r'")
    content = {
        row["relname"]: sorted(map(str, rows(owner, f"SELECT t::text FROM oms.{row['relname']} t"))) for row in tables
    }
    return content | snapshot(owner)


@contextmanager
def unchanged(owner: Conn) -> Iterator[None]:
    """Nothing is changed by what happens inside, and nothing is wrong afterwards."""
    before = books(owner)
    yield
    assert books(owner) == before
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


def refused(conn: Conn, statement: str, *states: str) -> psycopg.Error:
    """The statement is refused with one of these SQLSTATEs."""
    with pytest.raises(psycopg.Error) as error:
        rows(conn, statement)
    assert error.value.sqlstate in states, f"{error.value.sqlstate}: {error.value}"
    return error.value


def trade(conn: Conn) -> dict[str, int]:
    """An entry that is held, a live order and a failed one; their ids."""
    ids = {
        name: int(
            one(conn, "SELECT order_id FROM oms.place_order('TCS', 'buy', 10, client_order_id => %s)", name)["order_id"]
        )
        for name in ("held", "live", "failed")
    }
    # Not fetched: some settings write times that a client can't read.
    conn.execute("SELECT * FROM oms.mark_executed(%s, 100, exec_id => 'E1')", [ids["held"]])
    conn.execute("SELECT * FROM oms.mark_failed(%s, 'not sent')", [ids["failed"]])
    return ids
