"""What every connection that installs has in common, whatever its database and its role were set to."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from orderstamp.install.owner import act_as_owner


def prepare(conn: Connection[Any]) -> None:
    """Read SQL as it is written, print names as they are recorded, and act as the owner of what is there."""
    conn.execute("SET standard_conforming_strings = on")
    conn.execute("SET quote_all_identifiers = off")
    act_as_owner(conn)
