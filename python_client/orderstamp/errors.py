"""One exception per SQLSTATE of `oms.error_codes`; told apart by that code alone, never by message text.

Each is raised `from` the psycopg error it stands for. Other database errors (a lost connection, a deadlock, a
missing privilege) pass through as psycopg raised them.
"""

# ruff: noqa: N818 - the classes are named after the conditions of the registry
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, ClassVar

import psycopg


class OrderstampError(Exception):
    """The database refused a call; nothing of that call was written.

    `detail` holds the particulars by name (the order, both statuses, the argument …), `hint` says what to do.
    """

    sqlstate: ClassVar[str] = ""
    condition: ClassVar[str] = ""

    def __init__(self, message: str, *, detail: dict[str, Any] | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail or {}
        self.hint = hint
        # In a batch: which of its calls it was, from 0.
        self.index: int | None = None

    def __str__(self) -> str:
        particulars = ", ".join(f"{name}={value}" for name, value in self.detail.items())
        text = f"{self.sqlstate} {self.message}" + (f" ({particulars})" if particulars else "")
        return f"{text}\nhint: {self.hint}" if self.hint else text


class OrderNotFound(OrderstampError):
    """No such order, or request, in this account."""

    sqlstate = "OM001"
    condition = "order_not_found"


class IllegalTransition(OrderstampError):
    """The order's status does not allow this; `detail` names both statuses, `hint` the way out."""

    sqlstate = "OM002"
    condition = "illegal_transition"


class ImmutableColumn(OrderstampError):
    """Identity, symbol, side, book and the time of placement never change."""

    sqlstate = "OM003"
    condition = "immutable_column"


class AppendOnly(OrderstampError):
    """Orders, fills and events are never edited or removed."""

    sqlstate = "OM004"
    condition = "append_only"


class DuplicateMismatch(OrderstampError):
    """A client_order_id, broker_order_id or exec_id came again with other content."""

    sqlstate = "OM005"
    condition = "duplicate_mismatch"


class Overfill(OrderstampError):
    """More would be executed than was ordered."""

    sqlstate = "OM006"
    condition = "overfill"


class InvalidArgument(OrderstampError):
    """A value that can't be; `detail["argument"]` names it."""

    sqlstate = "OM007"
    condition = "invalid_argument"


class StaleVersion(OrderstampError):
    """The order changed after the `expected_version` the caller had seen."""

    sqlstate = "OM008"
    condition = "stale_version"


class WrongAccount(OrderstampError):
    """The database role may not act for this account."""

    sqlstate = "OM009"
    condition = "wrong_account"


class ExecutionLowered(OrderstampError):
    """An update wrote a lower total than what is booked; executions are busted or corrected instead."""

    sqlstate = "OM010"
    condition = "execution_lowered"


class NothingHeld(OrderstampError):
    """There is no position to close."""

    sqlstate = "OM011"
    condition = "nothing_held"


class ActorRequired(OrderstampError):
    """The account, or the operator's role, demands that every change names its actor."""

    sqlstate = "OM012"
    condition = "actor_required"


class NotInstalled(OrderstampError):
    """The installation is not complete: run `orderstamp migrate`."""

    sqlstate = "OM090"
    condition = "not_installed"


BY_SQLSTATE: dict[str, type[OrderstampError]] = {error.sqlstate: error for error in OrderstampError.__subclasses__()}


def translate(error: psycopg.Error) -> OrderstampError | None:
    """The exception that stands for a psycopg error, or None where it is not one of ours."""
    found = BY_SQLSTATE.get(error.sqlstate or "")
    if found is None:
        return None
    diag = error.diag
    return found(
        diag.message_primary or found.condition, detail=_parsed(diag.message_detail), hint=diag.message_hint or ""
    )


@contextmanager
def translated() -> Iterator[None]:
    """Raise our exception, from psycopg's, where the database raised one of ours."""
    try:
        yield
    except psycopg.Error as error:
        ours = translate(error)
        if ours is None:
            raise
        for note in getattr(error, "__notes__", ()):
            ours.add_note(note)
        raise ours from error


def _parsed(detail: str | None) -> dict[str, Any]:
    """The detail is a JSON object by contract; anything else is kept as text rather than lost."""
    try:
        parsed = json.loads(detail or "{}", parse_float=Decimal)
    except ValueError:
        parsed = detail
    return parsed if isinstance(parsed, dict) else {"detail": parsed}
