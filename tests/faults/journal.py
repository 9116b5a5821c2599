"""What a client sent and what it was told, line by line in a file that no fault of the database reaches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["place", "accept", "fill", "cancel", "reconcile"]


@dataclass(frozen=True, slots=True)
class Write:
    """One call. `content` is all it says besides the order it is about, as JSON; quantities and prices are integers."""

    kind: Kind
    client_order_id: str
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unit:
    """The writes of one transaction: acknowledged together or not at all."""

    number: int
    writes: Sequence[Write]


class Journal:
    """One client's file, opened again by whoever takes over from a client that was killed."""

    def __init__(self, path: Path) -> None:
        self.order_ids: dict[str, int] = {}
        self._sent: dict[int, Unit] = {}
        self._acknowledged: set[int] = set()
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            self._remember(json.loads(line))
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def unanswered(self) -> list[Unit]:
        """Sent, and nobody knows what became of it."""
        return [unit for number, unit in self._sent.items() if number not in self._acknowledged]

    @property
    def acknowledged(self) -> list[Write]:
        """Every write that the database said is done."""
        return [write for number in sorted(self._acknowledged) for write in self._sent[number].writes]

    def next(self, writes: Iterable[Write]) -> Unit:
        """A new unit, noted before it is sent."""
        unit = Unit(len(self._sent), list(writes))
        self._note({"sent": unit.number, "writes": [asdict(write) for write in unit.writes]})
        return unit

    def answered(self, unit: Unit, order_ids: dict[str, int]) -> None:
        """The transaction's commit was acknowledged; `order_ids` are the orders it placed."""
        self._note({"acknowledged": unit.number, "order_ids": order_ids})

    def _note(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        self._remember(line)

    def _remember(self, line: dict[str, Any]) -> None:
        if "sent" in line:
            self._sent[line["sent"]] = Unit(line["sent"], [Write(**write) for write in line["writes"]])
        else:
            self._acknowledged.add(line["acknowledged"])
            self.order_ids |= line["order_ids"]
