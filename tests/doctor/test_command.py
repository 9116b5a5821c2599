"""`orderstamp doctor` for people, for machines, and for monitoring by its exit status."""

from __future__ import annotations

import json
from typing import Any

import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner, Result

from orderstamp.cli import app

Conn = Connection[Any]


def _doctor(monkeypatch: pytest.MonkeyPatch, dsn: str, *arguments: str) -> Result:
    monkeypatch.setenv("DATABASE_URL", dsn)
    return CliRunner().invoke(app, ["doctor", *arguments])


def test_healthy_is_zero(monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    done = _doctor(monkeypatch, dsn)
    assert (done.exit_code, done.stdout) == (0, "healthy: the database is what orderstamp 0.1.0 installs and expects\n")
    done = _doctor(monkeypatch, dsn, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"healthy": True, "version": "0.1.0", "findings": [], "not_examined": {}}


def test_a_drift_is_one(monkeypatch: pytest.MonkeyPatch, dsn: str, owner: Conn) -> None:
    owner.execute("ALTER TABLE oms.orders DISABLE TRIGGER t20_stamp")
    done = _doctor(monkeypatch, dsn)
    assert done.exit_code == 1
    assert "1 finding: the database is not what orderstamp 0.1.0 installs and expects" in done.stdout
    assert "fix 1: ALTER TABLE oms.orders ENABLE TRIGGER t20_stamp;" in done.stdout
    done = _doctor(monkeypatch, dsn, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["findings"] == [
        {
            "check": "trigger",
            "object": "oms.orders.t20_stamp",
            "problem": "disabled",
            "fix": "ALTER TABLE oms.orders ENABLE TRIGGER t20_stamp;",
        }
    ]


def test_not_knowing_is_two(monkeypatch: pytest.MonkeyPatch, blank_dsn: str) -> None:
    for dsn in (blank_dsn, make_conninfo(blank_dsn, user="nobody_at_all")):
        done = _doctor(monkeypatch, dsn, "--json")
        assert done.exit_code == 2
        assert json.loads(done.stdout).keys() == {"error", "hint"}


def test_an_owner_that_is_kept_from_looking_is_two(monkeypatch: pytest.MonkeyPatch, dsn: str, owner: Conn) -> None:
    owner.execute("REVOKE ALL ON oms.account_members FROM CURRENT_USER")
    done = _doctor(monkeypatch, dsn, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"] == (
        "the owner may not examine members of accounts (permission denied for table account_members)"
    )


def test_the_auditor_is_told_what_it_did_not_see(monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    done = _doctor(monkeypatch, make_conninfo(dsn, user="auditor"))
    assert done.exit_code == 0
    assert "not examined: version and digest (permission denied for table installation)" in done.stdout
