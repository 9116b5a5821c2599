"""Every function restates all its attributes: replacing one silently drops what isn't repeated."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from psycopg import Connection

from support.sqltext import ACCESS, FUNCTIONS, MIGRATIONS, VIEWS, tokens

PINNED = "SET search_path = pg_catalog, pg_temp"
ATTRIBUTES = re.compile(
    r"^LANGUAGE plpgsql (VOLATILE|STABLE|IMMUTABLE) PARALLEL (SAFE|RESTRICTED|UNSAFE) "
    rf"SECURITY (DEFINER|INVOKER)\n{PINNED}\n((?:SET \w+ = .+\n)*)\Z",
    re.MULTILINE,
)
# Plans made while a table is empty must do when it is not.
OTHER_SETTINGS = {"enable_seqscan=off", "work_mem=64MB"}
# A parsed body has no names left to look up, and no SET, so that the planner can inline it.
PARSED = re.compile(
    r"^LANGUAGE sql (STABLE|IMMUTABLE) PARALLEL (SAFE|RESTRICTED|UNSAFE) SECURITY (INVOKER)\n()\Z", re.MULTILINE
)
# What runs as the owner, and why it must.
DEFINERS = {
    "accept_request": "writes requests, which applications may not",
    "acknowledge_request": "writes requests, which applications may not",
    "apply_execution_report": "writes reports and requests, which applications may not",
    "bookings__lock": "a trigger function; applications need no privilege on what it calls",
    "claim_retries": "writes claims, which applications may not",
    "dismiss_manual_order": "writes the log, as nobody else may",
    "fills__book": "writes positions and lots, which applications may not",
    "history__keep": "stops owners too, whom no grant stops",
    "my_accounts": "reads the membership, which applications may not",
    "orders__log": "writes the log, as nobody else may",
    "orders__log_new": "writes the log, as nobody else may",
    "orders__stamp": "reads all fills and lots of the order",
    "reconcile": "writes runs, reports and fills' evidence, which applications may not",
    "record_attempt": "writes the log, as nobody else may",
    "reject_request": "writes requests, which applications may not",
    "request_cancel": "writes requests, which applications may not",
    "request_replace": "writes requests, which applications may not",
}


def _stated(name: str) -> re.Match[str] | None:
    attributes = FUNCTIONS[name].attributes
    return ATTRIBUTES.search(attributes) or PARSED.search(attributes)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_file_states_every_attribute(name: str) -> None:
    assert _stated(name), FUNCTIONS[name].attributes


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_depends_on_how_a_session_reads_backslashes(name: str) -> None:
    """A plain string with one is another string under standard_conforming_strings = off."""
    assert "\\" not in FUNCTIONS[name].text


def test_the_catalog_agrees(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT p.proname, l.lanname,
               CASE p.provolatile WHEN 'v' THEN 'VOLATILE' WHEN 's' THEN 'STABLE' ELSE 'IMMUTABLE' END,
               CASE p.proparallel WHEN 'u' THEN 'UNSAFE' WHEN 's' THEN 'SAFE' ELSE 'RESTRICTED' END,
               CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END, p.proconfig, p.prosqlbody IS NOT NULL
          FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
         WHERE p.pronamespace = 'oms'::regnamespace
        """
    ).fetchall()
    for name, language, volatility, parallel, security, config, parsed in rows:
        stated = _stated(name)
        assert stated, name
        assert (volatility, parallel, security) == stated.groups()[:3], name
        assert language == ("sql" if parsed else "plpgsql"), name
        lines = stated[4].replace("'", "").splitlines()
        settings = [line.removeprefix("SET ").replace(" = ", "=", 1) for line in lines]
        assert set(settings) <= OTHER_SETTINGS, name
        assert config == (None if parsed else ["search_path=pg_catalog, pg_temp", *settings]), name


def test_definer_exactly_where_it_must_be(owner: Connection[Any]) -> None:
    rows = owner.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'oms'::regnamespace AND prosecdef"
    ).fetchall()
    assert {row[0] for row in rows} == set(DEFINERS)


def test_views_see_with_the_eyes_of_the_reader(owner: Connection[Any]) -> None:
    """A view of its owner would show every account; error_codes reads no table."""
    rows = owner.execute(
        """
        SELECT relname FROM pg_class
         WHERE relnamespace = 'oms'::regnamespace AND relkind = 'v'
           AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
        """
    ).fetchall()
    assert {row[0] for row in rows} == {"error_codes"}


@pytest.mark.parametrize("source", [*FUNCTIONS.values(), *MIGRATIONS], ids=str)
def test_no_dynamic_sql(source: Any) -> None:
    """EXECUTE FUNCTION binds a trigger and GRANT EXECUTE grants; any other EXECUTE runs text as SQL."""
    code = [*tokens(source.text)]
    for before, token, after in zip([None, *code], code, [*code[1:], None], strict=False):
        if token.kind == "word" and token.text.upper() == "EXECUTE":
            assert after is not None, token
            binds = after.text.upper() == "FUNCTION" and not token.in_body
            grants = before is not None and before.text.upper() in ("GRANT", "REVOKE")
            assert binds or grants, f"line {token.line}"


@pytest.mark.parametrize("source", [*FUNCTIONS.values(), *MIGRATIONS], ids=str)
def test_no_error_is_swallowed(source: Any) -> None:
    """Only apply_decisions() catches: it says which order it was, and raises again what may succeed when repeated."""
    if source.path.stem == "apply_decisions":
        return
    words = [token.text.upper() for token in tokens(source.text)]
    assert "OTHERS" not in words
    assert ("EXCEPTION", "WHEN") not in set(pairwise(words))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_names_are_qualified(name: str) -> None:
    """The pinned path finds built-in names only, so a table or function of ours without oms. wouldn't be found."""
    code = [token for token in tokens(FUNCTIONS[name].body) if token.kind in ("word", "sign")]
    ours = set(FUNCTIONS) - {name}
    for before, token, after in zip(code, code[1:], code[2:], strict=False):
        if token.text in ours and after.text == "(":
            assert before.text == ".", f"{token.text} in line {token.line}"


def test_functions_revoked_in_one_place() -> None:
    """Grants stand in sql/access/ only."""
    for source in (*FUNCTIONS.values(), *VIEWS.values()):
        words = {token.text for token in tokens(source.text)}
        assert not words & {"GRANT", "REVOKE"}, source
    assert {source.name for source in ACCESS} == {"public", "oms_reader", "oms_auditor", "oms_trader", "oms_operator"}
