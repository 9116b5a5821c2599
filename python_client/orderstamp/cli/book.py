"""A broker's order book as a file or from stdin: its text, and when it was observed."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from orderstamp._calls.snapshot import checked
from orderstamp.install.failure import SetupError

_STDIN = Path("-")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Book:
    """The broker's answer as it came, and when the broker was asked."""

    name: str
    text: str
    observed_at: datetime


def read_book(path: Path, observed_at: datetime | None) -> Book:
    """The book at `path`, plain or compressed; without `observed_at`, as old as the file, but not yet to come.

    For stdin it is the time before the reading: better too early, which leaves orders alone, than too late.
    """
    name = "stdin" if path == _STDIN else path.name
    now = datetime.now(UTC).astimezone()
    try:
        if path == _STDIN:
            sent, seen = typer.get_binary_stream("stdin").read(), now
        else:
            sent, seen = path.read_bytes(), min(datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone(), now)
        text = checked(gzip.decompress(sent) if sent.startswith(_GZIP) else sent)
    except FileNotFoundError as error:
        raise SetupError(
            f"{path}: no such file", hint="give the file with the broker's answer, or - for stdin"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise SetupError(
            f"{name}: can't be read: {error}", hint="give a .json or .json.gz file, or - for stdin"
        ) from error
    except ValueError as error:
        raise SetupError(
            f"{name}: not JSON: {error}", hint="give the broker's answer as it came: its order book in JSON"
        ) from error
    return Book(name, text, observed_at or seen)


def parse_time(written: str | None) -> datetime | None:
    """A time with its zone, in ISO 8601; None for none."""
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SetupError(
            f"--observed-at {written}: " + ("no time" if moment is None else "without a time zone"),
            hint="write date, time and zone, such as 2026-01-05T09:15:00+05:30",
        )
    return moment
