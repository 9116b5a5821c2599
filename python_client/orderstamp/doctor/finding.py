"""What the doctor says: findings, each with its fix, and what could not be examined."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `fix` is SQL or a command, or says what to do."""

    check: str
    object: str
    problem: str
    fix: str


@dataclass(slots=True)
class Diagnosis:
    """Everything that was found, and what this role may not look at or this server can't answer."""

    version: str
    findings: list[Finding] = field(default_factory=list)
    not_examined: dict[str, str] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)

    @property
    def healthy(self) -> bool:
        """Whether nothing is amiss in what was examined."""
        return not self.findings

    def add(self, check: str, object_: str, problem: str, fix: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(check, object_, problem, fix))

    def skip(self, what: str, error: psycopg.Error, why: str = "") -> None:
        """Note that something couldn't be examined, and whether for lack of a right."""
        self.not_examined[what] = f"{error.diag.message_primary or error}{why}"
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            self.denied.add(what)
