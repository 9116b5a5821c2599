"""A made-up next version goes through while other sessions call and write."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from orderstamp.migrate import migrate
from orderstamp.resources import Release, this_release
from support.catalog import snapshot
from support.releases import copy_release, edit, manifest, write_manifest
from support.waiting import until

# What a caller has to expect from any busy database. A call in flight while its function, or the view whose rows it
# returns, is dropped may find it gone (XX000): nothing was done, and it is as safe to repeat.
RETRIABLE = ("40001", "40P01", "55P03")
LOOKUP = re.compile(r"cache lookup failed for (function|type) \d+|could not open relation with OID \d+")


class Traffic:
    """Sessions that repeat a piece of work until told to stop, and what came of it."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.retried: Counter[str] = Counter()
        self.failures: list[str] = []
        self._stop = threading.Event()

    def _session(self, dsn: str, name: str, work: Callable[[Connection[Any]], object]) -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            while not self._stop.is_set():
                try:
                    work(conn)
                    self.done[name] += 1
                except psycopg.Error as error:
                    if error.sqlstate in RETRIABLE or LOOKUP.search(str(error)):
                        self.retried[name] += 1
                    else:
                        self.failures.append(f"{name}: {error.sqlstate} {error}")

    @contextmanager
    def running(self, dsn: str, **works: Callable[[Connection[Any]], object]) -> Iterator[None]:
        """Run every piece of work in a session of its own, and see each succeed before and after the block."""
        threads = [
            threading.Thread(target=self._session, args=(dsn, name, work), daemon=True) for name, work in works.items()
        ]
        for thread in threads:
            thread.start()
        try:
            self._all_busy(works)
            yield
            self._all_busy(works)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(30)

    def _all_busy(self, works: dict[str, Any]) -> None:
        before = self.done.copy()
        until(
            lambda: bool(self.failures) or all(self.done[name] >= before[name] + 20 for name in works),
            "every session gets through",
        )


def test_of_the_tiny_release(
    blank: Connection[Any], blank_dsn: str, trader_on_blank: str, tiny: Release, tmp_path: Path
) -> None:
    migrate(blank_dsn, tiny)
    blank.execute("GRANT SELECT ON oms.thing_list TO trader")
    blank.execute("GRANT EXECUTE ON FUNCTION oms.old_helper() TO reader")
    newer = copy_release(tiny, tmp_path / "newer", "0.2.0")
    edit(newer, "core/make_thing.sql", "make_thing(name text)", "make_thing(name text, note text DEFAULT NULL)")
    edit(newer, "core/make_thing.sql", "make_thing(text)", "make_thing(text, text)")
    edit(newer, "core/things_named.sql", "things_named(name text)", "things_named(wanted text)")
    edit(newer, "core/things_named.sql", "things_named.name", "things_named.wanted")
    edit(newer, "views/thing_list.sql", "t.id, t.name", "t.name, t.made_at, t.id")
    edit(newer, "access/grants.sql", "make_thing(text)", "make_thing(text, text)")
    write_manifest(newer, [path for path in manifest(newer) if path != "core/old_helper.sql"])
    (newer.migrations / "0003.add-note.sql").write_text(
        "SET lock_timeout = '5s';\nALTER TABLE oms.things ADD COLUMN IF NOT EXISTS note text;\n"
    )
    (newer.migrations / "0003.add-note.rollback.sql").write_text("ALTER TABLE oms.things DROP COLUMN IF EXISTS note;\n")

    traffic = Traffic()
    with traffic.running(
        trader_on_blank,
        call=lambda conn: conn.execute("SELECT oms.make_thing('a')"),
        named=lambda conn: conn.execute("SELECT oms.make_thing(name => %s)", ["b"], prepare=True),
        insert=lambda conn: conn.execute("INSERT INTO oms.things (name) VALUES ('c')"),
        update=lambda conn: conn.execute("UPDATE oms.things SET name = 'd' WHERE id = 1"),
        view=lambda conn: conn.execute("SELECT id, name FROM oms.thing_list WHERE id = 1", prepare=True),
        rows=lambda conn: conn.execute("SELECT id FROM oms.things_named('A') LIMIT 1"),
    ):
        done = migrate(blank_dsn, newer)

    assert traffic.failures == []
    assert done.applied == ["0003.add-note"]
    assert {"function oms.old_helper", "function oms.make_thing", "view oms.thing_list"} <= set(done.loaded.dropped)
    unstamped = blank.execute("SELECT count(*) FROM oms.things WHERE name <> upper(name)").fetchone()
    assert unstamped == (0,), "no write slipped past the trigger"
    made = blank.execute("SELECT count(*) FROM oms.things").fetchone()
    assert made == (traffic.done["call"] + traffic.done["named"] + traffic.done["insert"],)
    assert blank.execute("SELECT has_table_privilege('trader', 'oms.thing_list', 'SELECT')").fetchone() == (True,)


