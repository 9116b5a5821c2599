"""Is what the release promises really in the catalog? Asked inside the loading transaction."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from psycopg import Connection

from orderstamp.install import catalog
from orderstamp.install.failure import SetupError
from orderstamp.install.manifest import SCHEMA, Manifest

_COMMENT = re.compile(r"--[^\n]*")
_TRIGGER = re.compile(
    r"\bCREATE\s+(?:OR\s+REPLACE\s+)?TRIGGER\s+(?P<made>\w+).*?\bON\s+oms\.(?P<on>\w+)"
    r"|\bDROP\s+TRIGGER\s+(?:IF\s+EXISTS\s+)?(?P<gone>\w+)\s+ON\s+oms\.(?P<off>\w+)"
    r"|\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?oms\.(?P<table>\w+)",
    re.IGNORECASE | re.DOTALL,
)


def verify(conn: Connection[Any], manifest: Manifest, migrations: Path) -> None:
    """Raise, naming everything that is amiss, unless functions, views and triggers are as released."""
    amiss = [f"{name} is missing" for name in _missing(conn, manifest)]
    amiss += [f"function {name} is still the stub that refuses every write" for name in catalog.stubs(conn)]
    enabled = _enabled_triggers(conn)
    for table, trigger in expected_triggers(migrations):
        if (table, trigger) not in enabled:
            amiss.append(f"trigger {trigger} on oms.{table} is missing")
        elif not enabled[table, trigger]:
            amiss.append(f"trigger {trigger} on oms.{table} is disabled")
    if amiss:
        raise SetupError(
            "the database is not what this release installs: " + "; ".join(amiss),
            hint="ALTER TABLE … ENABLE TRIGGER … brings a disabled trigger back; "
            "what is missing was dropped by hand or never migrated",
        )


def expected_triggers(migrations: Path) -> list[tuple[str, str]]:
    """Table and name of every trigger that the migrations, read in order, leave behind."""
    expected: dict[tuple[str, str], None] = {}
    for path in sorted(migrations.glob("*.sql")):
        if path.name.endswith(".rollback.sql"):
            continue
        for found in _TRIGGER.finditer(_COMMENT.sub("", path.read_text(encoding="utf-8"))):
            if found["made"]:
                expected[found["on"], found["made"]] = None
            elif found["gone"]:
                expected.pop((found["off"], found["gone"]), None)
            else:
                for pair in [pair for pair in expected if pair[0] == found["table"]]:
                    del expected[pair]
    return list(expected)


def _missing(conn: Connection[Any], manifest: Manifest) -> list[str]:
    present = {f"function {SCHEMA}.{routine.name}" for routine in catalog.routines(conn)}
    present |= {f"view {SCHEMA}.{name}" for name in catalog.views(conn)}
    return [identity for identity in manifest.objects if identity not in present]


def _enabled_triggers(conn: Connection[Any]) -> dict[tuple[str, str], bool]:
    rows = conn.execute(
        """
        SELECT c.relname, t.tgname, t.tgenabled IN ('O', 'A')
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = to_regnamespace(%s) AND NOT t.tgisinternal
        """,
        [SCHEMA],
    ).fetchall()
    return {(table, trigger): enabled for table, trigger, enabled in rows}
