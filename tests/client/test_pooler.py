"""Clients that share one server session through PgBouncer in transaction mode: each event says who it was, for whom.

The pooler hands the same session to whoever asks next, so that whatever one client left in it the other would find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, Connection
from psycopg_pool import ConnectionPool

from orderstamp import AsyncOrderstamp, OrderNotFound, Orderstamp
from orderstamp.embedded import Embedded
from support import pgbouncer, programs
from support.server import LOGINS
from support.waiting import until

Conn = Connection[Any]
# enter(role, autocommit=True) connects through the pooler.
Enter = Callable[..., Conn]

# It has a pooler of its own.
pytestmark = pytest.mark.unpooled


@pytest.fixture(scope="session")
def pooler(server: Embedded) -> Iterator[Embedded]:
    """PgBouncer with a single server session per user and database."""
    if pgbouncer.find() is None:
        (pytest.fail if programs.required() else pytest.skip)(pgbouncer.HOW_TO_GET)
    with pgbouncer.running_pooler(server, tuple(LOGINS), sessions=1) as pooler:
        yield pooler


@pytest.fixture
def patient() -> dict[str, Any]:
    """How applications connect: without prepared statements, unless the pooler knows them."""
    return {} if pgbouncer.prepares() else {"prepare_threshold": None}


@pytest.fixture
def pooled_dsn(pooler: Embedded, dbname: str, server: Embedded) -> str:
    """Conninfo of a trader who may act for the accounts default and second."""
    with psycopg.connect(server.conninfo(dbname), autocommit=True) as conn:
        conn.execute("INSERT INTO oms.account_members (role, account) VALUES ('oms_trader', 'second')")
    return pooler.conninfo(dbname, "trader")


@pytest.fixture
def enter(pooled_dsn: str, patient: dict[str, Any]) -> Iterator[Enter]:
    opened: list[Conn] = []

    def connect(*, autocommit: bool = True) -> Conn:
        conn = psycopg.connect(pooled_dsn, autocommit=autocommit, **patient)
        opened.append(conn)
        return conn

    yield connect
    for conn in opened:
        conn.close()


def session(conn: Conn) -> int:
    """The server session that this statement runs in."""
    row = conn.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def told(admin: Conn) -> list[tuple[str, str, str | None, str]]:
    """Of every event: the order's client_order_id, and which account, actor and role it names."""
    return admin.execute(
        """
        SELECT o.client_order_id, e.account, e.actor, e.db_user
          FROM oms.order_events e JOIN oms.orders o USING (order_id, account) ORDER BY e.recorded_at, e.order_id, e.seq
        """
    ).fetchall()


def as_they_are_named(admin: Conn) -> None:
    """Every order here is named `account/actor/…` by its client: the events must say the same."""
    events = told(admin)
    assert events
    for client_order_id, account, actor, db_user in events:
        assert client_order_id.split("/")[:2] == [account, actor], client_order_id
        assert db_user == "trader"


def test_bound_clients_take_turns(enter: Enter, admin: Conn) -> None:
    ana = Orderstamp(enter(), "default", "ana")
    ben = Orderstamp(enter(), "second", "ben")
    for n in range(12):  # more often than it takes to prepare a statement
        ours = ana.place_order("INFY", "buy", 10, client_order_id=f"default/ana/{n}")
        theirs = ben.place_order("INFY", "sell", 10, client_order_id=f"second/ben/{n}")
        ana.mark_executed(ours.order_id, 100, exec_id=f"{n}")
        ben.mark_cancelled(theirs.order_id)
        assert ben.find_order(f"default/ana/{n}") is None, "each sees its own account"
    as_they_are_named(admin)
    assert len(told(admin)) == 48


def test_they_share_one_session(enter: Enter) -> None:
    assert session(enter()) == session(enter())