def test_it_equals_a_fresh_installation(blank: Connection[Any], blank_dsn: str, tiny: Release, tmp_path: Path) -> None:
    newer = copy_release(tiny, tmp_path / "newer", "0.2.0")
    edit(newer, "views/thing_list.sql", "t.id, t.name", "t.name, t.made_at, t.id")
    migrate(blank_dsn, newer)
    fresh = snapshot(blank)
    blank.execute("DROP SCHEMA oms CASCADE")
    blank.execute("DELETE FROM _yoyo_migration")
    migrate(blank_dsn, tiny)
    migrate(blank_dsn, newer)
    assert snapshot(blank) == fresh


def next_version(folder: Path) -> Release:
    """The real release with an added parameter, a renamed one, a dropped function and a view with other columns."""
    newer = copy_release(this_release(), folder, "99.0.0")

    def rewrite(pattern: str, replacement: str, only: str = "*.sql") -> None:
        found = 0
        for path in sorted(newer.sql.rglob(only)):
            text, count = re.subn(pattern, replacement, path.read_text())
            found += count
            path.write_text(text)
        assert found, f"nothing in sql/ matches {pattern}"

    # The parameter list ends where RETURNS follows; other files give the types in brackets.
    rewrite(r"\s*\)(\s*RETURNS)", r", venue_code text DEFAULT NULL)\1", "mark_cancelled.sql")
    rewrite(r"(?<!FUNCTION )(oms\.mark_cancelled\([^)]*)\)(?=[,;\s])", r"\1, text)", "oms_*.sql")
    rewrite(r"(COMMENT ON FUNCTION oms\.mark_cancelled\([^)]*)\)", r"\1, text)", "mark_cancelled.sql")
    rewrite(r"\bfailure_reason\b", "why_it_failed", "mark_failed.sql")
    rewrite(r"o\.leaves_qty, (.*)", r"\1", "open_orders.sql")
    rewrite(r"COMMENT ON COLUMN oms\.open_orders\.leaves_qty.*\n", "", "open_orders.sql")
    rewrite(r",?\s*oms\.order_statistics\([^)]*\)", "", "oms_*.sql")
    kept = [path for path in manifest(newer) if not path.endswith("/order_statistics.sql")]
    assert len(kept) == len(manifest(newer)) - 1
    write_manifest(newer, kept)
    (newer.migrations / "9000.add-venue-code.sql").write_text(
        "SET lock_timeout = '5s';\nALTER TABLE oms.accounts ADD COLUMN IF NOT EXISTS venue_code text;\n"
    )
    return newer


def _cancel(conn: Connection[Any]) -> None:
    row = conn.execute("SELECT order_id FROM oms.place_order('CALLED', 'buy', 1)").fetchone()
    assert row
    conn.execute("SELECT status FROM oms.mark_cancelled(%s, 'changed my mind')", row, prepare=True)


