"""Every drift is planted, one by one, and the doctor names it alone and with its fix; what is sound has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp.doctor.examine import examine
from orderstamp.install.failure import SetupError
from orderstamp.migrate import migrate, rollback
from orderstamp.resources import Release, this_release

from .conftest import run, sound

Conn = Connection[Any]
Connect = Callable[..., Conn]


@dataclass(frozen=True)
class Drift:
    """What is planted, which finding comes of it, and whether the fix is SQL that mends it as it stands."""

    plant: str
    check: str
    object: str
    problem: str
    mends: bool = True
    role: str = "owner"


_TRIGGER = "ALTER TABLE oms.orders {} TRIGGER t20_stamp"
_DRIFTS = {
    "a disabled trigger": Drift(_TRIGGER.format("DISABLE"), "trigger", "oms.orders.t20_stamp", "disabled"),
    "a trigger on replicas": Drift(
        _TRIGGER.format("ENABLE REPLICA"), "trigger", "oms.orders.t20_stamp", "fires on replicas only"
    ),
    "a trigger everywhere": Drift(
        _TRIGGER.format("ENABLE ALWAYS"), "trigger", "oms.orders.t20_stamp", "fires on replicas, too"
    ),
    "a dropped trigger": Drift("DROP TRIGGER t90_log ON oms.orders", "trigger", "oms.orders.t90_log", "missing"),
    "a trigger bound otherwise": Drift(
        """CREATE OR REPLACE TRIGGER t90_log AFTER UPDATE OF status ON oms.orders
           FOR EACH ROW EXECUTE FUNCTION oms.orders__log()""",
        "trigger",
        "oms.orders.t90_log",
        "UPDATE OF status",
    ),
    "a trigger after ours": Drift(
        """CREATE TRIGGER zz BEFORE UPDATE ON oms.orders FOR EACH ROW
           EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
        "trigger",
        "oms.orders.zz",
        "not of this release",
        mends=False,
    ),
    "a trigger on the log": Drift(
        """CREATE TRIGGER a_mine BEFORE INSERT ON oms.order_events FOR EACH ROW
           EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
        "trigger",
        "oms.order_events.a_mine",
        "not of this release",
    ),
    "a trigger after ours with a dot": Drift(
        """CREATE TRIGGER "z.mine" BEFORE UPDATE ON oms.orders FOR EACH ROW
           EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
        "trigger",
        'oms.orders."z.mine"',
        "not of this release",
    ),
    "a trigger after ours in quotes": Drift(
        """CREATE TRIGGER "updateTimestamp" BEFORE UPDATE ON oms.orders FOR EACH ROW
           EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
        "trigger",
        'oms.orders."updateTimestamp"',
        "not of this release",
    ),
    "the log written twice": Drift(
        "CREATE TRIGGER mine AFTER INSERT ON oms.orders FOR EACH ROW EXECUTE FUNCTION oms.orders__log_new()",
        "trigger",
        "oms.orders.mine",
        "not of this release",
    ),
    "foreign keys off": Drift(
        "ALTER TABLE oms.order_requests DISABLE TRIGGER ALL; ALTER TABLE oms.order_requests ENABLE TRIGGER USER",
        "table",
        "oms.order_requests",
        "foreign keys off",
        role="admin",
    ),
    "an edited function": Drift(
        """CREATE OR REPLACE FUNCTION oms.current_account() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE
           SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN 'default'; END $$""",
        "function",
        "oms.current_account",
        "edited: body",
    ),
    "a replaced clock": Drift(
        """CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE PARALLEL SAFE
           SECURITY INVOKER SET search_path = pg_catalog, pg_temp
           AS $$ BEGIN RETURN clock_timestamp() - interval '0.1 s'; END $$""",
        "function",
        "oms.clock",
        "edited: body",
    ),
    "a definer no more": Drift(
        "ALTER FUNCTION oms.orders__log() SECURITY INVOKER", "function", "oms.orders__log", "edited: SECURITY DEFINER"
    ),
    "an open search_path": Drift(
        "ALTER FUNCTION oms.orders__log() RESET search_path", "function", "oms.orders__log", "edited: settings"
    ),
    "an inlined function": Drift(
        "ALTER FUNCTION oms.is_annotation(text) VOLATILE", "function", "oms.is_annotation", "edited: volatility"
    ),
    "a dropped function": Drift("DROP FUNCTION oms.mark_failed", "function", "oms.mark_failed", "missing"),
    "an overload": Drift(
        "CREATE FUNCTION oms.raise_error(text) RETURNS void LANGUAGE sql AS 'SELECT'",
        "function",
        "oms.raise_error(text)",
        "calls may reach it instead",
    ),
    "an edited view": Drift(
        """CREATE OR REPLACE VIEW oms.manual_orders WITH (security_invoker = true) AS
           SELECT m.* FROM (SELECT * FROM oms.manual_orders) m WHERE false""",
        "view",
        "oms.manual_orders",
        "edited",
    ),
    "a view with its owner's eyes": Drift(
        "ALTER VIEW oms.open_orders RESET (security_invoker)", "view", "oms.open_orders", "edited"
    ),
    "a view past row security": Drift(
        "CREATE VIEW oms.mine AS SELECT o.symbol FROM oms.orders o JOIN oms.fills f USING (order_id)",
        "view",
        "oms.mine",
        "reads past row-level security",
    ),
    "a dropped view": Drift("DROP VIEW oms.discrepancies", "view", "oms.discrepancies", "missing"),
    "a dropped constraint": Drift(
        "ALTER TABLE oms.orders DROP CONSTRAINT orders_closed_at_ck",
        "constraint",
        "oms.orders.orders_closed_at_ck",
        "missing",
    ),
    "a lax constraint": Drift(
        """ALTER TABLE oms.orders DROP CONSTRAINT orders_closed_at_ck;
           ALTER TABLE oms.orders ADD CONSTRAINT orders_closed_at_ck CHECK (true)""",
        "constraint",
        "oms.orders.orders_closed_at_ck",
        "expected: CHECK (((closed_at IS NOT NULL)",
    ),
    "an unchecked constraint": Drift(
        """ALTER TABLE oms.orders DROP CONSTRAINT orders_executed_ck;
           ALTER TABLE oms.orders ADD CONSTRAINT orders_executed_ck
           CHECK ((execution_qty > 0) = (status = 'ongoing' OR status = 'closed')) NOT VALID""",
        "constraint",
        "oms.orders.orders_executed_ck",
        "never checked",
    ),
    "a missing index": Drift("DROP INDEX oms.orders_broker_order_uq", "index", "oms.orders_broker_order_uq", "missing"),
    "another index of that name": Drift(
        "DROP INDEX oms.orders_updated_ix; CREATE INDEX orders_updated_ix ON oms.orders (updated_at)",
        "index",
        "oms.orders_updated_ix",
        "expected: CREATE INDEX orders_updated_ix",
    ),
    "an invalid index": Drift(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'oms.orders_updated_ix'::regclass",
        "index",
        "oms.orders_updated_ix",
        "invalid",
        mends=False,  # REINDEX CONCURRENTLY runs outside a transaction; the next test does that
        role="admin",
    ),
    "a sequence in steps": Drift(
        "ALTER SEQUENCE oms.orders_order_id_seq INCREMENT 7", "sequence", "oms.orders_order_id_seq", "increment 7"
    ),
    "numbers that don't rise": Drift(
        "ALTER SEQUENCE oms.fills_fill_id_seq CACHE 20", "sequence", "oms.fills_fill_id_seq", "cache 20"
    ),
    "numbers that come again": Drift(
        "ALTER SEQUENCE oms.orders_order_id_seq MAXVALUE 99 CYCLE",
        "sequence",
        "oms.orders_order_id_seq",
        "99 cache 1 cycle",
    ),
    "narrow numbers": Drift(
        "ALTER SEQUENCE oms.orders_order_id_seq AS integer", "sequence", "oms.orders_order_id_seq", "integer increment"
    ),
    "numbers that a crash forgets": Drift(
        "ALTER SEQUENCE oms.fills_fill_id_seq SET UNLOGGED", "sequence", "oms.fills_fill_id_seq", "unlogged"
    ),
    "numbers that were given": Drift(
        "ALTER SEQUENCE oms.orders_order_id_seq RESTART", "sequence", "oms.orders_order_id_seq", "holds number 1"
    ),
    "numbers left behind": Drift(
        """INSERT INTO oms.reconciliations
             (reconciliation_id, account, broker, profile, digest, complete, db_user, observed_at, recorded_at)
           VALUES (9, 'default', '', '', '', false, '', now(), now())""",
        "sequence",
        "oms.reconciliations_reconciliation_id_seq",
        "holds number 9",
    ),
    "an extra grant": Drift("GRANT DELETE ON oms.orders TO oms_trader", "grant", "oms.orders", "oms_trader may DELETE"),
    "a grant on a column": Drift(
        "GRANT UPDATE (reason) ON oms.order_events TO reporting",
        "grant",
        "oms.order_events",
        "reporting may UPDATE (reason)",
    ),
    "a grant to everybody": Drift("GRANT SELECT ON oms.orders TO PUBLIC", "grant", "oms.orders", "PUBLIC may SELECT"),
    "a function open to everybody": Drift(
        "GRANT EXECUTE ON FUNCTION oms.my_accounts() TO PUBLIC", "grant", "oms.my_accounts()", "PUBLIC may EXECUTE"
    ),
    "a helper for a stranger": Drift(
        "GRANT EXECUTE ON FUNCTION oms.annotate_order TO reporting",
        "grant",
        "oms.annotate_order(bigint,text,text,text)",
        "reporting may EXECUTE",
    ),
    "a schema open to writing": Drift(
        "GRANT CREATE ON SCHEMA oms TO oms_trader", "grant", "oms", "oms_trader may CREATE"
    ),
    "a look at who may do what": Drift(
        "GRANT SELECT ON oms.account_members TO reporting", "grant", "oms.account_members", "reporting may SELECT"
    ),
    "a grant on what comes": Drift(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA oms GRANT SELECT ON TABLES TO reporting",
        "grant",
        "oms",
        "reporting may SELECT on tables that come to be",
    ),
    "a right to pass on": Drift(
        "GRANT SELECT ON oms.fills TO oms_reader WITH GRANT OPTION",
        "grant",
        "oms.fills",
        "oms_reader may pass on SELECT",
        mends=False,  # the privilege goes with it; migrate brings it back
    ),
    "a missing grant": Drift(
        "REVOKE SELECT ON oms.fills FROM oms_reader", "grant", "oms.fills", "oms_reader may not SELECT"
    ),
    "a missing policy": Drift("DROP POLICY fills_member ON oms.fills", "policy", "oms.fills.fills_member", "missing"),
    "an open policy": Drift(
        "ALTER POLICY fills_member ON oms.fills USING (true)", "policy", "oms.fills.fills_member", "USING (true)"
    ),
    "a policy beside ours": Drift(
        "CREATE POLICY mine ON oms.fills USING (true)", "policy", "oms.fills.mine", "not of this release"
    ),
    "row security off": Drift(
        "ALTER TABLE oms.orders DISABLE ROW LEVEL SECURITY", "table", "oms.orders", "row security off"
    ),
    "row security forced": Drift("ALTER TABLE oms.orders FORCE ROW LEVEL SECURITY", "table", "oms.orders", "forced"),
    "an unlogged table": Drift("ALTER TABLE oms.position_lots SET UNLOGGED", "table", "oms.position_lots", "unlogged"),
    "an heir": Drift(
        "CREATE TABLE public.heir () INHERITS (oms.positions)", "table", "oms.positions", "inheritance", mends=False
    ),
    "a rule": Drift(
        "CREATE RULE mine AS ON INSERT TO oms.order_events DO INSTEAD NOTHING",
        "rule",
        "oms.order_events.mine",
        "NOTHING",
    ),
    "a missing column": Drift(
        "ALTER TABLE oms.reconciliations DROP COLUMN correlation_id",
        "column",
        "oms.reconciliations.correlation_id",
        "missing",
        mends=False,
    ),
    "an extra column": Drift("ALTER TABLE oms.fills ADD COLUMN mine text", "column", "oms.fills.mine", "not of this"),
    "a retyped column": Drift(
        "ALTER TABLE oms.accounts ALTER COLUMN currency_label TYPE varchar(20)",
        "column",
        "oms.accounts.currency_label",
        "character varying(20)",
    ),
    "another default": Drift(
        "ALTER TABLE oms.orders ALTER COLUMN account SET DEFAULT 'a'",
        "column",
        "oms.orders.account",
        "'a'::text",
    ),
    "a nullable column": Drift(
        "ALTER TABLE oms.orders ALTER COLUMN symbol DROP NOT NULL",
        "column",
        "oms.orders.symbol",
        "expected",
    ),
    "a column that counts no more": Drift(
        "ALTER TABLE oms.execution_reports ALTER COLUMN report_id SET GENERATED ALWAYS",
        "column",
        "oms.execution_reports.report_id",
        "GENERATED ALWAYS AS IDENTITY; expected",
    ),
    "a column with a default": Drift(
        """ALTER TABLE oms.orders ALTER COLUMN reason SET DEFAULT 'none', ALTER COLUMN reason SET NOT NULL""",
        "column",
        "oms.orders.reason",
        "expected: text",
    ),
    "a move too many": Drift(
        "INSERT INTO oms.status_transitions VALUES ('cancelled', 'pending', 'retried')",
        "move",
        "cancelled pending retried",
        "not of this release",
    ),
    "a move too few": Drift(
        "DELETE FROM oms.status_transitions WHERE event_type = 'retried'", "move", "failed pending retried", "missing"
    ),
    "a function's other owner": Drift(
        "ALTER FUNCTION oms.my_accounts() OWNER TO reporting",
        "function",
        "oms.my_accounts()",
        "belongs to reporting, not to orderstamp_owner",
        role="admin",
    ),
    "a view's other owner": Drift(
        "ALTER VIEW oms.open_orders OWNER TO reporting",
        "view",
        "oms.open_orders",
        "belongs to reporting, not to orderstamp_owner",
        role="admin",
    ),
    "a table's other owner": Drift(
        "ALTER TABLE oms.orders OWNER TO reporting",
        "table",
        "oms.orders",
        "belongs to reporting, not to orderstamp_owner",
        role="admin",
    ),
    "the record's other owner": Drift(
        "ALTER TABLE oms.installation OWNER TO reporting",
        "table",
        "oms.installation",
        "belongs to reporting, not to orderstamp_owner",
        role="admin",
    ),
    "a sequence's other owner": Drift(
        "ALTER SEQUENCE oms.fills_fill_id_seq OWNER TO reporting",
        "sequence",
        "oms.fills_fill_id_seq",
        "belongs to reporting, not to orderstamp_owner",
        role="admin",
    ),
    "a type's other owner": Drift(
        "ALTER TYPE oms.fix_order OWNER TO reporting",
        "type",
        "oms.fix_order",
        "belongs to reporting, not to orderstamp_owner",
        role="admin",
    ),
    "the schema's other owner": Drift(
        "ALTER SCHEMA oms OWNER TO reporting",
        "schema",
        "oms",
        "belongs to reporting, not to orderstamp_owner",
        role="admin",
    ),
    "a member who is gone": Drift(
        "INSERT INTO oms.account_members VALUES ('o''gone', 'a'), ('o''gone', 'b'), ('trader', 'a')",
        "member",
        "o'gone",
        "is given 2 accounts, but doesn't exist",
    ),
    "another digest": Drift(
        "UPDATE oms.installation SET digest = 'x'", "version", "oms.installation", "digest differs"
    ),
    "an older version": Drift(
        "UPDATE oms.installation SET version = '0.0.1'", "version", "oms.installation", "version 0.0.1"
    ),
    "no record": Drift("DELETE FROM oms.installation", "version", "oms.installation", "nothing was ever loaded"),
    "yoyo's list behind": Drift(
        "DELETE FROM _yoyo_migration WHERE migration_id LIKE '0012.%'",
        "migration",
        "0012.create-execution-reports",
        "not recorded as applied",
    ),
    "a clock that lags": Drift(
        "INSERT INTO oms.orders (symbol, side, quantity) VALUES ('X', 'buy', 1);"
        "ALTER TABLE oms.orders DISABLE TRIGGER USER;"
        "UPDATE oms.orders SET updated_at = now() + interval '1 hour';"
        "ALTER TABLE oms.orders ENABLE TRIGGER USER",
        "clock",
        "the server's clock",
        "behind the newest event",
        mends=False,
        role="trader",
    ),
    "a restored log": Drift(
        "ALTER TABLE oms.order_events DISABLE TRIGGER USER;"
        "UPDATE oms.order_events SET txid = '999999999999';"
        "ALTER TABLE oms.order_events ENABLE TRIGGER USER",
        "epoch",
        "oms.order_events",
        "the epoch is still 1",
    ),
    "triggers off in the database": Drift(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', "
        "current_database()); END $$",
        "setting",
        "database ",
        "triggers don't fire",
        role="admin",
    ),
    "row security refused for a role": Drift(
        "DO $$ BEGIN EXECUTE format('ALTER ROLE trader IN DATABASE %I SET row_security = ''OFF''', "
        "current_database()); END $$",
        "setting",
        "role trader in database",
        "row_security=OFF: queries fail for applications",
        role="admin",
    ),
    "triggers off for a role": Drift(
        "DO $$ BEGIN EXECUTE format('ALTER ROLE trader IN DATABASE %I SET session_replication_role = replica', "
        "current_database()); END $$",
        "setting",
        "role trader in database",
        "triggers don't fire",
        role="admin",
    ),
}


@pytest.fixture
def traded(trader: Conn) -> None:
    """An order, so that the log isn't empty."""
    trader.execute("SELECT oms.place_order('TCS', 'buy', 10)")


@pytest.mark.usefixtures("traded")
def test_a_fresh_installation_is_healthy(owner: Conn, admin: Conn) -> None:
    for conn in (owner, admin):
        diagnosis = examine(conn)
        sound(diagnosis)
        assert diagnosis.not_examined == {}


@pytest.mark.usefixtures("traded")
def test_the_auditor_sees_as_much_as_it_may(connect: Connect) -> None:
    diagnosis = examine(connect("auditor"))
    sound(diagnosis)
    assert diagnosis.not_examined.keys() == {"version and digest", "applied migrations", "members of accounts"}


def test_an_upgraded_installation_is_healthy(blank_dsn: str) -> None:
    """Taken back to its first tables and upgraded from there."""
    migrate(blank_dsn)
    rollback(blank_dsn, steps=8)
    migrate(blank_dsn)
    with psycopg.connect(blank_dsn, autocommit=True) as conn:
        sound(examine(conn))


def test_what_users_add_is_no_drift(owner: Conn) -> None:
    """Indexes, checks, tables and views of their own, triggers before ours, reading and calling for other roles."""
    for statement in (
        "CREATE INDEX mine ON oms.orders (strategy_id)",
        "ALTER TABLE oms.orders ADD CONSTRAINT mine CHECK (symbol <> '')",
        "CREATE TABLE oms.notes (account text, note text)",
        "CREATE VIEW oms.my_orders WITH (security_invoker = on) AS SELECT * FROM oms.orders",
        "CREATE TRIGGER a_mine BEFORE UPDATE ON oms.orders FOR EACH ROW EXECUTE FUNCTION "
        "suppress_redundant_updates_trigger()",
        'CREATE TRIGGER "a.mine" BEFORE INSERT ON oms.fills FOR EACH ROW EXECUTE FUNCTION '
        "suppress_redundant_updates_trigger()",
        "CREATE TRIGGER zz AFTER INSERT ON oms.order_events FOR EACH ROW EXECUTE FUNCTION "
        "suppress_redundant_updates_trigger()",
        "GRANT USAGE ON SCHEMA oms TO reporting",
        "GRANT SELECT ON oms.orders, oms.order_history TO reporting",
        "GRANT EXECUTE ON FUNCTION oms.place_order TO reporting",
        "ALTER TABLE oms.orders SET (autovacuum_vacuum_scale_factor = 0.01)",
        "COMMENT ON TABLE oms.orders IS 'ours'",
    ):
        owner.execute(statement.encode())
    sound(examine(owner))


@pytest.mark.parametrize(
    "setting",
    [
        "TimeZone = 'Asia/Kolkata'",
        "DateStyle = 'SQL, DMY'",
        "IntervalStyle = 'iso_8601'",
        "quote_all_identifiers = on",
        "standard_conforming_strings = off",
    ],
)
def test_how_a_session_is_set_is_no_drift(owner: Conn, setting: str) -> None:
    owner.execute(f"SET {setting}".encode())
    sound(examine(owner))


@pytest.mark.usefixtures("traded")
@pytest.mark.parametrize("name", _DRIFTS)
def test_a_drift_is_named(owner: Conn, connect: Connect, dsn: str, name: str) -> None:
    drift = _DRIFTS[name]
    if drift.role == "trader":
        first, *others = drift.plant.split(";")
        run(connect("trader"), first)
        run(owner, ";".join(others))
    else:
        run(connect(drift.role), drift.plant)
    examiner = connect("admin") if drift.role == "admin" else owner
    diagnosis = examine(examiner)
    found = [f for f in diagnosis.findings if f.check == drift.check and f.object.startswith(drift.object)]
    assert len(found) == 1, diagnosis.findings
    assert drift.problem in found[0].problem
    assert found[0].fix
    others_found = [f for f in diagnosis.findings if f is not found[0]]
    assert others_found == [], "one drift, one finding"
    if not drift.mends:
        return
    if "migrate" in found[0].fix:
        migrate(dsn)
    else:
        run(connect(drift.role if drift.role == "admin" else "owner"), found[0].fix)
    sound(examine(owner))


def test_a_missing_table_is_one_finding(owner: Conn) -> None:
    owner.execute("DROP TABLE oms.position_lots CASCADE")
    tables = [f for f in examine(owner).findings if f.check not in ("view", "function")]
    assert [(f.check, f.object, f.problem) for f in tables] == [("table", "oms.position_lots", "missing")]


def test_a_missing_sequence_is_made_again(owner: Conn, trader: Conn, dsn: str) -> None:
    """First its rights are missing with it, then the numbers that were given."""
    trader.execute("SELECT oms.mark_executed(order_id, 100) FROM oms.place_order('TCS', 'buy', 10)")
    owner.execute("DROP SEQUENCE oms.fills_fill_id_seq")
    missing, grants = examine(owner).findings[0], examine(owner).findings[1:]
    assert (missing.check, missing.problem) == ("sequence", "missing")
    assert {finding.fix for finding in grants} == {"orderstamp migrate"}
    run(owner, missing.fix)
    migrate(dsn)
    (behind,) = examine(owner).findings
    assert behind.problem == "is behind: oms.fills holds number 1"
    run(owner, behind.fix)
    sound(examine(owner))


def test_a_clock_by_another_hour(owner: Conn) -> None:
    owner.execute(
        """
        CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE PARALLEL SAFE
        SECURITY INVOKER SET search_path = pg_catalog, pg_temp
        AS $$ BEGIN RETURN clock_timestamp() - interval '1 h'; END $$
        """
    )
    findings = {f.check: f.problem for f in examine(owner).findings}
    assert findings == {"function": "edited: body", "clock": "is -3600.0 s off the server's clock"}


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_an_application_above_the_guards(owner: Conn, connect: Connect, role: str) -> None:
    connect(role).execute("SELECT oms.place_order('TCS', 'buy', 10)")
    (finding,) = examine(owner).findings
    assert (finding.check, finding.object) == ("login", connect(role).info.user)
    assert "changed 1 of the newest 100 orders last" in finding.problem
    assert "GRANT oms_trader TO" in finding.fix


def test_settings_that_do_no_harm(owner: Conn, admin: Conn, dbname: str) -> None:
    for setting in ("session_replication_role = local", "row_security = TRUE"):
        admin.execute(f'ALTER DATABASE "{dbname}" SET {setting}'.encode())
    sound(examine(owner))


def test_a_missing_role(owner: Conn, admin: Conn) -> None:
    admin.execute("ALTER ROLE oms_operator RENAME TO oms_nobody")
    try:
        finding, *others = examine(owner).findings
        assert (finding.check, finding.object) == ("role", "oms_operator")
        assert "CREATE ROLE oms_operator NOLOGIN;" in finding.fix
        assert {other.check for other in others} == {"grant"}
    finally:
        admin.execute("ALTER ROLE oms_nobody RENAME TO oms_operator")


def test_after_a_rollback(dsn: str, owner: Conn) -> None:
    rollback(dsn)
    findings = examine(owner).findings
    assert ("version", "rolled back; this code is 0.1.0") in {(f.check, f.problem) for f in findings}
    assert "still the stub that refuses everything" in {f.problem for f in findings}
    assert any(f.check == "migration" for f in findings)
    migrate(dsn)
    sound(examine(owner))


def test_where_nothing_can_be_told(blank_dsn: str, owner: Conn, connect: Connect) -> None:
    with psycopg.connect(blank_dsn, autocommit=True) as conn, pytest.raises(SetupError, match="is not installed"):
        examine(conn)
    owner.execute("UPDATE oms.installation SET version = '99'")
    with pytest.raises(SetupError, match="newer than this code"):
        examine(owner)
    owner.execute("REVOKE USAGE ON SCHEMA oms FROM oms_reader")
    with pytest.raises(SetupError, match="may not look into schema oms"):
        examine(connect("reader"))


def test_what_is_hidden_from_the_owner_is_not_healthy(owner: Conn, connect: Connect) -> None:
    owner.execute("REVOKE ALL ON oms.installation FROM CURRENT_USER")
    with pytest.raises(SetupError, match=r"may not examine version and digest \(permission denied"):
        examine(owner)
    sound(examine(connect("auditor")))
    owner.execute("ALTER TABLE oms.orders DISABLE TRIGGER t20_stamp")
    assert [f.check for f in examine(owner).findings] == ["trigger"]


def test_nothing_is_written(owner: Conn) -> None:
    query = (
        "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_namespace)"
    )
    before = owner.execute(query).fetchone()
    examine(owner)
    assert owner.execute(query).fetchone() == before


def test_without_the_right_to_temporary_objects(admin: Conn, connect: Connect, dbname: str) -> None:
    admin.execute(f'REVOKE TEMPORARY ON DATABASE "{dbname}" FROM PUBLIC'.encode())
    diagnosis = examine(connect("auditor"))
    sound(diagnosis)
    assert "TEMPORARY" in diagnosis.not_examined["functions and views"].upper()


def test_another_release_is_compared_with(owner: Conn) -> None:
    release = this_release()
    findings = examine(owner, Release("99", release.sql, release.migrations)).findings
    assert [(f.check, f.problem) for f in findings] == [("version", "version 0.1.0; this code is 99")]