def test_context_ends_with_its_transaction(enter: Enter, admin: Conn) -> None:
    ana, ben = enter(autocommit=False), enter()
    bound = Orderstamp(ana, "default")
    bound.set_context("ana", "by hand", "req-7")
    order = bound.place_order("INFY", "buy", 10, client_order_id="default/ana/1")
    ana.execute("UPDATE oms.orders SET limit_price = 9 WHERE order_id = %s", [order.order_id])
    ana.commit()
    ben.execute("UPDATE oms.orders SET limit_price = 8 WHERE order_id = %s", [order.order_id])
    events = admin.execute(
        "SELECT actor, reason, correlation_id, db_user FROM oms.order_events ORDER BY seq"
    ).fetchall()
    assert events[:2] == [("ana", "by hand", "req-7", "trader")] * 2
    actor, reason, correlation_id, db_user = events[2]
    assert (actor, correlation_id, db_user) == (None, None, "trader"), "nothing of it is left for the next one"
    assert reason != "by hand"


def test_one_waits_until_the_other_s_transaction_ends(enter: Enter, pooler: Embedded, admin: Conn) -> None:
    ana = enter(autocommit=False)
    Orderstamp(ana).set_context("ana")
    Orderstamp(ana, "default").place_order("INFY", "buy", 10, client_order_id="default/ana/1")
    ben = Orderstamp(enter(), "second", "ben")
    with ThreadPoolExecutor(1) as thread:
        placing = thread.submit(ben.place_order, "INFY", "buy", 10, client_order_id="second/ben/1")
        until(lambda: pgbouncer.waiting(pooler, admin.info.dbname) == 1, "the pooler lets the second client wait")
        ana.execute("UPDATE oms.orders SET limit_price = 9")
        ana.commit()
        assert placing.result(10).account == "second"
    as_they_are_named(admin)


def test_batches_of_two_clients(enter: Enter, admin: Conn) -> None:
    ana = Orderstamp(enter(), "default", "ana")
    ben = Orderstamp(enter(), "second", "ben")

    def work(client: Orderstamp, name: str) -> None:
        for n in range(10):
            with client.batch() as batch:
                placed = [batch.place_order("INFY", "buy", 1, client_order_id=f"{name}/{n}/{k}") for k in range(5)]
            with client.batch() as batch:
                for order in placed:
                    batch.mark_executed(order.result.order_id, 100, exec_id="1")

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(work, ana, "default/ana"), threads.submit(work, ben, "second/ben")]:
            done.result(60)
    as_they_are_named(admin)
    assert len(told(admin)) == 200


def test_a_refused_batch_leaves_the_session_to_the_next(enter: Enter, admin: Conn) -> None:
    ana = Orderstamp(enter(), "default", "ana")
    ben = Orderstamp(enter(), "second", "ben")
    for n in range(3):
        with pytest.raises(OrderNotFound), ana.batch() as batch:  # noqa: PT012 - refused at the end of its block
            batch.set_context("eve", "never")
            batch.place_order("INFY", "buy", 1, client_order_id=f"default/eve/{n}")
            batch.get_order(1_000_000)
        ben.place_order("INFY", "buy", 1, client_order_id=f"second/ben/{n}")
    as_they_are_named(admin)
    assert len(told(admin)) == 3


async def test_the_async_client(pooled_dsn: str, patient: dict[str, Any], admin: Conn) -> None:
    async with (
        await AsyncConnection.connect(pooled_dsn, autocommit=True, **patient) as first,
        await AsyncConnection.connect(pooled_dsn, autocommit=True, **patient) as second,
    ):
        ana, ben = AsyncOrderstamp(first, "default", "ana"), AsyncOrderstamp(second, "second", "ben")
        for n in range(8):
            await ana.place_order("INFY", "buy", 1, client_order_id=f"default/ana/{n}")
            async with ben.batch() as batch:
                batch.place_order("INFY", "buy", 1, client_order_id=f"second/ben/{n}")
    as_they_are_named(admin)


def test_a_pool_of_the_application_before_the_pooler(pooled_dsn: str, patient: dict[str, Any], admin: Conn) -> None:
    with ConnectionPool(pooled_dsn, min_size=2, max_size=4, kwargs=patient, open=True) as pool:

        def work(account: str, actor: str) -> None:
            client = Orderstamp(pool, account, actor)
            for n in range(10):
                order = client.place_order("INFY", "buy", 1, client_order_id=f"{account}/{actor}/{n}")
                client.mark_failed(order.order_id, "no margin")

        with ThreadPoolExecutor(2) as threads:
            for done in [threads.submit(work, "default", "ana"), threads.submit(work, "second", "ben")]:
                done.result(60)
    as_they_are_named(admin)
    assert len(told(admin)) == 40


