"""The primary dies by kill -9 and its synchronous standby takes over: what was acknowledged is there."""

from __future__ import annotations

from pathlib import Path

from support.waiting import until

from .scene import Scene


def strike(scene: Scene) -> int:
    """One promotion, under load; then the promoted server alone."""
    primary = scene.cluster
    # Copied before the primary is told to wait for it: it waits for nobody once it is promoted.
    standby = primary.standby(Path(primary.folder).parent / "standby")
    try:
        with primary.connect() as conn:
            conn.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            conn.execute("SELECT pg_reload_conf()")

            def synchronous() -> bool:
                return conn.execute("SELECT sync_state FROM pg_stat_replication").fetchall() == [("sync",)]

            until(synchronous, "the standby is synchronous", 30)
        with scene.trading():
            scene.repeatedly(lambda: 1, scene.seconds / 2)
            primary.kill()
            with standby.connect() as conn:
                conn.execute("SELECT pg_promote(true, 60)")
            scene.cluster = standby
            scene.target.conninfo = scene.through().conninfo
            scene.wait_for_progress()
            scene.repeatedly(lambda: 1, scene.seconds / 2)
        # For whoever comes next: the old primary, which follows nobody and waits for nobody.
        (primary.server.data / "postgresql.auto.conf").write_text("", encoding="utf-8")
        primary.revive()
    except BaseException:
        standby.stop()
        raise
    return 1
