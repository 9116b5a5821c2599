"""A rich life to copy, and whether a copy is the same: rows as text, table by table."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from orderstamp.embedded import Embedded
from orderstamp.resources import this_release
from support import programs
from support.server import OWNER

Conn = Connection[Any]

SCRIPTS = this_release().sql / "examples" / "copies"
# What each installation keeps about itself; the same release makes it the same.
OWN = ("installation", "status_transitions")

# Settings that differ from what the migrations seed: added, changed and removed.
_SETTINGS = """
INSERT INTO oms.account_members VALUES ('trader', 'a'), ('trader', 'b');
DELETE FROM oms.account_members WHERE role = 'oms_reader';
INSERT INTO oms.accounts (account, currency_label) VALUES ('a', '₹'), ('b', 'USD');
INSERT INTO oms.broker_profiles (broker, order_fields) VALUES ('mine', '{"broker_order_id": "id", "status": "state"}');
INSERT INTO oms.broker_statuses VALUES ('mine', 'done', 'Filled');
DELETE FROM oms.reject_rules WHERE priority = 170;
UPDATE oms.retry_policies SET first_delay = '0' WHERE class = 'transient';
SELECT oms.load_sessions('XNSE', '2026-01-05', '2026-01-06', '{2026-01-05}',
  '{2026-01-05 03:45+00}', '{2026-01-05 10:00+00}');
"""

# Orders in every status, and everything that hangs on them. Ids are looked up: accounts share one sequence.
_LIFE = """
SELECT oms.set_context('asha', 'a day');
SELECT oms.place_order('TCS', 'buy', 10, client_order_id => 'entry', metadata => '{"note": "tab\\t, \\"quote\\", ₹"}');
SELECT oms.mark_executed(order_id, 100.50, 4, 'E1', 1.25) FROM oms.find_order('entry');
SELECT oms.mark_executed(order_id, 101, 6, 'E2') FROM oms.find_order('entry');
SELECT oms.place_order('TCS', 'sell', 10, client_order_id => 'exit', parent_order_id => order_id)
  FROM oms.find_order('entry');
SELECT oms.mark_executed(order_id, 105, exec_id => 'E3') FROM oms.find_order('exit');
SELECT oms.place_order('INFY', 'buy', 10, 'limit', 1500, client_order_id => 'part');
SELECT oms.mark_executed(order_id, 1499.95, 3, 'E4') FROM oms.find_order('part');
SELECT oms.request_replace('part', 'part-2', 12);
SELECT oms.place_order('WIPRO', 'buy', 7, client_order_id => 'busted');
SELECT oms.mark_executed(order_id, 250, 3, 'E5') FROM oms.find_order('busted');
SELECT oms.mark_executed(order_id, 251, 4, 'E6') FROM oms.find_order('busted');
SELECT oms.bust_fill(order_id, 'E5', 'wrong client') FROM oms.find_order('busted');
SELECT oms.correct_fill(order_id, 'E6', 4, 252, 'wrong price') FROM oms.find_order('busted');
SELECT oms.place_order('HDFC', 'buy', 5, client_order_id => 'failed');
SELECT oms.mark_failed(order_id, 'connection refused') FROM oms.find_order('failed');
SELECT oms.place_order('HDFC', 'buy', 5, client_order_id => 'rejected');
SELECT oms.mark_rejected(order_id, 'RMS: margin exceeds') FROM oms.find_order('rejected');
SELECT oms.place_order('HDFC', 'sell', 5, client_order_id => 'cancelled');
SELECT oms.mark_cancelled(order_id, 'changed my mind') FROM oms.find_order('cancelled');
SELECT oms.place_order('SBIN', 'buy', 5, variety => 'amo', client_order_id => 'waiting');
SELECT oms.record_attempt(order_id, 'read timed out') FROM oms.find_order('waiting');
SELECT oms.record_status_check(order_id) FROM oms.find_order('waiting');
SELECT oms.place_order('SBIN', 'buy', 50, client_order_id => 'reported');
SELECT oms.apply_execution_report('{"ExecType": "0", "ClOrdID": "reported", "OrderID": "B1", "ExecID": "R1"}');
SELECT oms.apply_execution_report('{"ExecType": "F", "ClOrdID": "reported", "ExecID": "R2",
  "LastQty": 20, "LastPx": 800, "CumQty": 25}');
