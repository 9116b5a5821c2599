"""Before a migration is undone: take away what may not fit any more, but leave every guard in place.

The group roles lose their rights until the next migrate: with the policies gone they could read every account.
Views and callable functions go. What triggers, policies, defaults and checks call stays as a stub that refuses:
a table is never left unguarded, and a write is refused rather than lost.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection, errors, sql

from orderstamp.install import catalog
from orderstamp.install.access import revoke_from_groups
from orderstamp.install.catalog import STUB_MARKER, raw
from orderstamp.install.drop import Dropper
from orderstamp.install.manifest import SCHEMA
from orderstamp.install.record import ROLLED_BACK, Record, read_record, write_record

_BODY = f"""
BEGIN -- {STUB_MARKER}
  RAISE EXCEPTION 'orderstamp is not installed completely' USING ERRCODE = 'OM090', HINT = 'run make migrate';
END """


def leave_stubs(conn: Connection[Any]) -> None:
    """Drop the loaded views and functions; those that something stateful depends on become stubs.

    The record says so in the same transaction, so that any version may migrate again from here on.
    """
    revoke_from_groups(conn)
    record = read_record(conn)
    objects = record.objects if record else []
    dropper = Dropper(conn, set(objects))
    for identity in reversed([name for name in objects if name.startswith("view ")]):
        dropper.drop_named(identity)
    names = {name.split(f" {SCHEMA}.", 1)[1] for name in objects if name.startswith("function ")}
    remaining = [routine for routine in catalog.routines(conn) if routine.name in names]
    # Defaults of parameters make functions depend on functions: go round until nothing more can be dropped.
    progress = True
    while progress:
        progress = False
        for routine in list(remaining):
            try:
                with conn.transaction():
                    conn.execute(sql.SQL("DROP FUNCTION {}").format(raw(routine.reference)))
            except errors.DependentObjectsStillExist:
                continue
            remaining.remove(routine)
            progress = True
    for routine in remaining:
        _make_stub(conn, routine.oid)
    if record:
        left = [f"function {SCHEMA}.{routine.name}" for routine in remaining]
        write_record(conn, Record(ROLLED_BACK, "", left))


def _make_stub(conn: Connection[Any], oid: int) -> None:
    row = conn.execute(
        """
        SELECT format('CREATE OR REPLACE FUNCTION %%s.%%I(%%s) RETURNS %%s LANGUAGE plpgsql '
                      'SET search_path = pg_catalog, pg_temp AS %%L',
                      pronamespace::regnamespace, proname, pg_get_function_arguments(oid),
                      pg_get_function_result(oid), %s::text)
          FROM pg_proc WHERE oid = %s
        """,
        [_BODY, oid],
    ).fetchone()
    assert row is not None
    conn.execute(raw(row[0]))
