"""What the tests of the doctor share."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis

Conn = Connection[Any]


def run(conn: Conn, statements: str) -> None:
    conn.execute(statements.encode())


def sound(diagnosis: Diagnosis) -> None:
    assert diagnosis.findings == []
    assert diagnosis.healthy
