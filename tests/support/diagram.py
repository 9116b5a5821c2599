"""The state diagram of the README, made from `oms.status_transitions`.

`ORDERSTAMP_REGENERATE=1 python -m pytest tests/catalog/test_diagram.py` writes it between the two lines
`<!-- states -->` of README.md.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

MARKER = "<!-- states -->"
# Corrections of what was booked, as against what happens to an order.
CORRECTIONS = ("busted", "corrected", "reopened")


def state_diagram(conn: Connection[Any]) -> str:
    """A mermaid diagram: one arrow per pair of statuses, labelled with the events that make the move."""
    rows = conn.execute(
        """
        SELECT from_status, to_status, array_agg(event_type ORDER BY event_type = ANY (%s), event_type)
          FROM oms.status_transitions
         GROUP BY from_status, to_status
         ORDER BY array_position('{pending,ongoing,closed,failed,cancelled}', from_status),
                  array_position('{pending,ongoing,closed,failed,cancelled}', to_status)
        """,
        [list(CORRECTIONS)],
    ).fetchall()
    arrows = [f"    {before} --> {after}: {', '.join(events)}" for before, after, events in rows]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> pending: placed, manual_detected",
            "    [*] --> failed: placed",
            *arrows,
            "```",
        ]
    )


def embedded_diagram(text: str) -> str | None:
    """What stands between the markers of a text; None without them."""
    parts = text.split(MARKER)
    return parts[1].strip() if len(parts) == 3 else None


def with_diagram(text: str, diagram: str) -> str:
    """The text with another diagram between its markers."""
    before, _, after = text.split(MARKER)
    return f"{before}{MARKER}\n{diagram}\n{MARKER}{after}"
