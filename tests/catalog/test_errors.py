"""One registry of errors: SQL raises from it, the comments name it, Python and the README mirror it."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from psycopg import Connection

import orderstamp
from orderstamp import errors
from orderstamp.resources import checkout
from support.sqltext import FUNCTIONS, MIGRATIONS, VIEWS

# The contract: SQLSTATEs never change their meaning, so they are written here once more.
REGISTRY = {
    "OM001": "order_not_found",
    "OM002": "illegal_transition",
    "OM003": "immutable_column",
    "OM004": "append_only",
    "OM005": "duplicate_mismatch",
    "OM006": "overfill",
    "OM007": "invalid_argument",
    "OM008": "stale_version",
    "OM009": "wrong_account",
    "OM010": "execution_lowered",
    "OM011": "nothing_held",
    "OM012": "actor_required",
    "OM090": "not_installed",
}
CODES = {condition: code for code, condition in REGISTRY.items()}
# Raised by the stubs of the migrations, before the registry is there to raise from.
RAISED_ELSEWHERE = {"not_installed"}
# A helper raises them for what the caller passed on, so the caller's own words say which.
HELPERS = {"raise_error"}


def test_the_registry(owner: Connection[Any]) -> None:
    rows = owner.execute("SELECT sqlstate, condition, message, hint FROM oms.error_codes").fetchall()
    assert {code: condition for code, condition, _, _ in rows} == REGISTRY
    assert len(rows) == len(REGISTRY)
    assert len({message for _, _, message, _ in rows}) == len(rows), "messages tell errors apart"
    assert [code for code, _, message, hint in rows if not message or not hint or message.endswith(".")] == []


def test_only_the_helper_raises() -> None:
    raising = {name for name, source in FUNCTIONS.items() if re.search(r"\bRAISE\b", source.body)}
    assert raising == {"raise_error", "apply_decisions"}, "apply_decisions() raises again what it has caught"


def test_what_is_raised_is_registered_and_what_is_registered_is_raised() -> None:
    calls = [call for source in FUNCTIONS.values() for call in re.findall(r"raise_error\(\s*([^,]+),", source.body)]
    assert [call for call in calls if not re.fullmatch(r"'\w+'", call)] == [], "a condition is written, not computed"
    raised = set().union(*(source.raises for source in FUNCTIONS.values()))
    assert raised | RAISED_ELSEWHERE == set(CODES)
    assert not raised & RAISED_ELSEWHERE


def test_stubs_raise_as_the_registry_says(owner: Connection[Any]) -> None:
    row = owner.execute("SELECT message, hint FROM oms.error_codes WHERE sqlstate = 'OM090'").fetchone()
    assert row
    message, hint = row
    stubs = [found for source in MIGRATIONS for found in re.findall(r"RAISE EXCEPTION .*", source.text)]
    assert len(stubs) > 10
    assert set(stubs) == {f"RAISE EXCEPTION '{message}' USING ERRCODE = 'OM090', HINT = '{hint}';"}


def _may_raise(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """Conditions a function raises itself or through the functions it calls; triggers are left out."""
    source = FUNCTIONS[name]
    calls = (source.calls & set(FUNCTIONS)) - HELPERS - seen - {name}
    return source.raises.union(*(_may_raise(call, seen | {name}) for call in calls))


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - HELPERS))
def test_comments_name_the_errors(name: str) -> None:
    """Public functions name all they can raise, internal ones at least what they raise themselves."""
    source = FUNCTIONS[name]
    text = source.text.replace(source.body, "")
    internal = "__" in name or "'Internal:" in text
    for condition in source.raises if internal else _may_raise(name):
        assert CODES[condition] in text, f"{name} raises {CODES[condition]} ({condition}) and doesn't say so"
    named = set(re.findall(r"OM\d\d\d", text))
    assert named <= set(REGISTRY)


def test_python_mirrors_the_registry() -> None:
    classes = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.OrderstampError) and kind is not errors.OrderstampError
    ]
    assert {kind.sqlstate: kind.condition for kind in classes} == REGISTRY
    assert all(_condition(kind.__name__) == kind.condition for kind in classes)
    assert all(getattr(orderstamp, kind.__name__, None) is kind for kind in classes)


def _condition(name: str) -> str:
    """OrderNotFound or OrderNotFoundError is order_not_found."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Error")).lower()


def test_the_readme_mirrors_the_registry() -> None:
    """Under a heading "Errors", a table whose first columns are the SQLSTATE and the condition."""
    root = checkout()
    assert root is not None
    text = (root / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^#+ Errors\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, "README.md has no section Errors"
    rows = re.findall(r"^\|\s*`?(OM\d\d\d)`?\s*\|\s*`?(\w+)`?\s*\|", section[1], re.MULTILINE)
    assert len(rows) == len(REGISTRY)
    assert {code: _condition(name) if name[0].isupper() else name for code, name in rows} == REGISTRY


def test_views_raise_nothing() -> None:
    assert [name for name, source in VIEWS.items() if "raise_error" in source.text] == []
