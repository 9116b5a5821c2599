"""Which database: `DATABASE_URL`, else the embedded server."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from orderstamp import embedded
from orderstamp.install.failure import SetupError

# SQLAlchemy, Django and yoyo write the driver into the scheme; libpq knows postgres:// and postgresql:// only.
_DRIVER = re.compile(r"\A(postgres(?:ql)?)\+\w+://")


@dataclass(frozen=True, slots=True)
class Database:
    """A database as libpq understands it, and whether it is the embedded one."""

    conninfo: str
    is_embedded: bool

    def label(self) -> str:
        """For people: never shows a password."""
        if self.is_embedded:
            return "the embedded PostgreSQL"
        params = conninfo_to_dict(self.conninfo)
        where = params.get("host") or params.get("hostaddr") or "local socket"
        return f"{params.get('dbname') or 'the default database'} at {where}"


def parse_url(url: str) -> str:
    """A URL or key=value string as a libpq conninfo; drivers in the scheme are dropped."""
    try:
        return make_conninfo(_DRIVER.sub(r"\1://", url.strip()))
    except psycopg.ProgrammingError as error:
        raise SetupError(
            f"DATABASE_URL can't be understood: {error}",
            hint="write postgresql://user:password@host:5432/database, characters like @ or / percent-encoded",
        ) from error


def find_database() -> Database:
    """The database of `DATABASE_URL`; without it the embedded server is started and its database made."""
    if url := os.environ.get("DATABASE_URL"):
        return Database(parse_url(url), is_embedded=False)
    return Database(embedded.ensure_database(embedded.start()), is_embedded=True)
