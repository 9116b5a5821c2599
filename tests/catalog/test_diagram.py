"""The README's state diagram shows the legal moves as the database has them."""

from __future__ import annotations

import os
from typing import Any

from psycopg import Connection

from orderstamp.resources import checkout
from support.diagram import embedded_diagram, state_diagram, with_diagram


def test_the_readme_shows_the_legal_moves(owner: Connection[Any]) -> None:
    """ORDERSTAMP_REGENERATE=1 rewrites it."""
    root = checkout()
    assert root is not None
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    diagram = state_diagram(owner)
    assert embedded_diagram(text) is not None, "README.md has no two lines <!-- states -->"
    if os.environ.get("ORDERSTAMP_REGENERATE"):
        readme.write_text(with_diagram(text, diagram), encoding="utf-8")
    else:
        assert embedded_diagram(text) == diagram


def test_every_legal_move_is_an_arrow(owner: Connection[Any]) -> None:
    diagram = state_diagram(owner)
    rows = owner.execute("SELECT from_status, to_status, event_type FROM oms.status_transitions").fetchall()
    for before, after, event in rows:
        line = next(line for line in diagram.splitlines() if line.strip().startswith(f"{before} --> {after}:"))
        assert event in line.split(": ")[1].split(", ")
    assert diagram.count("-->") == len({row[:2] for row in rows}) + 2


def test_a_new_move_changes_the_diagram(owner: Connection[Any]) -> None:
    before = state_diagram(owner)
    owner.execute("INSERT INTO oms.status_transitions VALUES ('cancelled', 'pending', 'reopened')")
    after = state_diagram(owner)
    assert set(after.splitlines()) - set(before.splitlines()) == {"    cancelled --> pending: reopened"}
    readme = f"# x\n<!-- states -->\n{before}\n<!-- states -->\nrest\n"
    assert embedded_diagram(readme) == before
    assert embedded_diagram(with_diagram(readme, after)) == after