SELECT oms.request_cancel('reported', 'reported-2');
SELECT oms.apply_execution_report('{"ExecType": "4", "ClOrdID": "reported-2", "OrigClOrdID": "reported",
  "ExecID": "R3"}');
SELECT oms.request_cancel('nobody', 'nobody-2');
SELECT oms.record_manual_order('WEB-1', 'RELIANCE', 'buy', 2, 2900);
SELECT oms.claim_manual_order(order_id, 'momentum', 'ours') FROM oms.find_order(broker_order_id => 'WEB-1');
SELECT oms.adjust_position('GOLD', 3, 7000, 'opening balance');
SELECT oms.reconcile('[{"order_id": "K1", "tradingsymbol": "ITC", "transaction_type": "BUY", "order_type": "MARKET",
  "quantity": 9, "price": 0, "status": "OPEN", "filled_quantity": 4, "average_price": 410,
  "order_timestamp": "2026-01-05 09:31:07"}]', oms.clock(), 'kite');
SELECT oms.claim_retries('worker-1', lease => '1 day');
"""
# What every copy of that life must hold, so that none is the same for being empty.
_COUNTS = {
    "statuses": ("SELECT count(DISTINCT status) FROM oms.orders WHERE account = %s", 5),
    "kinds of fills": ("SELECT count(DISTINCT kind) FROM oms.fills WHERE account = %s", 4),
    "requests": ("SELECT count(DISTINCT state) FROM oms.order_requests WHERE account = %s", 3),
    "positions": ("SELECT count(*) FROM oms.positions WHERE account = %s", 6),
    "reports": ("SELECT count(*) FROM oms.execution_reports WHERE account = %s", 3),
    "runs": ("SELECT count(*) FROM oms.reconciliations WHERE account = %s", 1),
    "decisions": ("SELECT count(*) FROM oms.reconciliation_decisions WHERE account = %s", 2),
    "claims": ("SELECT count(*) FROM oms.retry_claims WHERE account = %s", 1),
}
ACCOUNTS = ("a", "b")


@dataclass(frozen=True, slots=True)
class Place:
    """One database of one server."""

    server: Embedded
    dbname: str

    @property
    def dsn(self) -> str:
        """As the plain owner."""
        return self.server.conninfo(self.dbname, OWNER)

    def connect(self, user: str = OWNER, options: str = "") -> Conn:
        """An autocommit connection."""
        return psycopg.connect(self.server.conninfo(self.dbname, user), autocommit=True, options=options)

    def run(self, script: str, user: str = OWNER, options: str = "") -> None:
        """Run statements one by one, each in a transaction of its own."""
        with self.connect(user, options) as conn:
            for statement in script.split(";\n"):
                if statement.strip():
                    conn.execute(statement.encode())

    def value(self, query: str, *params: Any) -> Any:
        """The only value of the only row."""
        with self.connect() as conn:
            row = conn.execute(query.encode(), params or None).fetchone()
        assert row is not None
        return row[0]


def live(place: Place, accounts: Sequence[str] = ACCOUNTS, *, settings: bool = True) -> None:
    """Fill a migrated database; the accounts live the same, one after the other."""
    if settings:
        place.run(_SETTINGS)
    for account in accounts:
        with place.connect("trader", f"-c oms.account={account} -c oms.actor=asha") as conn:
            for statement in _LIFE.strip().split(";\n"):
                conn.execute(statement.rstrip(";").encode())
        for what, (query, least) in _COUNTS.items():
            assert place.value(query, account) >= least, what
    assert place.value("SELECT count(*) FROM oms.audit_gaps") == 0


def content(place: Place, *without: str) -> dict[str, list[str]]:
    """Every row of every table as text."""
    with place.connect(options="-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres") as conn:
        found = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'oms'::regnamespace AND relkind = 'r' ORDER BY 1"
        ).fetchall()
        return {name: _rows(conn, name) for (name,) in found if name not in without}


def goes_on(place: Place, name: str = "later") -> None:
    """Orders are placed, filled and reported under numbers that nobody had; the books agree."""
    highest = {
        "order_id": "SELECT max(order_id) FROM oms.orders",
        "fill_id": "SELECT max(fill_id) FROM oms.fills",
        "report_id": "SELECT max(report_id) FROM oms.execution_reports",
        "reconciliation_id": "SELECT max(reconciliation_id) FROM oms.reconciliations",
    }
    before = {what: place.value(query) for what, query in highest.items()}
    events = place.value("SELECT count(*) FROM oms.order_events")
    with place.connect("trader", "-c oms.account=a -c oms.actor=asha") as conn:
        # The exit of some of what was held before the copy.
        conn.execute("SELECT oms.place_order('INFY', 'sell', 1, client_order_id => %s)", [name])
        row = conn.execute(
            "SELECT m.status, m.version, m.order_id, m.last_fill_id"
            " FROM oms.find_order(%s) o, oms.mark_executed(o.order_id, 1510, exec_id => 'L1') m",
            [name],
        ).fetchone()
        assert row is not None
        assert row[:2] == ("closed", 2)
        assert row[2] > before["order_id"]
        assert row[3] > before["fill_id"]
        conn.execute("SELECT oms.place_order('INFY', 'buy', 3, client_order_id => %s)", [f"{name}-2"])
        report = {"ExecType": "0", "ClOrdID": f"{name}-2", "ExecID": "L2"}
        conn.execute("SELECT oms.apply_execution_report(%s)", [Jsonb(report)])
        conn.execute("SELECT oms.reconcile('[{}]', oms.clock(), 'kite', complete => false)")
    for what, query in highest.items():
        assert place.value(query) > before[what], what
    assert place.value("SELECT count(*) FROM oms.order_events") >= events + 4
    assert place.value("SELECT count(*) FROM oms.audit_gaps") == 0


def run(version: int, program: str, *arguments: str | Path, warns: str = "", fails: bool = False) -> str:
    """A client program, under settings that must not matter. What it complains of fails the test, unless it has to."""
    environment = os.environ | {
        "PGTZ": "Asia/Kolkata",
        "PGOPTIONS": "-c datestyle=German -c client_min_messages=warning",
    }
    command = [programs.program(version, program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    if fails:
        assert done.returncode != 0
        return done.stderr
    assert done.returncode == 0, done.stderr
    assert (warns in done.stderr) if warns else (done.stderr == "")
    return done.stdout


def run_ahead(server: Embedded, other: Embedded) -> None:
    """Use up transaction ids of a server until the other one's lie behind."""
    query = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    with psycopg.connect(other.conninfo("postgres"), autocommit=True) as conn:
        goal = conn.execute(query).fetchone()
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
        here = conn.execute(query).fetchone()
        assert here is not None
        assert goal is not None
        conn.execute("CREATE TEMP TABLE used (one int)")
        conn.execute(
            sql.SQL(
                """
                DO $$ BEGIN
                  FOR i IN 1..{} LOOP
                    BEGIN INSERT INTO used VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END;
                  END LOOP;
                END $$
                """
            ).format(sql.Literal(max(goal[0] - here[0], 0) + 5000))
        )


def _rows(conn: Conn, table: str) -> list[str]:
    query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier("oms", table))
    return sorted(row[0] for row in conn.execute(query).fetchall())
