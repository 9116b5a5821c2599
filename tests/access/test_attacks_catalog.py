"""A trader that turns on the product itself: its tables, triggers, policies, functions and the server around them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp.doctor.examine import examine

from .attacking import refused, trade, unchanged
from .conftest import rows

Conn = Connection[Any]

DENIED, WRONG_OBJECT = "42501", "42809"

ATTACKS = {
    # Triggers and what switches them off.
    "disable a trigger": ("ALTER TABLE oms.orders DISABLE TRIGGER t20_stamp", DENIED),
    "disable all triggers": ("ALTER TABLE oms.orders DISABLE TRIGGER ALL", DENIED),
    "disable the log's guard": ("ALTER TABLE oms.order_events DISABLE TRIGGER USER", DENIED),
    "drop a trigger": ("DROP TRIGGER t90_log ON oms.orders", DENIED),
    "rename a trigger": ("ALTER TRIGGER t90_log ON oms.orders RENAME TO a", DENIED),
    "a trigger after ours": (
        """CREATE TRIGGER zz BEFORE UPDATE ON oms.orders FOR EACH ROW
           EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
        DENIED,
    ),
    "session_replication_role": ("SET session_replication_role = replica", DENIED),
    "session_replication_role by function": ("SELECT set_config('session_replication_role', 'replica', false)", DENIED),
    "session_replication_role for later": ("ALTER ROLE trader SET session_replication_role = replica", DENIED),
    "an event trigger": (
        "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION pg_temp.nothing()",
        DENIED,
    ),
    # Rules, heirs, partitions.
    "a rule instead of the log": ("CREATE RULE mine AS ON INSERT TO oms.order_events DO INSTEAD NOTHING", DENIED),
    "a rule on orders": ("CREATE RULE mine AS ON UPDATE TO oms.orders DO INSTEAD NOTHING", DENIED),
    "a rule on a view": ("CREATE RULE mine AS ON UPDATE TO oms.open_orders DO INSTEAD NOTHING", DENIED),
    "an heir": ("CREATE TABLE trap.heir () INHERITS (oms.orders)", DENIED),
    "a temporary heir": ("CREATE TEMP TABLE heir () INHERITS (oms.orders)", DENIED),
    "an adopted table": (
        "CREATE TABLE trap.heir (LIKE oms.orders); ALTER TABLE trap.heir INHERIT oms.orders",
        DENIED,
    ),
    "a partition": ("ALTER TABLE oms.orders ATTACH PARTITION trap.mine DEFAULT", DENIED),
    # Row-level security and rights.
    "no row security": ("ALTER TABLE oms.orders DISABLE ROW LEVEL SECURITY", DENIED),
    "a policy of one's own": ("CREATE POLICY mine ON oms.orders USING (true)", DENIED),
    "an open policy": ("ALTER POLICY orders_member ON oms.orders USING (true)", DENIED),
    "ownership": ("ALTER TABLE oms.orders OWNER TO trader", DENIED),
    "ownership of the schema": ("ALTER SCHEMA oms OWNER TO trader", DENIED),
    "the owner's things": ("REASSIGN OWNED BY orderstamp_owner TO trader", DENIED),
    "a group role": ("GRANT oms_auditor TO trader", DENIED),
    "the owner's role": ("GRANT orderstamp_owner TO trader", DENIED),
    "to bypass": ("ALTER ROLE trader BYPASSRLS", DENIED),
    "another account": ("INSERT INTO oms.account_members VALUES ('trader', 'b')", DENIED),
    # Emptying.
    "delete": ("DELETE FROM oms.orders", DENIED),
    "delete by merge": (
        "MERGE INTO oms.orders o USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
        DENIED,
    ),
    "truncate": ("TRUNCATE oms.orders", DENIED),
    "truncate cascade": ("TRUNCATE oms.orders CASCADE", DENIED),
    "truncate cascade of one's own": (
        "CREATE TABLE trap.mine (order_id bigint, account text REFERENCES oms.accounts); TRUNCATE trap.mine CASCADE",
        DENIED,
    ),
    "a foreign key that cascades": (
        """CREATE TABLE trap.mine (order_id bigint, account text COLLATE "C",
           FOREIGN KEY (order_id, account) REFERENCES oms.orders ON DELETE CASCADE)""",
        DENIED,
    ),
    "drop a table": ("DROP TABLE oms.order_events CASCADE", DENIED),
    "drop the schema": ("DROP SCHEMA oms CASCADE", DENIED),
    # Functions and types.
    "another clock": (
        "CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        DENIED,
    ),
    "an overload": ("CREATE FUNCTION oms.clock(text) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'", DENIED),
    "a definer no more": ("ALTER FUNCTION oms.orders__log() SECURITY INVOKER", DENIED),
    "an open search_path": ("ALTER FUNCTION oms.reconcile RESET search_path", DENIED),
    "a definer moved": ("ALTER FUNCTION oms.my_accounts() SET SCHEMA trap", DENIED),
    "a cast to a row": ("CREATE CAST (text AS oms.orders) WITH INOUT AS IMPLICIT", DENIED),
    "a cast between types": ("CREATE CAST (text AS integer) WITH INOUT AS IMPLICIT", DENIED),
    "an operator of theirs": (
        "CREATE OPERATOR pg_catalog.= (FUNCTION = pg_temp.same, LEFTARG = text, RIGHTARG = text)",
        DENIED,
    ),
    "an operator class": (
        "CREATE OPERATOR CLASS trap.mine DEFAULT FOR TYPE text USING btree AS OPERATOR 1 <",
        DENIED,
    ),
    "a column's default": ("ALTER TABLE oms.orders ALTER COLUMN account SET DEFAULT 'b'", DENIED),
    "a dropped constraint": ("ALTER TABLE oms.orders DROP CONSTRAINT orders_closed_at_ck", DENIED),
    "a dropped index": ("DROP INDEX oms.orders_client_order_uq", DENIED),
    "an index that tells": ("CREATE INDEX mine ON oms.orders (pg_temp.same(symbol, symbol))", DENIED),
    "another move": ("INSERT INTO oms.status_transitions VALUES ('closed', 'pending', 'retried')", DENIED),
    # Around the product.
    "the server's settings": ("ALTER SYSTEM SET session_replication_role = replica", DENIED),
    "the database's settings": (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', "
        "current_database()); END $$",
        DENIED,
    ),
    "the owner by SET ROLE": ("SET ROLE orderstamp_owner", DENIED),
    "the owner by login": ("SET SESSION AUTHORIZATION orderstamp_owner", DENIED),
    "a publication": ("CREATE PUBLICATION mine FOR TABLE oms.orders", DENIED),
    "a program": ("COPY (SELECT 1) TO PROGRAM 'true'", DENIED),
    "a file": ("COPY trap.nothing FROM '/etc/passwd'", DENIED),
    "the catalog by hand": ("UPDATE pg_trigger SET tgenabled = 'D'", DENIED),
    "the catalog's rights": ("UPDATE pg_class SET relrowsecurity = false", DENIED),
}


