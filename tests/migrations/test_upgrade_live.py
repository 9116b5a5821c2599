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
from orderstamp.resources import Release
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
