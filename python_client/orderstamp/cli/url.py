"""`orderstamp url`."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import typer
from psycopg.conninfo import conninfo_to_dict

from orderstamp.cli.output import explained, working
from orderstamp.database import find_database


@explained
def url() -> None:
    """Print the URL of the database every other command uses: export DATABASE_URL=$(orderstamp url)."""
    with working("starting the database"):
        database = find_database()
    parts = {key: str(value) for key, value in conninfo_to_dict(database.conninfo).items() if value is not None}
    user, dbname = quote(parts.pop("user", "")), quote(parts.pop("dbname", ""))
    password = parts.pop("password", "")
    login = user + (f":{quote(password)}" if password else "")
    typer.echo(f"postgresql://{login}@/{dbname}?{urlencode(parts)}")
