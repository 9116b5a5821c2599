"""A clock that stands where the test puts it, for every session of its database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

_STOPPED = """
CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN timestamptz '{}'; END $$"""


class Clock:
    """`oms.clock()` of a database, replaced by its owner."""

    def __init__(self, owner: Connection[Any], now: str | datetime) -> None:
        self._owner = owner
        self.set(now)

    def set(self, now: str | datetime) -> datetime:
        """Put it to that time; text says its zone."""
        self.now = (datetime.fromisoformat(now) if isinstance(now, str) else now).astimezone(UTC)
        self._owner.execute(_STOPPED.format(self.now.isoformat()).encode())
        return self.now

    def forward(self, **span: float) -> datetime:
        """Move it on: seconds, minutes, hours, days."""
        return self.set(self.now + timedelta(**span))
