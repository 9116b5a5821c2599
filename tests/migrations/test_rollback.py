"""Down ends with guards that refuse, never with unguarded tables; down and up again is as if nothing had been."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from orderstamp.migrate import migrate, rollback
from orderstamp.resources import Release
from support.catalog import snapshot

INSERT = "INSERT INTO oms.orders (account, symbol, side, quantity) VALUES ('default', 'X', 'buy', 1)"


def _unguarded(conn: Connection[Any]) -> list[str]:
    """Triggers that call neither a real body nor a stub can't exist; tables whose triggers are gone can."""
    rows = conn.execute(
        "SELECT relname FROM pg_class c WHERE relnamespace = to_regnamespace('oms') AND relname = 'orders'"
        "   AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)"
    ).fetchall()
    return [row[0] for row in rows]


def test_all_the_way_down_and_up_again(dsn: str, owner: Connection[Any], release: Release) -> None:
    before = snapshot(owner)
    down = rollback(dsn, None, release)
    assert down.stubs == []
    assert owner.execute("SELECT to_regnamespace('oms')").fetchone() == (None,)
    assert migrate(dsn, release).applied == down.undone[::-1]
    assert snapshot(owner) == before


@pytest.mark.slow
def test_one_step_at_a_time_and_up_again_from_each(dsn: str, owner: Connection[Any], release: Release) -> None:
    before = snapshot(owner)
    total = len(rollback(dsn, None, release).undone)
    for steps in range(1, total + 1):
        migrate(dsn, release)
        done = rollback(dsn, steps, release)
        assert len(done.undone) == steps
        migrate(dsn, release)
        assert snapshot(owner) == before, f"after {steps} down and up"


def test_no_step_leaves_a_table_that_takes_writes(dsn: str, owner: Connection[Any], release: Release) -> None:
    while rollback(dsn, 1, release).undone:
        assert _unguarded(owner) == []
        if owner.execute("SELECT to_regclass('oms.orders') IS NULL").fetchone() == (True,):
            continue
        with pytest.raises(psycopg.Error) as refused:
            owner.execute(INSERT)
        assert refused.value.sqlstate == "OM090"
        assert refused.value.diag.message_hint == "run make migrate"


def test_no_step_lets_the_group_roles_read_on(dsn: str, trader: Connection[Any], release: Release) -> None:
    """Without its policies a table would show every account's rows to everybody."""
    trader.execute("SELECT FROM oms.orders")
    while rollback(dsn, 1, release).undone:
        with pytest.raises(psycopg.Error) as refused:
            trader.execute("SELECT FROM oms.orders")
        assert refused.value.sqlstate in ("42501", "42P01", "3F000")


def test_nothing_to_undo(blank_dsn: str, release: Release) -> None:
    assert rollback(blank_dsn, 1, release).undone == []


def test_after_a_rollback_an_older_version_may_migrate(blank: Connection[Any], blank_dsn: str, tiny: Release) -> None:
    newer = Release("0.2.0", tiny.sql, tiny.migrations)
    migrate(blank_dsn, newer)
    rollback(blank_dsn, 1, newer)
    assert blank.execute("SELECT version FROM oms.installation").fetchone() == ("0",)
    migrate(blank_dsn, tiny)
    assert blank.execute("SELECT version FROM oms.installation").fetchone() == ("0.1.0",)


def test_what_was_dropped_before_a_rollback_stays_dropped_after_it(
    blank: Connection[Any], blank_dsn: str, tiny: Release
) -> None:
    migrate(blank_dsn, tiny)
    before = snapshot(blank)
    done = rollback(blank_dsn, 1, tiny)
    assert blank.execute("SELECT to_regclass('oms.thing_list'), to_regproc('oms.old_helper')").fetchone() == (
        None,
        None,
    )
    assert done.stubs == ["oms.clock()", "oms.things__stamp()"]
    migrate(blank_dsn, tiny)
    assert snapshot(blank) == before
