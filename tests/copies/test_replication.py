"""Logical replication to a cluster of another major version: it only receives, until it takes over."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from orderstamp.doctor.examine import examine
from orderstamp.embedded import SUPERUSER
from orderstamp.migrate import migrate, rollback
from support.copies import OWN, SCRIPTS, Place, content, goes_on, live, run, run_ahead
from support.server import OWNER, VERSION
from support.waiting import until

from .conftest import OTHER, Make

pytestmark = pytest.mark.slow

# From and to; always two clusters.
PAIRS = [(VERSION, OTHER), (OTHER, VERSION)]
GRANTS = "GRANT USAGE ON SCHEMA oms TO replicator;\nGRANT SELECT ON ALL TABLES IN SCHEMA oms TO replicator;\n"
WAIT = 30


def _script(place: Place, name: str, *options: str) -> None:
    run(VERSION, "psql", "-X", "-q", "-o", "/dev/null", *options, "-f", SCRIPTS / name, place.dsn)


def _follow(source: Place, target: Place) -> None:
    """The documented procedure, up to where the target has every row."""
    source.run(GRANTS)
    _script(source, "publish.sql")
    _script(target, "empty.sql", "-1")
    _subscribe(target, source, "replicator")
    _caught_up(source, target)


def _subscribe(target: Place, source: Place, user: str) -> None:
    conninfo = f"{source.server.conninfo(source.dbname, user)} options=-crow_security=off"
    with target.connect(SUPERUSER) as admin:
        admin.execute(
            sql.SQL("CREATE SUBSCRIPTION orderstamp CONNECTION {} PUBLICATION orderstamp").format(sql.Literal(conninfo))
        )


def _caught_up(source: Place, target: Place) -> None:
    """Every table is copied, and what was committed at the publisher until now is applied."""
    query = "SELECT count(*) = 0 FROM pg_subscription_rel r WHERE r.srsubstate NOT IN ('r', 's')"
    until(lambda: bool(target.value(query)), "the initial copy", WAIT)
    # Commits aren't waited for in these tests: what is inserted counts, though it isn't written yet.
    lsn = source.value("SELECT pg_current_wal_insert_lsn()::text")
    with source.connect(SUPERUSER) as admin:

        def replayed() -> bool:
            row = admin.execute(
                "SELECT bool_and(s.confirmed_flush_lsn >= %s::pg_lsn) FROM pg_replication_slots s"
                " WHERE s.slot_name = 'orderstamp' AND s.database = current_database()",
                [lsn],
            ).fetchone()
            return bool(row and row[0])

        until(replayed, "the subscriber", WAIT)


def _take_over(target: Place) -> None:
    with target.connect(SUPERUSER) as admin:
        admin.execute("DROP SUBSCRIPTION orderstamp")
    _script(target, "take_over.sql")


def _healthy(place: Place) -> None:
    with place.connect() as conn:
        diagnosis = examine(conn)
    assert (diagnosis.findings, diagnosis.not_examined) == ([], {})


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_a_subscriber_has_the_same_rows_and_takes_over(make: Make, old: int, new: int) -> None:
    source, target = make(old), make(new)
    run_ahead(source.server, target.server)
    live(source, ["a"])
    _follow(source, target)
    assert content(target, *OWN) == content(source, *OWN), "the initial copy"
    live(source, ["b"], settings=False)
    goes_on(source, "between")
    source.run("DELETE FROM oms.account_members WHERE role = 'oms_auditor'")
    _caught_up(source, target)
    before = content(source, *OWN)
    assert content(target, *OWN) == before, "the stream"
    assert target.value("SELECT count(*) FROM oms.audit_gaps") == 0
    _healthy(source)
    # An upgrade of the subscriber while it receives: what still comes is of the old epoch.
    assert migrate(target.dsn).loaded.epoch == 2
    _healthy(target)
    source.run("SELECT oms.place_order('TCS', 'buy', 1, account => 'a')", "trader")
    _caught_up(source, target)
    before = content(source, *OWN)
    assert content(target, *OWN) == before
    _take_over(target)
    assert migrate(target.dsn).loaded.epoch is None
    assert content(target, *OWN) == before
    _healthy(target)
    goes_on(target, "after")
    assert target.value("SELECT array_agg(DISTINCT epoch ORDER BY epoch) FROM oms.order_events") == [1, 2]


def test_every_sequence_goes_on(make: Make) -> None:
    """After the take-over none gives a number that a row has: those of tables to come are noticed, too."""
    source, target = make(VERSION), make(OTHER)
    live(source, ["a"])
    _follow(source, target)
    query = "SELECT sequencename::text, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'oms' ORDER BY 1"
    with source.connect() as conn:
        there = dict(conn.execute(query).fetchall())
    _take_over(target)
    with target.connect() as conn:
        here = dict(conn.execute(query).fetchall())
    assert set(here) == set(there)
    # A number drawn and never used needs no successor; in this life that are orders only.
    assert {name for name in here if here[name] < there[name]} <= {"orders_order_id_seq"}
    assert here["orders_order_id_seq"] >= target.value("SELECT max(order_id) FROM oms.orders")
    _script(target, "take_over.sql")
    with target.connect() as conn:
        assert dict(conn.execute(query).fetchall()) == here, "again is no harm"


def test_no_take_over_while_it_receives(make: Make) -> None:
    source, target = make(VERSION), make(OTHER)
    _follow(source, target)
    command = ("-X", "-q", "-f", SCRIPTS / "take_over.sql", target.dsn)
    assert "still receives" in run(VERSION, "psql", *command, fails=True)


def test_publishing_again_adds_what_came_since(make: Make) -> None:
    source, target = make(VERSION), make(OTHER)
    _follow(source, target)
    query = "SELECT array_agg(tablename::text ORDER BY 1) FROM pg_publication_tables WHERE pubname = 'orderstamp'"
    tables = source.value(query)
    assert set(tables).isdisjoint(OWN)
    source.run("ALTER PUBLICATION orderstamp DROP TABLE oms.retry_claims")
    _script(source, "publish.sql")
    assert source.value(query) == tables


def test_an_upgrade_reaches_the_publisher_first(make: Make) -> None:
    """Then what a migration seeds there comes by itself, and the subscriber's own migration finds it."""
    source, target = make(VERSION), make(OTHER)
    for place in (source, target):
        assert rollback(place.dsn).undone == ["0019.alter-accounts"]
    _follow(source, target)
    assert migrate(source.dsn).applied == ["0019.alter-accounts"]
    _caught_up(source, target)
    assert migrate(target.dsn).applied == ["0019.alter-accounts"]
    source.run(GRANTS)
    _script(source, "publish.sql")
    with target.connect(SUPERUSER) as admin:
        admin.execute("ALTER SUBSCRIPTION orderstamp REFRESH PUBLICATION")
    live(source)
    _caught_up(source, target)
    assert content(target, *OWN) == content(source, *OWN)
    _healthy(source)


@pytest.mark.parametrize(
    ("user", "options", "orders"),
    [
        ("replicator", "-c row_security=off", "all"),
        ("bound", "-c row_security=off", "refused"),
        # What the option is for: a part, and nobody would be told.
        ("bound", "", "none"),
    ],
)
def test_the_initial_copy_is_whole_or_fails(make: Make, user: str, options: str, orders: str) -> None:
    """The publisher's rows as a login that row-level security binds copies them, and as one that it doesn't."""
    source = make(VERSION)
    source.run(GRANTS)
    source.run("SELECT oms.place_order('TCS', 'buy', 1, account => 'a')")
    with source.connect(user, options) as conn, conn.cursor() as cursor:
        try:
            with cursor.copy("COPY oms.orders TO STDOUT") as copy:
                copied = "all" if list(copy) else "none"
        except psycopg.errors.InsufficientPrivilege:
            copied = "refused"
    assert copied == orders


def test_the_owner_publishes(make: Make) -> None:
    """A plain one may, as it names its own tables."""
    source = make(VERSION)
    _script(source, "publish.sql")
    assert source.value("SELECT pg_get_userbyid(pubowner) FROM pg_publication WHERE pubname = 'orderstamp'") == OWNER
