"""Which database is meant: every form of DATABASE_URL that people and frameworks write."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from orderstamp.database import Database, find_database, parse_url
from orderstamp.embedded import Embedded
from orderstamp.install.bookkeeping import open_backend
from orderstamp.install.failure import SetupError
from support.server import OWNER

FORMS = {
    "postgresql://u:p@h:5433/d": {"user": "u", "password": "p", "host": "h", "port": "5433", "dbname": "d"},
    "postgres://u@h/d": {"user": "u", "host": "h", "dbname": "d"},
    "postgresql+psycopg://u@h/d": {"user": "u", "host": "h", "dbname": "d"},
    "postgresql+psycopg2://u@h/d?sslmode=require": {"user": "u", "host": "h", "dbname": "d", "sslmode": "require"},
    "postgresql:///d?host=/run/postgresql": {"host": "/run/postgresql", "dbname": "d"},
    "postgresql://%2Frun%2Fpostgresql/d": {"host": "/run/postgresql", "dbname": "d"},
    "postgresql://u:p%40ss%2Fw%3Ard%25@h/d": {"user": "u", "password": "p@ss/w:rd%", "host": "h", "dbname": "d"},
    "postgresql://h1:1,h2:2/d": {"host": "h1,h2", "port": "1,2", "dbname": "d"},
    "host=h dbname='my db' password='it\\'s'": {"host": "h", "dbname": "my db", "password": "it's"},
    "  postgresql://h/d\n": {"host": "h", "dbname": "d"},
}


@pytest.mark.parametrize(("url", "params"), list(FORMS.items()))
def test_every_usual_form(url: str, params: dict[str, str]) -> None:
    assert conninfo_to_dict(parse_url(url)) == params


@pytest.mark.parametrize("url", ["mysql://h/d", "postgresql://h/d?no_such_option=1", "nonsense"])
def test_what_libpq_cannot_understand_is_a_message(url: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL can't be understood") as refused:
        parse_url(url)
    assert "postgresql://user:password@host" in refused.value.hint


def test_the_label_never_shows_a_password() -> None:
    label = Database(parse_url("postgresql://me:secret@db.example/orders"), is_embedded=False).label()
    assert label == "orders at db.example"


def test_the_variable_wins_over_the_embedded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://h/d")
    assert conninfo_to_dict(find_database().conninfo) == {"host": "h", "dbname": "d"}
    assert not find_database().is_embedded


def test_yoyo_reaches_what_libpq_reaches(server: Embedded) -> None:
    """Options, odd names and sockets included: nothing goes through yoyo's own parsing of URLs."""
    name = "odd name/with%things?&=#"
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            dsn = psycopg.conninfo.make_conninfo(
                server.conninfo(name, OWNER), password="p@ss:/?#%", options="-c work_mem=5MB"
            )
            with open_backend(dsn) as backend:
                row = backend.execute("SELECT current_database(), current_setting('work_mem')").fetchone()
            assert row == (name, "5MB")
        finally:
            conn.execute(f'DROP DATABASE "{name}"'.encode())
