"""Databases in which nothing is installed yet, and made-up releases to install there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from orderstamp.resources import Release, this_release
from support.releases import tiny_release


@pytest.fixture
def release() -> Release:
    """The release under test."""
    return this_release()


@pytest.fixture
def tiny(tmp_path: Path) -> Release:
    """A release of one table, five functions and two views."""
    return tiny_release(tmp_path / "tiny")


@pytest.fixture
def blank(blank_dsn: str) -> Iterator[Connection[Any]]:
    """The owner's autocommit connection to a database in which nothing is installed."""
    with psycopg.connect(blank_dsn, autocommit=True) as conn:
        yield conn


@pytest.fixture
def trader_on_blank(blank_dsn: str) -> str:
    """Conninfo of the blank database as a member of oms_trader."""
    return make_conninfo(blank_dsn, user="trader")