def _fail(conn: Connection[Any]) -> None:
    row = conn.execute(
        "SELECT order_id FROM oms.place_order(symbol => 'FAILED', side => 'sell', quantity => 2)"
    ).fetchone()
    assert row
    conn.execute("SELECT status FROM oms.mark_failed(%s, 'no margin')", row)


def _execute(conn: Connection[Any]) -> None:
    row = conn.execute("SELECT order_id FROM oms.place_order('FILLED', 'buy', 3)").fetchone()
    assert row
    conn.execute("SELECT status FROM oms.mark_executed(%s, 10.5)", row)


def _raw(conn: Connection[Any]) -> None:
    insert = "INSERT INTO oms.orders (symbol, side, quantity) VALUES ('RAW', 'buy', 4) RETURNING order_id"
    row = conn.execute(insert).fetchone()
    assert row
    conn.execute("UPDATE oms.orders SET status = 'cancelled' WHERE order_id = %s", row)


def test_of_the_real_release(owner: Connection[Any], dsn: str, trader_dsn: str, tmp_path: Path) -> None:
    owner.execute("GRANT EXECUTE ON FUNCTION oms.mark_cancelled TO reader WITH GRANT OPTION")
    owner.execute("GRANT EXECUTE ON FUNCTION oms.mark_failed TO auditor")
    owner.execute("GRANT SELECT (symbol) ON oms.open_orders TO reporting")
    newer = next_version(tmp_path / "newer")

    traffic = Traffic()
    with traffic.running(
        trader_dsn,
        cancel=_cancel,
        fail=_fail,
        execute=_execute,
        raw=_raw,
        view=lambda conn: conn.execute("SELECT symbol, open_qty FROM oms.open_orders LIMIT 5", prepare=True),
    ):
        done = migrate(dsn, newer)

    assert traffic.failures == []
    assert done.applied == ["9000.add-venue-code"]
    expected = {"mark_cancelled", "mark_failed", "order_statistics"}
    assert {f"function oms.{name}" for name in expected} | {"view oms.open_orders"} == set(done.loaded.dropped)
    rows = owner.execute(
        "SELECT has_function_privilege('reader', 'oms.mark_cancelled'::regproc, 'EXECUTE WITH GRANT OPTION'),"
        "       has_function_privilege('auditor', 'oms.mark_failed'::regproc, 'EXECUTE'),"
        "       has_column_privilege('reporting', 'oms.open_orders', 'symbol', 'SELECT'),"
        "       to_regproc('oms.order_statistics') IS NULL"
    ).fetchone()
    assert rows == (True, True, True, True)

    counted = owner.execute(
        "SELECT symbol, status, count(*) FROM oms.orders WHERE version > 1 GROUP BY 1, 2 ORDER BY 1"
    ).fetchall()
    assert [(symbol, status) for symbol, status, _ in counted] == [
        ("CALLED", "cancelled"),
        ("FAILED", "failed"),
        ("FILLED", "ongoing"),
        ("RAW", "cancelled"),
    ]
    names = {"CALLED": "cancel", "FAILED": "fail", "FILLED": "execute", "RAW": "raw"}
    assert {names[symbol]: count for symbol, _, count in counted} == {
        name: traffic.done[name] for name in names.values()
    }
    unlogged = owner.execute(
        "SELECT o.order_id FROM oms.orders o LEFT JOIN oms.order_events e USING (order_id, account)"
        " GROUP BY o.order_id, o.account, o.version HAVING count(e.seq) <> o.version"
    ).fetchall()
    assert unlogged == []
    assert owner.execute("SELECT count(*) FROM oms.audit_gaps").fetchone() == (0,)


def test_of_the_real_release_it_equals_a_fresh_installation(
    owner: Connection[Any], dsn: str, blank: Connection[Any], blank_dsn: str, tmp_path: Path
) -> None:
    newer = next_version(tmp_path / "newer")
    migrate(dsn, newer)
    migrate(blank_dsn, newer)
    assert snapshot(owner) == snapshot(blank)
