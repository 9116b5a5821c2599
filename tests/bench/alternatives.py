"""What else keeps a trail of changes in PostgreSQL: small, fair versions of the usual ideas, each on its own table.

Every table has the columns and the primary key of orders and nothing else, and is changed by the same UPDATE, which
writes what an application has to write where no trigger does. One table has the indexes of orders besides, and no
trigger: what the lookups by broker's id, by time and by state cost without us.
"""

from __future__ import annotations

from typing import LiteralString

from .server import Database

# A stamp in C, from PostgreSQL's own contrib; not every build ships it.
_STAMP_AVAILABLE: LiteralString = "SELECT count(*) FROM pg_available_extensions WHERE name = 'moddatetime'"
_STAMP: LiteralString = """
CREATE TABLE bench.stamped (LIKE bench.orders INCLUDING ALL);
CREATE TRIGGER stamp BEFORE UPDATE ON bench.stamped FOR EACH ROW EXECUTE FUNCTION moddatetime(updated_at);
"""

# What an application that looks orders up has anyway: the indexes and the storage of orders.
_INDEXED: LiteralString = """
CREATE TABLE bench.indexed (LIKE oms.orders INCLUDING DEFAULTS INCLUDING INDEXES) WITH (fillfactor = 70);
"""

# A generic audit trigger: the whole row before and after, and what differs, as jsonb, for any table.
_JSONB: LiteralString = """
CREATE TABLE bench.audited (LIKE bench.orders INCLUDING ALL);
CREATE TABLE bench.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, recorded_at timestamptz NOT NULL, relation regclass NOT NULL,
  operation text NOT NULL, txid xid8 NOT NULL, db_user text NOT NULL, actor text,
  old_record jsonb, record jsonb, changed jsonb);
CREATE INDEX ON bench.audit USING brin (recorded_at);
CREATE FUNCTION bench.audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  v_old CONSTANT jsonb := to_jsonb(OLD);
  v_new CONSTANT jsonb := to_jsonb(NEW);
BEGIN
  INSERT INTO bench.audit (recorded_at, relation, operation, txid, db_user, actor, old_record, record, changed)
  SELECT clock_timestamp(), TG_RELID, TG_OP, pg_current_xact_id(), session_user,
    nullif(current_setting('oms.actor', true), ''), v_old, v_new, jsonb_object_agg(n.key, n.value)
  FROM jsonb_each(v_new) AS n WHERE v_old -> n.key IS DISTINCT FROM n.value;
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON bench.audited FOR EACH ROW EXECUTE FUNCTION bench.audit();
"""

# A typed snapshot: every version of the row, column by column, with who and when.
_SNAPSHOT: LiteralString = """
CREATE TABLE bench.snapped (LIKE bench.orders INCLUDING ALL);
CREATE TABLE bench.snapshots (
  LIKE bench.orders, recorded_at timestamptz NOT NULL, txid xid8 NOT NULL, db_user text NOT NULL, actor text,
  PRIMARY KEY (order_id, version, account));
CREATE INDEX ON bench.snapshots USING brin (recorded_at);
CREATE FUNCTION bench.snap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO bench.snapshots
  SELECT NEW.*, clock_timestamp(), pg_current_xact_id(), session_user, nullif(current_setting('oms.actor', true), '');
  RETURN NULL;
END $$;
CREATE TRIGGER snap AFTER UPDATE ON bench.snapped FOR EACH ROW EXECUTE FUNCTION bench.snap();
"""

# System-versioning: the row says since when it holds, the version before it goes to a history table, for any table.
_HISTORY: LiteralString = """
CREATE TABLE bench.versioned (LIKE bench.orders INCLUDING ALL);
ALTER TABLE bench.versioned ADD sys_period tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL);
CREATE TABLE bench.history (LIKE bench.versioned);
CREATE INDEX ON bench.history (order_id, account);
CREATE FUNCTION bench.versioning() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  v_now CONSTANT timestamptz := greatest(clock_timestamp(), lower(OLD.sys_period) + interval '1 microsecond');
BEGIN
  OLD.sys_period := tstzrange(lower(OLD.sys_period), v_now);
  EXECUTE format('INSERT INTO %s SELECT ($1).*', TG_ARGV[0]) USING OLD;
  NEW.sys_period := tstzrange(v_now, NULL);
  RETURN NEW;
END $$;
CREATE TRIGGER versioning BEFORE UPDATE ON bench.versioned
  FOR EACH ROW EXECUTE FUNCTION bench.versioning('bench.history');
"""

INDEXED = "bare with our indexes"
# Where each keeps what happened.
TRAILS: dict[str, LiteralString] = {
    "whole-row jsonb audit": "bench.audit",
    "typed row snapshot": "bench.snapshots",
    "history versioning": "bench.history",
}
# Name of the idea, its table, how it is made.
_ALL: tuple[tuple[str, LiteralString, LiteralString], ...] = (
    (INDEXED, "bench.indexed", _INDEXED),
    ("C stamp (moddatetime)", "bench.stamped", _STAMP),
    ("whole-row jsonb audit", "bench.audited", _JSONB),
    ("typed row snapshot", "bench.snapped", _SNAPSHOT),
    ("history versioning", "bench.versioned", _HISTORY),
)


def install(database: Database) -> dict[str, LiteralString]:
    """Make every alternative that this server can have, filled like the bare table; their tables by name."""
    tables: dict[str, LiteralString] = {}
    with database.connect() as conn:
        stamps = conn.execute(_STAMP_AVAILABLE).fetchall()[0][0]
        if stamps:
            database.execute("CREATE EXTENSION moddatetime")
        for name, table, ddl in _ALL:
            if table != "bench.stamped" or stamps:
                conn.execute(ddl)
                conn.execute("INSERT INTO " + table + " SELECT * FROM bench.orders")
                conn.execute("GRANT SELECT, UPDATE ON " + table + " TO oms_trader")
                conn.execute("VACUUM ANALYZE " + table)
                tables[name] = table
    return tables
