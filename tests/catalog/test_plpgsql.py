"""plpgsql_check reads every function with the catalog at hand: columns that aren't there, wrong types, dead code."""

from __future__ import annotations

import re
from typing import Any

import pytest
from psycopg import Connection

from support import programs

EXTENSION = "plpgsql_check"

# What it says that is as it should be: function, or None for any; message; why.
ACCEPTED: tuple[tuple[str | None, str, str], ...] = (
    (None, r'cast "text" value to ".*\[\]" type', "the literal '{}' where an array is declared, converted once"),
    (
        "asked_change",
        'composite OUT variable "written" is not single argument',
        "the row goes in and comes out changed",
    ),
)

# Without its performance warnings: they are about casts of single values, and about volatility, which is chosen by what
# a function must see of its own statement and not by what it could do without.
_CHECK = """
SELECT p.proname, t.tgrelid::regclass AS relation, c.lineno, c.level, c.message, c.detail, c.hint
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang LEFT JOIN pg_trigger t ON t.tgfoid = p.oid
  CROSS JOIN LATERAL plpgsql_check_function_tb(
    p.oid, coalesce(t.tgrelid, 0), fatal_errors => false, other_warnings => true, extra_warnings => true,
    performance_warnings => false, security_warnings => true, oldtable => t.tgoldtable, newtable => t.tgnewtable) c
 WHERE p.pronamespace = 'oms'::regnamespace AND l.lanname = 'plpgsql'
"""
_DYNAMIC = """
CREATE FUNCTION oms.spoiled(symbol text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'SELECT ' || symbol;
  PERFORM no_such_column FROM oms.orders;
END $$
"""


@pytest.fixture
def checker(admin: Connection[Any]) -> Connection[Any]:
    """The administrator, with the extension in the test's database."""
    known = admin.execute("SELECT FROM pg_available_extensions WHERE name = %s", [EXTENSION]).fetchone()
    if known is None:
        # Where another version here has it, the run on that version checks.
        stop = pytest.fail if programs.required() and programs.having(EXTENSION) is None else pytest.skip
        stop("this server has no plpgsql_check; `make tools` installs it where Debian's packages have one")
    admin.execute("CREATE EXTENSION plpgsql_check")
    return admin


def test_nothing_is_found(checker: Connection[Any]) -> None:
    assert not _found(checker)


def test_it_would_be_found(checker: Connection[Any]) -> None:
    checker.execute(_DYNAMIC)
    found = "\n".join(_found(checker))
    assert "not sanitized" in found
    assert 'column "no_such_column" does not exist' in found


def _found(conn: Connection[Any]) -> list[str]:
    found = []
    for name, relation, line, level, message, detail, hint in conn.execute(_CHECK):
        said = f"{level}: {message}; {detail}; {hint}"
        if not any(of in (None, name) and re.search(accepted, said) for of, accepted, _ in ACCEPTED):
            found.append(f"{name}() on {relation}, line {line}: {said}")
    return found
