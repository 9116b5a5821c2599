"""Whoever looks with \\d+, \\df+ or \\dt+ finds every object explained."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

UNCOMMENTED = {
    "schema": """
        SELECT nspname FROM pg_namespace
         WHERE nspname = 'oms' AND obj_description(oid, 'pg_namespace') IS NULL""",
    "tables, views and sequences": """
        SELECT relname FROM pg_class
         WHERE relnamespace = 'oms'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
           AND obj_description(oid, 'pg_class') IS NULL""",
    "columns": """
        SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL""",
    "functions": """
        SELECT oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = 'oms'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL""",
    "triggers": """
        SELECT c.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = 'oms'::regnamespace AND NOT t.tgisinternal
           AND obj_description(t.oid, 'pg_trigger') IS NULL""",
    "policies": """
        SELECT c.relname || '.' || p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         WHERE c.relnamespace = 'oms'::regnamespace AND obj_description(p.oid, 'pg_policy') IS NULL""",
}


@pytest.mark.parametrize("kind", UNCOMMENTED)
def test_everything_is_commented(owner: Connection[Any], kind: str) -> None:
    rows = owner.execute(UNCOMMENTED[kind].encode()).fetchall()
    assert sorted(row[0] for row in rows) == []


def test_comments_are_sentences(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT i.identity, d.description
          FROM pg_description d
         CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
         WHERE i.schema = 'oms' OR i.identity LIKE '% on oms.%'
        """
    ).fetchall()
    assert len(rows) > 200
    assert [name for name, text in rows if not text.endswith((".", "…")) or len(text) < 5 or "\n" in text] == []
