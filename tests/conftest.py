"""One server per worker, one migrated template, one clone of it per test.

`owner` and `trader` are autocommit connections to the test's own database, `dsn` and `trader_dsn` the conninfo
strings behind them, `connect(role)` opens more. The product is installed by a plain owner: not a superuser, not
allowed to create roles. `admin` is the server's superuser, for what only an administrator can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor

from orderstamp.embedded import SUPERUSER, Embedded
from orderstamp.migrate import migrate
from support import programs
from support.server import LOGINS, OWNER, VERSION, running_server
from support.waiting import until

Conn = Connection[Any]
Connect = Callable[..., Conn]


def pytest_configure() -> None:
    """Say at once, and once, that the version asked for isn't here."""
    if programs.find(VERSION) is None:
        raise pytest.UsageError(programs.how_to_get(VERSION))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks the server: the rest says the same on every version."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()):
            item.add_marker("server")


def pytest_report_header() -> str:
    return f"PostgreSQL {VERSION} from {programs.find(VERSION)}"


class _Server(NoopExecutor):
    """What pytest-postgresql wants to know about a server that it didn't start."""

    # No template to clone from: the first database is made from scratch.
    template_dbname = None  # type: ignore[assignment]


def _install(**params: Any) -> None:
    """Make the template: an empty database that belongs to the plain owner, then `orderstamp migrate`."""
    where = {key: params[key] for key in ("host", "port", "dbname")}
    with psycopg.connect(**where, user=SUPERUSER, autocommit=True) as conn:
        _hand_over(conn, params["dbname"])
    migrate(make_conninfo(**where, user=OWNER))


def _hand_over(conn: Conn, dbname: str) -> None:
    conn.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(dbname), sql.Identifier(OWNER)))


@pytest.fixture(scope="session")
def server() -> Iterator[Embedded]:
    """The embedded server of this test session (of this worker under xdist)."""
    with running_server() as embedded:
        assert embedded.version == VERSION
        yield embedded


@pytest.fixture(scope="session")
def empty_server(server: Embedded) -> _Server:
    """The server as pytest-postgresql's noproc factory understands it."""
    return _Server(host=str(server.socket_dir), port=server.port, user=SUPERUSER, options="", dbname="", password=None)


orders_server = factories.postgresql_noproc(depends_on="empty_server", dbname="orders", load=[_install])
orders_database = factories.postgresql("orders_server")
blank_server = factories.postgresql_noproc(depends_on="empty_server", dbname="blank")
blank_database = factories.postgresql("blank_server")


def _clone(server: Embedded, database: Conn) -> str:
    """Name of a fresh clone, handed to the plain owner; the factory's own connection isn't used."""
    dbname = database.info.dbname
    database.close()
    with psycopg.connect(server.conninfo(dbname), autocommit=True) as conn:
        _hand_over(conn, dbname)
    return dbname


@pytest.fixture
def dbname(server: Embedded, orders_database: Conn) -> str:
    """Name of this test's database, installed."""
    return _clone(server, orders_database)


@pytest.fixture(scope="session")
def entrance(server: Embedded) -> Embedded:
    """Where all but the administrator connect: the server itself, or what stands before it."""
    return server


@pytest.fixture
def dsn(entrance: Embedded, dbname: str) -> str:
    """Conninfo of this test's database as the installing owner."""
    return entrance.conninfo(dbname, OWNER)


@pytest.fixture
def trader_dsn(entrance: Embedded, dbname: str) -> str:
    """Conninfo of this test's database as a member of oms_trader."""
    return entrance.conninfo(dbname, "trader")


@pytest.fixture
def admin_dsn(server: Embedded, dbname: str) -> str:
    """Conninfo of this test's database as the server's superuser."""
    return server.conninfo(dbname)


@pytest.fixture
def blank_dsn(server: Embedded, blank_database: Conn) -> str:
    """Conninfo, as the owner, of a database in which nothing was ever installed."""
    return server.conninfo(_clone(server, blank_database), OWNER)


@pytest.fixture
def connect(server: Embedded, entrance: Embedded, dbname: str) -> Iterator[Connect]:
    """Open more connections: connect(role, autocommit=True), role a login, "owner" or "admin"."""
    opened: list[Conn] = []
    users = {**{login: login for login in LOGINS}, "owner": OWNER, "admin": SUPERUSER}

    def open_connection(role: str = "trader", *, autocommit: bool = True, **params: Any) -> Conn:
        way = server if role == "admin" else entrance
        conn = psycopg.connect(way.conninfo(dbname, users[role]), autocommit=autocommit, **params)
        opened.append(conn)
        return conn

    yield open_connection
    for conn in opened:
        conn.close()


@pytest.fixture
def owner(connect: Connect) -> Conn:
    """The installing owner: neither superuser nor allowed to create roles."""
    return connect("owner")


@pytest.fixture
def admin(connect: Connect) -> Conn:
    """The server's superuser."""
    return connect("admin")


@pytest.fixture
def trader(connect: Connect) -> Conn:
    """A login role that is a member of oms_trader and of nothing else."""
    return connect("trader")


@pytest.fixture
def wait_for_lock(server: Embedded, dbname: str) -> Iterator[Callable[[int], None]]:
    """wait_for_lock(pid): return once that backend is seen waiting for a lock."""
    with psycopg.connect(server.conninfo(dbname), autocommit=True) as conn:

        def wait(pid: int) -> None:
            def blocked() -> bool:
                row = conn.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid]).fetchone()
                return bool(row and row[0])

            until(blocked, f"backend {pid} waits for a lock")

        yield wait
