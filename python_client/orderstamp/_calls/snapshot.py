"""A broker's book as JSON text: what the broker sent as it is, what a library made of it without losing a digit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from orderstamp._calls.report import as_json
from orderstamp.errors import InvalidArgument

# The broker's answer: JSON text as it came, or what a library read from it.
Snapshot = str | bytes | Mapping[str, Any] | Sequence[Any]


def snapshot_text(snapshot: Snapshot) -> str:
    """The book as JSON text. Raises InvalidArgument: no JSON, or a value that has no place in it."""
    if not isinstance(snapshot, str | bytes):
        return _written(snapshot)
    try:
        return checked(snapshot)
    except ValueError as error:
        raise InvalidArgument(
            "invalid argument",
            detail={"argument": "snapshot", "error": str(error)},
            hint="pass the JSON that the broker sent, as text or bytes, or what it says as lists and mappings",
        ) from error


def checked(sent: str | bytes) -> str:
    """JSON text as it is, digits and all. Raises ValueError where it isn't JSON."""
    text = sent.decode("utf-8-sig") if isinstance(sent, bytes) else sent
    try:
        # Read for its form alone: numbers are left as text.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _written(snapshot: Mapping[str, Any] | Sequence[Any]) -> str:
    try:
        # What json.loads made of an answer, at its own speed.
        return json.dumps(snapshot, allow_nan=False)
    except (TypeError, ValueError):
        return as_json(_plain(snapshot), argument="snapshot")


def _plain(value: object) -> object:
    """What `as_json` refuses elsewhere is a broker's own here.

    A float is written as it was read: its shortest form. A time without zone is the broker's local time, which the
    profile knows.
    """
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
