"""Functions and views against the shipped `sql/`.

PostgreSQL itself reads the files: they are made once more in pg_temp, inside a transaction that is rolled back, and the
two are compared as the catalog has them. So it holds on every server version, and needs no right but TEMPORARY.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis
from orderstamp.install.catalog import STUB_MARKER
from orderstamp.install.manifest import Manifest, SqlFile

_FIX = "orderstamp migrate"
_ATTRIBUTES = {
    "body": "coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)",
    "parameters": "pg_get_function_arguments(p.oid)",
    "result": "pg_get_function_result(p.oid)",
    "language": "p.prolang::text",
    "volatility": "p.provolatile::text",
    "parallel safety": "p.proparallel::text",
    "SECURITY DEFINER": "p.prosecdef::text",
    "settings": "p.proconfig::text",
    "strictness": "p.proisstrict::text",
    "leakproofness": "p.proleakproof::text",
    "cost": "p.procost::text",
}
_FUNCTIONS = f"""
SELECT p.pronamespace = 'oms'::regnamespace, p.proname, oidvectortypes(p.proargtypes), p.oid::regprocedure::text,
       ARRAY[{", ".join(_ATTRIBUTES.values())}]
  FROM pg_proc p
 WHERE p.proname = ANY (%s) AND p.pronamespace = ANY (ARRAY['oms'::regnamespace, pg_my_temp_schema()])
"""
_VIEWS = """
SELECT c.relnamespace = 'oms'::regnamespace, c.relname,
       concat_ws(' ', c.reloptions, (
         SELECT array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0), pg_get_viewdef(c.oid))
  FROM pg_class c
 WHERE c.relname = ANY (%s) AND c.relkind = 'v'
   AND c.relnamespace = ANY (ARRAY['oms'::regnamespace, pg_my_temp_schema()])
"""
# Views of users' own over our tables that read with their owner's eyes, past row-level security.
_OWN_VIEWS = """
SELECT DISTINCT v.oid::regclass::text
  FROM pg_class v
  JOIN pg_rewrite r ON r.ev_class = v.oid
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class t ON t.oid = d.refobjid AND t.relnamespace = v.relnamespace AND t.relrowsecurity
 WHERE v.relnamespace = 'oms'::regnamespace AND v.relkind = 'v' AND v.relname <> ALL (%s)
   AND NOT EXISTS (SELECT FROM pg_options_to_table(v.reloptions) o
                    WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
 ORDER BY 1
"""


def compare_own_views(conn: Connection[Any], diagnosis: Diagnosis, manifest: Manifest) -> None:
    """Name views that somebody put beside ours and that show every account's rows."""
    for (view,) in conn.execute(_OWN_VIEWS.encode(), [manifest.names("view")]).fetchall():
        fix = f"ALTER VIEW {view} SET (security_invoker = true);"
        diagnosis.add("view", view, "reads past row-level security, as its owner does", fix)


def compare_loaded(conn: Connection[Any], diagnosis: Diagnosis, manifest: Manifest) -> None:
    """Name every function and view that is missing, edited or overloaded."""
    try:
        with conn.transaction():
            conn.execute("SET LOCAL check_function_bodies = off")
            failed = _make_all(conn, [file for file in manifest.files if file.kind is not None])
            _compare_functions(conn, diagnosis, manifest, failed)
            _compare_views(conn, diagnosis, manifest, failed)
            raise psycopg.Rollback
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as refused:
        why = "; it takes the right to make temporary objects, on a primary server"
        diagnosis.skip("functions and views", refused, why)


def _make_all(conn: Connection[Any], files: list[SqlFile]) -> dict[str, str]:
    """Make them in pg_temp; returns what PostgreSQL says of those that no longer can be made."""
    statements = {file.identity: _statement(file) for file in files}
    try:
        with conn.transaction():
            conn.execute("\n".join(statements.values()).encode())
        return {}
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
        raise
    except psycopg.Error:
        pass  # which of them? one by one, then
    failed = {}
    for identity, statement in statements.items():
        try:
            with conn.transaction():
                conn.execute(statement.encode())
        except psycopg.Error as error:
            failed[identity] = error.diag.message_primary or str(error)
    return failed


def _statement(file: SqlFile) -> str:
    text = file.text[file.text.index("CREATE OR REPLACE") :]
    text = text[: text.index("\nCOMMENT ON")].rstrip()
    return re.sub(rf"\ACREATE OR REPLACE (FUNCTION|VIEW) oms\.{file.name}\b", rf"CREATE \1 pg_temp.{file.name}", text)


def _compare_functions(conn: Connection[Any], diagnosis: Diagnosis, manifest: Manifest, failed: dict[str, str]) -> None:
    rows = conn.execute(_FUNCTIONS.encode(), [manifest.names("function")]).fetchall()
    for name in manifest.names("function"):
        ours = {row[2]: row for row in rows if row[1] == name and not row[0]}
        there = {row[2]: row for row in rows if row[1] == name and row[0]}
        title = f"oms.{name}"
        if reason := failed.get(f"function {title}"):
            diagnosis.add(
                "function", title, f"can't be made any more: {reason}", "mend what it needs, then orderstamp migrate"
            )
            continue
        for parameters, row in there.items():
            if parameters not in ours:
                diagnosis.add(
                    "function", row[3], "not of this release: calls may reach it instead", f"DROP FUNCTION {row[3]};"
                )
        for parameters, expected in ours.items():
            row = there.get(parameters)
            if row is None:
                diagnosis.add("function", title, "missing", _FIX)
                continue
            if STUB_MARKER in row[4][0]:
                diagnosis.add("function", title, "still the stub that refuses everything", _FIX)
            elif wrong := [what for what, a, b in zip(_ATTRIBUTES, row[4], expected[4], strict=True) if a != b]:
                diagnosis.add("function", title, f"edited: {', '.join(wrong)}", _FIX)


def _compare_views(conn: Connection[Any], diagnosis: Diagnosis, manifest: Manifest, failed: dict[str, str]) -> None:
    rows = conn.execute(_VIEWS.encode(), [manifest.names("view")]).fetchall()
    ours = {row[1]: row for row in rows if not row[0]}
    there = {row[1]: row for row in rows if row[0]}
    for name in manifest.names("view"):
        title = f"oms.{name}"
        row = there.get(name)
        if row is None:
            diagnosis.add("view", title, "missing", _FIX)
            continue
        if reason := failed.get(f"view {title}"):
            diagnosis.add(
                "view", title, f"can't be made any more: {reason}", "mend what it needs, then orderstamp migrate"
            )
        elif row[2] != ours[name][2]:
            diagnosis.add("view", title, "edited", _FIX)
