"""Plays scenarios and collects what differs. Each is a transaction of its own, rolled back at its end."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg

from .calling import Conn
from .comparing import compare
from .player import Player, UnplayableError
from .playing import Calls
from .reporting import Reports
from .scenario import Scenario, Step

PASSES: dict[str, type[Player]] = {"calls": Calls, "reports": Reports}


@dataclass(slots=True)
class Outcome:
    """What one pass over all scenarios found."""

    name: str
    scenarios: int = 0
    rows: int = 0
    differences: list[str] = field(default_factory=list)

    def count(self) -> str:
        """The pass in one line."""
        return counted(self.scenarios, self.rows, len(self.differences))

    @property
    def good(self) -> bool:
        """Whether something was compared and nothing differs."""
        return self.rows > 0 and not self.differences


def counted(scenarios: int, rows: int, differences: int) -> str:
    """The figures in words."""
    return f"{scenarios} scenarios, {rows} rows compared, {differences} differences"


def run(conn: Conn, scenarios: list[Scenario]) -> list[Outcome]:
    """Both passes. The connection acts for the traders of the default account and is not in autocommit mode."""
    outcomes = []
    for name, kind in PASSES.items():
        outcome = Outcome(name, len(scenarios))
        for place, scenario in enumerate(scenarios, 1):
            with conn.transaction(force_rollback=True):
                _play(kind(conn, f"FIX{place}"), scenario, outcome)
        outcomes.append(outcome)
    return outcomes


def _play(player: Player, scenario: Scenario, outcome: Outcome) -> None:
    for step in scenario.steps:
        try:
            if step.alt:
                with player.conn.transaction(force_rollback=True):
                    _step(player.fork(), scenario, step, outcome)
            else:
                with player.conn.transaction():
                    _step(player, scenario, step, outcome)
        except (psycopg.Error, UnplayableError) as error:
            _differ(outcome, scenario, step, _said(error))
            if not step.alt:
                return


def _step(player: Player, scenario: Scenario, step: Step, outcome: Outcome) -> None:
    player.play(step)
    fields = player.fields(step) if step.checks else None
    if fields is None:
        return
    outcome.rows += 1
    for mismatch in compare(step.checks, fields):
        _differ(outcome, scenario, step, f"{mismatch.field}: expected {mismatch.expected}, got {mismatch.got}")


def _differ(outcome: Outcome, scenario: Scenario, step: Step, what: str) -> None:
    outcome.differences.append(f"{outcome.name}: {scenario.id}, time {step.time} (step {step.number}): {what}")


def _said(error: Exception) -> str:
    if not isinstance(error, psycopg.Error):
        return str(error)
    parts = [error.diag.message_primary or str(error).strip(), error.diag.message_detail, error.diag.message_hint]
    return f"{error.sqlstate or type(error).__name__}: " + "; ".join(part for part in parts if part)
