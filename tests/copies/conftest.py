"""Servers to copy between: one of the version under test, one of another that the wheel brings.

Each has the roles of every test and a template in which the product is installed. Only the version under test and
the two that come with the environment are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import psycopg
import pytest
from psycopg import sql

from orderstamp.embedded import SUPERUSER, Embedded
from orderstamp.migrate import migrate
from support.copies import Place, live
from support.server import OWNER, VERSION, running_server

OTHER = 16 if VERSION == 18 else 18
# From and to.
PAIRS = [(VERSION, VERSION), (VERSION, OTHER), (OTHER, VERSION)]

Make = Callable[..., Place]


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[int, Embedded]]:
    """Both, ready to publish, with the login that replication takes and one that it must not."""
    with ExitStack() as stack:
        found = {}
        for version in (VERSION, OTHER):
            found[version] = stack.enter_context(running_server(version=version, settings=["wal_level = logical"]))
            with psycopg.connect(found[version].conninfo("postgres"), autocommit=True) as admin:
                # Above row-level security and in no group role; the other is neither.
                admin.execute("CREATE ROLE replicator LOGIN REPLICATION BYPASSRLS")
                admin.execute("CREATE ROLE bound LOGIN IN ROLE oms_auditor")
            installed = _create(found[version], "installed")
            migrate(installed.dsn)
        yield found


@pytest.fixture
def make(servers: dict[int, Embedded]) -> Iterator[Make]:
    """make(version): a database of the plain owner, installed; with installed=False an empty one."""
    numbers = count()
    made: list[Place] = []

    def create(version: int, *, installed: bool = True) -> Place:
        place = _create(servers[version], f"copy{next(numbers)}", "installed" if installed else "template1")
        made.append(place)
        return place

    yield create
    for place in reversed(made):
        with place.connect(SUPERUSER) as admin:
            admin.execute("DROP SUBSCRIPTION IF EXISTS orderstamp")
        with psycopg.connect(place.server.conninfo("postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(place.dbname)))


@pytest.fixture
def lived(make: Make) -> Callable[[int], Place]:
    """lived(version): a database with a rich life in it."""

    def create(version: int) -> Place:
        place = make(version)
        live(place)
        return place

    return create


def _create(server: Embedded, name: str, template: str = "template1") -> Place:
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*map(sql.Identifier, (name, OWNER, template)))
        )
    return Place(server, name)
