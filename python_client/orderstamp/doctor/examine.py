"""The whole examination, in one transaction that is rolled back: nothing is written, nothing stays."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection

from orderstamp.doctor.drift import compare_stateful
from orderstamp.doctor.finding import Diagnosis
from orderstamp.doctor.grants import compare_grants
from orderstamp.doctor.loaded import compare_loaded, compare_own_views
from orderstamp.doctor.owners import compare_owners, find_owner
from orderstamp.doctor.records import compare_migrations, compare_record
from orderstamp.doctor.running import attempt, examine_running
from orderstamp.doctor.stateful import expected_stateful, read_stateful
from orderstamp.install.failure import SetupError
from orderstamp.install.manifest import read_manifest
from orderstamp.install.record import refuse_newer
from orderstamp.resources import Release, this_release

# Whatever the role, the database or the client sets: definitions are told in one way, and our files are read in one.
_SETTINGS = """
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
"""


def examine(conn: Connection[Any], release: Release | None = None) -> Diagnosis:
    """Compare an installation with this release. `conn` is in autocommit mode; any role that may use the schema does.

    Raises SetupError where nothing can be told: nothing is installed, or something newer than this release, or the
    owner itself is kept from looking.
    """
    release = release or this_release()
    manifest = read_manifest(release.sql)
    diagnosis = Diagnosis(release.version)
    query = "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = 'oms'"
    row = conn.execute(query).fetchone()
    if row is None:
        raise SetupError(f"orderstamp is not installed in {conn.info.dbname}", hint="run: orderstamp migrate")
    if not row[0]:
        raise SetupError(
            f"{conn.info.user} may not look into schema oms", hint="connect as the owner, or as a member of oms_auditor"
        )
    with suppress(psycopg.errors.InsufficientPrivilege):  # told below
        refuse_newer(conn, release)
    with conn.transaction(force_rollback=True):
        attempt(conn, diagnosis, "version and digest", partial(compare_record, release=release, manifest=manifest))
        attempt(conn, diagnosis, "applied migrations", partial(compare_migrations, release=release))
        conn.execute(_SETTINGS)
        expected = expected_stateful()
        owner = find_owner(conn, expected)
        compare_stateful(diagnosis, expected, read_stateful(conn))
        compare_loaded(conn, diagnosis, manifest)
        compare_own_views(conn, diagnosis, manifest)
        compare_owners(conn, diagnosis, owner, expected, manifest)
        compare_grants(conn, diagnosis, manifest)
        examine_running(conn, diagnosis, owner)
        if diagnosis.healthy and diagnosis.denied:
            _refuse_denied_owner(conn, diagnosis, owner)
    return diagnosis


def _refuse_denied_owner(conn: Connection[Any], diagnosis: Diagnosis, owner: str) -> None:
    """Others see less by design; what is hidden from the owner may hide anything."""
    row = conn.execute("SELECT pg_has_role(%s::name, 'USAGE')", [owner]).fetchone()
    if row and row[0]:
        denied = ", ".join(f"{what} ({diagnosis.not_examined[what]})" for what in sorted(diagnosis.denied))
        raise SetupError(f"the owner may not examine {denied}", hint="give the owner its rights back, and look again")
