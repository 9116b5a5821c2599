"""The tests run on the server they claim to run on, as the plain owner they claim to run as."""

from __future__ import annotations

import os

import psycopg

from support.server import VERSION


def test_the_server_is_the_version_that_was_asked_for(blank_dsn: str) -> None:
    with psycopg.connect(blank_dsn) as conn:
        row = conn.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone()
    assert row == (int(os.environ.get("ORDERSTAMP_TEST_PG", "18")),)
    assert row == (VERSION,)


def test_the_owner_is_a_plain_one(blank_dsn: str) -> None:
    with psycopg.connect(blank_dsn) as conn:
        row = conn.execute(
            "SELECT rolsuper, rolcreaterole, rolbypassrls, pg_has_role('pg_database_owner', 'USAGE')"
            "  FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False, False, True)
