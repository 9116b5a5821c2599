"""Whose the installation is: the schema and all that the product keeps in it belong to one role."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis
from orderstamp.doctor.stateful import Catalog
from orderstamp.install.manifest import Manifest

# By its tables, and by most of them: who takes the schema or a single table doesn't become the owner by that.
_OWNER = """
SELECT pg_get_userbyid(coalesce(
         (SELECT mode() WITHIN GROUP (ORDER BY c.relowner)
            FROM pg_class c WHERE c.relnamespace = n.oid AND c.oid::regclass::text = ANY (%s)), n.nspowner))
  FROM pg_namespace n WHERE n.nspname = 'oms'
"""
# A sequence that belongs to a column has its table's owner, always.
_OTHERS = """
SELECT h.kind, h.object, pg_get_userbyid(h.owner), quote_ident(%(owner)s)
  FROM (
    SELECT 'schema', n.nspname::text, n.nspowner FROM pg_namespace n WHERE n.nspname = 'oms'
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'c' THEN 'type' ELSE 'table' END,
           c.oid::regclass::text, c.relowner
      FROM pg_class c
     WHERE c.relnamespace = 'oms'::regnamespace AND c.oid::regclass::text = ANY (%(relations)s)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass
                          AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass)
    UNION ALL
    SELECT 'function', p.oid::regprocedure::text, p.proowner
      FROM pg_proc p WHERE p.pronamespace = 'oms'::regnamespace AND p.proname = ANY (%(functions)s)
  ) h (kind, object, owner)
 WHERE pg_get_userbyid(h.owner) <> %(owner)s
 ORDER BY h.kind, h.object
"""


def find_owner(conn: Connection[Any], expected: Catalog) -> str:
    """The role that owns the installation."""
    tables = [identity for kind, identity in expected if kind == "table"]
    row = conn.execute(_OWNER, [tables]).fetchone()
    assert row is not None
    return str(row[0])


def compare_owners(
    conn: Connection[Any], diagnosis: Diagnosis, owner: str, expected: Catalog, manifest: Manifest
) -> None:
    """Name whatever of ours belongs to another role than the rest."""
    relations = {identity for kind, identity in expected if kind in ("table", "sequence")}
    relations |= {identity.rpartition(".")[0] for kind, identity in expected if kind == "column"}
    relations |= {f"oms.{name}" for name in manifest.names("view")}
    functions = manifest.names("function")
    overloads = {finding.object for finding in diagnosis.findings if finding.check == "function"}
    named = {"owner": owner, "relations": list(relations), "functions": functions}
    for kind, object_, other, quoted in conn.execute(_OTHERS.encode(), named).fetchall():
        if object_ not in overloads:
            fix = f"ALTER {kind.upper()} {object_} OWNER TO {quoted};"
            diagnosis.add(kind, object_, f"belongs to {other}, not to {owner}", fix)