def test_a_session_lost_between_calls_is_replaced(enter: Enter, admin: Conn) -> None:
    conn = enter()
    client = Orderstamp(conn, "second", "ben")
    client.place_order("INFY", "buy", 1, client_order_id="second/ben/1")
    lost = session(conn)
    end(admin, lost)
    client.place_order("INFY", "buy", 1, client_order_id="second/ben/2")
    assert session(conn) != lost
    as_they_are_named(admin)
    assert len(told(admin)) == 2


def test_a_session_lost_in_a_transaction_takes_all_of_it_along(enter: Enter, admin: Conn) -> None:
    conn = enter(autocommit=False)
    client = Orderstamp(conn, "default", "ana")
    client.set_context("eve", "lost")
    client.place_order("INFY", "buy", 1, client_order_id="default/ana/1")
    end(admin, session(conn))
    with pytest.raises(psycopg.OperationalError):
        client.place_order("INFY", "buy", 1, client_order_id="default/ana/2")
    assert told(admin) == []
    again = Orderstamp(enter(), "default", "ana")
    again.place_order("INFY", "buy", 1, client_order_id="default/ana/1")
    as_they_are_named(admin)


def test_a_client_lost_in_a_transaction_leaves_nothing_to_the_next(enter: Enter, admin: Conn) -> None:
    gone = enter(autocommit=False)
    client = Orderstamp(gone, "default")
    client.set_context("ana", "lost")
    client.place_order("INFY", "buy", 1, client_order_id="default/ana/1")
    gone.close()
    conn = enter()
    conn.execute("INSERT INTO oms.orders (symbol, side, quantity, client_order_id) VALUES ('TCS', 'buy', 1, 'raw')")
    assert told(admin) == [("raw", "default", None, "trader")]


def test_set_for_the_session_reaches_a_stranger(enter: Enter, admin: Conn) -> None:
    """What not to do behind a transaction pooler: SET without LOCAL stays in a session that isn't ours."""
    ana, ben = enter(), enter()
    ana.execute("SET oms.actor = 'ana'")
    ana.execute("SET oms.account = 'second'")
    ben.execute("INSERT INTO oms.orders (symbol, side, quantity, client_order_id) VALUES ('TCS', 'buy', 1, 'raw')")
    assert told(admin) == [("raw", "second", "ana", "trader")], "ben's order, in ana's name; only the role is a fact"
    bound = Orderstamp(ben, "default", "ben")
    bound.place_order("INFY", "buy", 1, client_order_id="bound")
    assert told(admin)[-1] == ("bound", "default", "ben", "trader"), "a bound client says it with every call"


def test_set_local_ends_with_the_transaction(enter: Enter, admin: Conn) -> None:
    ana, ben = enter(autocommit=False), enter()
    insert = b"INSERT INTO oms.orders (symbol, side, quantity, client_order_id) VALUES ('TCS', 'buy', 1, %s)"
    ana.execute("SET LOCAL oms.actor = 'ana'")
    ana.execute("SET LOCAL oms.account = 'second'")
    ana.execute(insert, ["a"])
    ana.commit()
    ben.execute(insert, ["b"])
    assert told(admin) == [("a", "second", "ana", "trader"), ("b", "default", None, "trader")]


def test_prepared_statements_need_a_pooler_that_knows_them(pooled_dsn: str) -> None:
    """Before PgBouncer 1.21 a statement prepared by one client is in the way of the next one's: don't prepare."""

    def repeat() -> None:
        with (
            psycopg.connect(pooled_dsn, autocommit=True) as first,
            psycopg.connect(pooled_dsn, autocommit=True) as second,
        ):
            for n in range(8):
                for conn, name in ((first, "a"), (second, "b")):
                    Orderstamp(conn, "default", name).place_order("INFY", "buy", 1, client_order_id=f"{name}-{n}")

    if pgbouncer.prepares():
        repeat()
    else:
        with pytest.raises(psycopg.errors.DuplicatePreparedStatement):
            repeat()


def end(admin: Conn, pid: int) -> None:
    """End a server session, and wait until it is gone."""
    admin.execute("SELECT pg_terminate_backend(%s)", [pid])
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
    until(lambda: bool((admin.execute(gone, [pid]).fetchone() or (False,))[0]), f"session {pid} is gone")
