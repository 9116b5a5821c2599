"""The whole catalog of schema oms as sorted text, so that two databases can be compared."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

# Every query returns one text column; names and definitions, never oids.
_QUERIES = {
    "schema": "SELECT nspname || ' acl ' || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname = 'oms'",
    "relations": """
        SELECT concat_ws(' ', c.relkind, c.relname, c.reloptions, 'rls', c.relrowsecurity, c.relforcerowsecurity,
                         'persistence', c.relpersistence, 'owner', c.relowner::regrole,
                         (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(c.relacl) x))
          FROM pg_class c WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind <> 'i'""",
    "columns": """
        SELECT concat_ws(' ', c.relname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,
                         format_type(a.atttypid, a.atttypmod),
                         (SELECT collname FROM pg_collation WHERE oid = a.attcollation),
                         CASE WHEN a.attnotnull THEN 'not null' END, a.attidentity, a.attgenerated,
                         pg_get_expr(d.adbin, d.adrelid), a.attacl)
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
          FROM pg_constraint WHERE connamespace = 'oms'::regnamespace AND conrelid <> 0""",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'oms'",
    "triggers": """
        SELECT concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid))
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = 'oms'::regnamespace AND NOT t.tgisinternal""",
    "functions": """
        SELECT concat_ws(' ', pg_get_functiondef(p.oid), 'owner', p.proowner::regrole,
                         (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(p.proacl) x))
          FROM pg_proc p WHERE p.pronamespace = 'oms'::regnamespace""",
    "views": "SELECT viewname || ' ' || definition FROM pg_views WHERE schemaname = 'oms'",
    "policies": """
        SELECT concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check)
          FROM pg_policies WHERE schemaname = 'oms'""",
    "comments": """
        SELECT concat_ws(' ', i.type, i.identity, d.description)
          FROM pg_description d
         CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
         WHERE i.schema = 'oms' OR i.identity = 'oms' OR i.identity LIKE '% on oms.%'""",
}


def snapshot(conn: Connection[Any]) -> dict[str, list[str]]:
    """Tables, columns, constraints, indexes, triggers, functions, views, policies, comments and privileges."""
    with conn.transaction():
        conn.execute("SET LOCAL search_path = pg_catalog")
        found = {}
        for part, query in _QUERIES.items():
            rows = conn.execute(query.encode()).fetchall()
            found[part] = sorted(row[0] for row in rows)
    return found
