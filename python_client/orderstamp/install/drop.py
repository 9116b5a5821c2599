"""Drop functions and views of ours together with those of ours that depend on them, and nothing else."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, errors, sql

from orderstamp.install import catalog
from orderstamp.install.catalog import Routine, raw
from orderstamp.install.failure import SetupError
from orderstamp.install.manifest import SCHEMA

# Follows pg_depend from one object to all that would fall with it. A view hangs on its rewrite rule, so the
# rule's view is followed too.
_DEPENDENTS = """
WITH RECURSIVE falling (class, oid) AS (
  SELECT %(class)s::regclass::oid, %(oid)s::oid
  UNION
  SELECT step.class, step.oid
    FROM falling f
   CROSS JOIN LATERAL (
     SELECT d.classid, d.objid FROM pg_depend d
      WHERE d.refclassid = f.class AND d.refobjid = f.oid AND d.deptype IN ('n', 'a', 'i')
     UNION ALL
     SELECT 'pg_class'::regclass, r.ev_class FROM pg_rewrite r
      WHERE f.class = 'pg_rewrite'::regclass AND r.oid = f.oid
   ) AS step (class, oid)
)
SELECT 'function', p.proname, p.oid::regprocedure::text
  FROM falling f JOIN pg_proc p ON f.class = 'pg_proc'::regclass AND p.oid = f.oid
 WHERE p.pronamespace = to_regnamespace(%(schema)s)
UNION ALL
SELECT 'view', c.relname, c.oid::regclass::text
  FROM falling f JOIN pg_class c ON f.class = 'pg_class'::regclass AND c.oid = f.oid
 WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relkind = 'v'
"""


class Dropper:
    """Drops inside the loading transaction and remembers what fell, so that it can be made again."""

    def __init__(self, conn: Connection[Any], ours: set[str]) -> None:
        self._conn = conn
        self._ours = ours
        self.dropped: list[str] = []

    def drop_named(self, identity: str) -> None:
        """Drop every function, or the view, of this identity ("function oms.name"); absent is fine."""
        kind, name = identity.split(f" {SCHEMA}.", 1)
        if kind == "function":
            for routine in catalog.routines(self._conn, name):
                self.drop_routine(routine)
        elif (view := catalog.views(self._conn).get(name)) is not None:
            self._drop("pg_class", view.oid, identity)

    def drop_routine(self, routine: Routine) -> None:
        """Drop one function."""
        self._drop("pg_proc", routine.oid, f"function {routine.reference}")

    def _drop(self, catalog_name: str, oid: int, what: str) -> None:
        falling = self._conn.execute(_DEPENDENTS, {"class": catalog_name, "oid": oid, "schema": SCHEMA}).fetchall()
        remaining = [
            (kind, f"{kind} {SCHEMA}.{name}", reference)
            for kind, name, reference in falling
            if f"{kind} {SCHEMA}.{name}" in self._ours
        ]
        while remaining:
            refusal: errors.DependentObjectsStillExist | None = None
            left = []
            for kind, identity, reference in remaining:
                try:
                    with self._conn.transaction():
                        self._conn.execute(sql.SQL("DROP {} {}").format(raw(kind.upper()), raw(reference)))
                    self.dropped.append(identity)
                except errors.DependentObjectsStillExist as error:
                    refusal = error
                    left.append((kind, identity, reference))
            if refusal is not None and len(left) == len(remaining):
                raise SetupError(
                    f"{what} has to be dropped or changed, but something not of ours depends on it: "
                    f"{refusal.diag.message_detail}",
                    hint="drop that first and make it again after orderstamp migrate; nothing was changed",
                ) from refusal
            remaining = left
