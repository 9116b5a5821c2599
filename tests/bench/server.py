"""The benchmark's own server and databases, and the baseline that everything is compared with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from orderstamp import embedded
from orderstamp.embedded import Embedded
from orderstamp.install.roles import GROUP_ROLES, administrator_sql
from orderstamp.migrate import migrate

Conn = Connection[Any]

OWNER = "orderstamp_owner"
TRADER = "trader"
USERS = {"owner": OWNER, "oms_trader": TRADER}
TEMPLATE = "installed"

# A durable server: fsync and full_page_writes stay on. Nothing strikes at random: no autovacuum, no timed checkpoint.
SETTINGS = (
    "shared_buffers = 512MB",
    "max_wal_size = 8GB",
    "checkpoint_timeout = 1h",
    "autovacuum = off",
    "jit = off",
)

# The baseline, fixed: the columns and the primary key of orders; no other index, check, trigger or storage parameter.
BASELINE: LiteralString = """
CREATE SCHEMA bench;
CREATE TABLE bench.orders (LIKE oms.orders INCLUDING DEFAULTS, PRIMARY KEY (order_id, account));
GRANT USAGE ON SCHEMA bench TO oms_trader;
GRANT SELECT, INSERT, UPDATE ON bench.orders TO oms_trader;
"""

# As a trading day leaves them: both ids known, a limit, an owner inside the account.
ORDERS: LiteralString = """
INSERT INTO oms.orders (symbol, side, quantity, order_type, limit_price, client_order_id, broker_order_id, strategy_id)
SELECT 'SYM' || i %% 50 || '-EQ', CASE WHEN i / 50 %% 2 = 0 THEN 'buy' ELSE 'sell' END, 10 + i %% 90,
  'limit', 95.5 + i %% 20,
  'rsi-2025-11-' || to_char(i, 'FM0000000'), '2511220' || to_char(i, 'FM0000000'), 'rsi-reversal'
FROM generate_series(1, %(orders)s) AS i
"""


@dataclass(frozen=True, slots=True)
class Database:
    """One database on the benchmark's server."""

    server: Embedded
    name: str

    def connect(
        self, user: str = OWNER, *, synchronous_commit: bool = False, autocommit: bool = True, **params: Any
    ) -> Conn:
        """A connection with the durability asked for."""
        options = f"-c synchronous_commit={'on' if synchronous_commit else 'off'}"
        dsn = self.server.conninfo(self.name, user)
        return psycopg.connect(dsn, autocommit=autocommit, options=options, **params)

    def execute(self, *statements: LiteralString) -> None:
        """Run statements as the server's administrator."""
        with self.connect(embedded.SUPERUSER) as conn:
            for statement in statements:
                conn.execute(statement)


@dataclass(frozen=True, slots=True)
class Bench:
    """The running server, with the product installed in a template."""

    server: Embedded

    @property
    def version(self) -> str:
        """The server as it describes itself."""
        with Database(self.server, TEMPLATE).connect() as conn:
            return str(conn.execute("SELECT version()").fetchall()[0][0])

    @contextmanager
    def database(self, name: str, orders: int = 0) -> Iterator[Database]:
        """A fresh copy of the template with so many pending orders in oms.orders and, row for row, in bench.orders."""
        database = Database(self.server, name)
        admin = Database(self.server, "postgres")
        with admin.connect(embedded.SUPERUSER) as conn:
            conn.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
            )
        with database.connect() as conn:
            conn.execute("SELECT set_config('oms.actor', 'svc:order-gateway', false)")
            conn.execute(ORDERS, {"orders": orders})
            conn.execute("INSERT INTO bench.orders SELECT * FROM oms.orders")
        database.execute("VACUUM ANALYZE oms.orders, oms.order_events, bench.orders")
        yield database
        with admin.connect(embedded.SUPERUSER) as conn:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def running_bench() -> Iterator[Bench]:
    """Start the server in a temporary folder, install the product, remove everything afterwards."""
    with tempfile.TemporaryDirectory(prefix="oms-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = embedded.start(folder, settings=SETTINGS)
        try:
            with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
                conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
                conn.execute(administrator_sql(list(GROUP_ROLES)).encode())
                conn.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE oms_trader").format(sql.Identifier(TRADER)))
                conn.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(TEMPLATE), sql.Identifier(OWNER))
                )
            migrate(server.conninfo(TEMPLATE, OWNER))
            with Database(server, TEMPLATE).connect() as conn:
                conn.execute(BASELINE)
            yield Bench(server)
        finally:
            embedded.stop(folder)
