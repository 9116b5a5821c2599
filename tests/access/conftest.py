"""Two desks, a and b, each a database role of its own with an account of its own, and orders in both accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import dict_row

from orderstamp.embedded import Embedded

Conn = Connection[Any]
Row = dict[str, Any]
# login(role, account) opens a session of that role, with oms.account set to the account unless it is None.
Login = Callable[..., Conn]

DESKS = ("desk_a", "desk_b")
# Not a member of the account itself, but of the group team_b, which is; by two ways of the house that team_b is of.
BY_GROUP = "colleague_b"


def rows(conn: Conn, query: str, *params: Any) -> list[Row]:
    """Execute and fetch everything, as dicts."""
    cursor = conn.cursor(row_factory=dict_row).execute(query.encode(), params or None)
    return cursor.fetchall() if cursor.description else []


def one(conn: Conn, query: str, *params: Any) -> Row:
    """Execute and fetch the only row."""
    (row,) = rows(conn, query, *params)
    return row


@pytest.fixture(scope="session")
def staffed(server: Embedded) -> Embedded:
    """The server with the desks' roles; roles belong to the whole server, so they are made once."""
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
        conn.execute("CREATE ROLE house NOLOGIN")
        conn.execute("CREATE ROLE division NOLOGIN IN ROLE house")
        conn.execute("CREATE ROLE team_b NOLOGIN IN ROLE division")
        for desk in DESKS:
            conn.execute(f"CREATE ROLE {desk} LOGIN IN ROLE oms_trader".encode())
        conn.execute(f"CREATE ROLE {BY_GROUP} LOGIN IN ROLE oms_trader, team_b, house".encode())
    return server


@pytest.fixture
def login(staffed: Embedded, dbname: str) -> Iterator[Login]:
    opened: list[Conn] = []

    def open_session(role: str, account: str | None = None) -> Conn:
        options = f"-c oms.account={account}" if account else ""
        conn = psycopg.connect(staffed.conninfo(dbname, role), autocommit=True, options=options)
        opened.append(conn)
        return conn

    yield open_session
    for conn in opened:
        conn.close()


@pytest.fixture
def desks(owner: Conn, login: Login) -> tuple[Conn, Conn]:
    """Sessions of desk a and desk b. Each account holds a closed round trip, a held entry that was placed by hand and
    has an open request, a pending order, a report that contradicts the books, a run against a book, and a failed order
    in a worker's hands."""
    rows(owner, "DELETE FROM oms.account_members")
    rows(owner, "INSERT INTO oms.account_members VALUES ('desk_a', 'a'), ('desk_b', 'b'), ('team_b', 'b')")
    rows(owner, "INSERT INTO oms.accounts (account) VALUES ('a'), ('b')")
    rows(owner, "UPDATE oms.retry_policies SET first_delay = '0'")
    sessions = login("desk_a", "a"), login("desk_b", "b")
    for number, conn in enumerate(sessions):
        for symbol, side in (("TCS", "buy"), ("TCS", "sell"), ("INFY", "buy"), ("WIPRO", "buy")):
            order = one(
                conn, "SELECT * FROM oms.place_order(%s, %s, 10, client_order_id => %s)", symbol, side, symbol + side
            )
            if symbol != "WIPRO":
                rows(conn, "SELECT * FROM oms.mark_executed(%s, %s)", order["order_id"], 100 + number)
        rows(conn, "UPDATE oms.orders SET manual_detected_at = now() WHERE symbol = 'INFY'")
        rows(conn, "SELECT * FROM oms.request_replace('INFYbuy', 'R1', 12)")
        rows(
            conn, "SELECT * FROM oms.apply_execution_report(%s)", '{"ExecType": "0", "ClOrdID": "TCSbuy", "CumQty": 3}'
        )
        rows(conn, "SELECT * FROM oms.reconcile('[{}]', now(), 'kite', complete => false)")
        failed = one(conn, "SELECT * FROM oms.place_order('HDFC', 'buy', 10, client_order_id => 'HDFCbuy')")["order_id"]
        rows(conn, "SELECT * FROM oms.mark_failed(%s, 'connection refused')", failed)
        rows(conn, "SELECT * FROM oms.claim_retries('w1')")
    return sessions


@pytest.fixture
def ids(desks: tuple[Conn, Conn]) -> dict[str, list[int]]:
    """Order ids by account."""
    query = "SELECT array_agg(order_id ORDER BY order_id) AS ids FROM oms.orders"
    return {account: one(conn, query)["ids"] for account, conn in zip(("a", "b"), desks, strict=True)}