@pytest.fixture
def armed(owner: Conn, trader: Conn) -> Conn:
    """The trader with a schema to write in, functions to call and orders to lose."""
    rows(owner, "CREATE SCHEMA trap")
    rows(owner, "GRANT ALL ON SCHEMA trap TO oms_trader")
    rows(trader, "CREATE TABLE trap.nothing (line text)")
    rows(trader, "CREATE FUNCTION pg_temp.nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
    rows(
        trader,
        "CREATE FUNCTION pg_temp.same(text, text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql "
        "AS 'BEGIN RETURN true; END'",
    )
    trade(trader)
    return trader


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused(owner: Conn, armed: Conn, name: str) -> None:
    statement, state = ATTACKS[name]
    with unchanged(owner):
        refused(armed, statement, state)


def test_what_only_warns_gives_nothing(owner: Conn, armed: Conn) -> None:
    """GRANT and REVOKE by who may not: PostgreSQL warns, or refuses, and grants nothing."""
    armed.add_notice_handler(lambda _: None)
    with unchanged(owner):
        for statement in (
            "GRANT ALL ON oms.orders TO PUBLIC",
            "GRANT EXECUTE ON FUNCTION oms.get_order TO PUBLIC",
            "REVOKE ALL ON oms.order_events FROM oms_auditor",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA oms GRANT ALL ON TABLES TO trader",
        ):
            with suppress(psycopg.errors.InsufficientPrivilege):
                rows(armed, statement)


# An owner or a superuser is stopped by no grant: what they do to the guards is named instead.
BY_OWNERS = {
    "disable a trigger": ("owner", "ALTER TABLE oms.orders DISABLE TRIGGER t20_stamp", "trigger"),
    "disable all triggers": ("admin", "ALTER TABLE oms.order_events DISABLE TRIGGER ALL", "trigger"),
    "a rule": ("owner", "CREATE RULE mine AS ON UPDATE TO oms.orders DO INSTEAD NOTHING", "rule"),
    "an heir": ("owner", "CREATE TABLE oms.heir () INHERITS (oms.orders)", "table"),
    "another clock": (
        "owner",
        "CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RETURN now(); END'",
        "function",
    ),
    "row security off": ("owner", "ALTER TABLE oms.order_events DISABLE ROW LEVEL SECURITY", "table"),
    "an open policy": ("owner", "ALTER POLICY orders_member ON oms.orders USING (true)", "policy"),
    "a grant": ("owner", "GRANT UPDATE ON oms.order_events TO trader", "grant"),
    "another move": ("owner", "INSERT INTO oms.status_transitions VALUES ('closed', 'pending', 'retried')", "move"),
    "a guard dropped": ("owner", "DROP TRIGGER t00_keep ON oms.fills", "trigger"),
}


@pytest.mark.parametrize("name", BY_OWNERS)
def test_what_an_owner_does_is_named(owner: Conn, connect: Any, name: str) -> None:
    role, statement, check = BY_OWNERS[name]
    rows(connect(role), statement)
    assert check in {finding.check for finding in examine(owner).findings}


@pytest.mark.parametrize("role", ["owner", "admin"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM oms.order_events",
        "UPDATE oms.order_events SET actor = 'nobody'",
        "TRUNCATE oms.orders CASCADE",
        "TRUNCATE oms.fills, oms.order_events",
        "DELETE FROM oms.fills",
        "UPDATE oms.fills SET quantity = 1",
    ],
)
def test_history_is_kept_from_owners_as_long_as_they_leave_the_guards(
    owner: Conn, armed: Conn, connect: Any, role: str, statement: str
) -> None:
    with unchanged(owner):
        refused(connect(role), statement, "OM004")
    assert armed
