"""The input: a file of order messages, its name, its lines.

A line is `time,type,id,size,price,direction`: seconds after midnight in New York, message type, the exchange's
order id, size of this message, price in dollars × 10,000, 1 for buy and −1 for sell. No header.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO, cast
from zoneinfo import ZoneInfo

from orderstamp.install.failure import SetupError
from orderstamp.models import Side

_NAME = re.compile(
    r"(?P<symbol>[^_]+)_(?P<date>\d{4}-\d{2}-\d{2})(?:_(?P<start>\d+)_(?P<end>\d+))?(?:_.*)?\.csv(?:\.gz)?"
)
_LINE = re.compile(r"(\d{1,5})(?:\.(\d{1,9}))?,([1-7]),(-?\d{1,18}),(\d{1,15}),(-?\d{1,15}),(-1|0|1)\r?\n?")
_DAY_MS = 86_400_000
_ZONE = ZoneInfo("America/New_York")


class ReplayError(SetupError):
    """The file can't be replayed. What was committed before stays, and a new replay goes on from there."""


class Kind(IntEnum):
    """The message types."""

    PLACED = 1
    REDUCED = 2
    DELETED = 3
    EXECUTED = 4
    HIDDEN = 5
    CROSS = 6
    HALT = 7


OF_AN_ORDER = frozenset({Kind.PLACED, Kind.REDUCED, Kind.DELETED, Kind.EXECUTED})


class Message(NamedTuple):
    """One line."""

    line: int
    clock: str
    occurred_at: datetime
    kind: int
    order: int
    size: int
    price: int
    side: Side

    @property
    def dollars(self) -> Decimal:
        """The price as money."""
        return Decimal(self.price).scaleb(-4).normalize()


@dataclass(frozen=True, slots=True)
class Source:
    """A file, and what its name says: symbol, date, and the part of the day it covers."""

    path: Path
    name: str
    symbol: str
    day: date
    start: int
    end: int

    @property
    def family(self) -> str:
        """What the names of all files of this symbol and day begin with."""
        return f"{self.symbol}_{self.day}"

    def key(self, order: int) -> str:
        """The order's id for us: the exchange counts anew every day."""
        return f"{self.symbol}-{self.day}-{order}"

    def continued(self, key: str) -> str:
        """The key of what this file tells of an order that seemed complete by what was known of it before."""
        return f"{key}@{self.start}"

    def overlaps(self, name: str) -> bool:
        """Whether another file of the family covers a part of the same time."""
        other = _NAME.fullmatch(f"{name}.csv")
        if other is None:
            return False
        start, end = _window(other)
        return start < self.end and self.start < end

    def messages(self, after: int = 0) -> Iterator[Message]:
        """The messages of the lines after a given one. Raises ReplayError naming the line that can't be read."""
        midnight = self._midnight()
        number = 0
        try:
            with self._open() as lines:
                for number, line in enumerate(lines, 1):
                    if number > after:
                        yield _parsed(line, number, midnight, self.path.name)
        except (OSError, EOFError, zlib.error) as error:
            raise ReplayError(
                f"{self.path.name}: can't be read after line {number}: {error}",
                hint="the file is damaged or incomplete; fetch it again",
            ) from error

    def _open(self) -> TextIO:
        if self.path.suffix == ".gz":
            return cast(TextIO, gzip.open(self.path, "rt", encoding="ascii", errors="replace"))
        return self.path.open(encoding="ascii", errors="replace")

    def _midnight(self) -> datetime:
        """Midnight as the trading session counts it: on the day's offset at noon, in UTC."""
        return datetime.combine(self.day, time(12), _ZONE).astimezone(UTC) - timedelta(hours=12)


def chunks(messages: Iterator[Message], size: int) -> Iterator[list[Message]]:
    """The messages in lists of `size`; the last may be shorter."""
    while chunk := list(islice(messages, size)):
        yield chunk


def open_source(path: Path) -> Source:
    """The file at `path`, which must exist and be named SYMBOL_DATE….csv or .csv.gz."""
    named = _NAME.fullmatch(path.name)
    try:
        day = date.fromisoformat(named["date"]) if named else None
    except ValueError:
        day = None
    if named is None or day is None:
        raise ReplayError(
            f"{path.name}: the name doesn't tell symbol and date",
            hint="name it SYMBOL_YYYY-MM-DD_….csv or .csv.gz, as LOBSTER does",
        )
    if not path.is_file():
        raise ReplayError(f"{path}: no such file", hint="give the path of a message file")
    start, end = _window(named)
    return Source(path, path.name.removesuffix(".gz").removesuffix(".csv"), named["symbol"], day, start, end)


def _window(named: re.Match[str]) -> tuple[int, int]:
    return int(named["start"] or 0), int(named["end"] or _DAY_MS)


def _parsed(line: str, number: int, midnight: datetime, name: str) -> Message:
    fields = _LINE.fullmatch(line)
    if fields is None:
        raise ReplayError(
            f"{name}, line {number}: not an order message: {line.strip()[:80]!r}",
            hint="a line is time,type,id,size,price,direction with a type from 1 to 7 and a direction of 1 or -1",
        )
    seconds, fraction, kind, order, size, price, direction = fields.groups()
    message = Message(
        number,
        f"{seconds}.{fraction or 0}",
        midnight + timedelta(seconds=int(seconds), microseconds=int(f"{fraction or 0:<06}"[:6])),
        int(kind),
        int(order),
        int(size),
        int(price),
        "buy" if direction == "1" else "sell",
    )
    if message.kind in OF_AN_ORDER and not (
        message.order > 0 and message.size > 0 and message.price > 0 and direction != "0" and int(seconds) < 86_400
    ):
        raise ReplayError(
            f"{name}, line {number}: impossible values: {line.strip()[:80]!r}",
            hint="id, size and price of an order are above zero, its direction is 1 or -1, its time is within a day",
        )
    return message
