"""What a call is: a statement, its values, and what becomes of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int8

from orderstamp.errors import InvalidArgument
from orderstamp.models import Order

T = TypeVar("T")

# Money and quantities. A float has lost digits before it arrives, so it is refused.
Number = Decimal | int

# Ends every statement; without an account of the client's own, the database's default applies.
_ACCOUNT = ", account => %(account)s)"

# Sent as they are.
_PLAIN = frozenset({type(None), str, Decimal})


class Bound(Protocol):
    """What a client is bound to: given with every call."""

    @property
    def account(self) -> str | None:
        """The account of every call; None leaves it to the session."""

    @property
    def actor(self) -> str | None:
        """Who calls; None leaves it to the session."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One statement, ready to be sent; `read` makes the result of its rows (each an instance of `row`)."""

    name: str
    statement: bytes
    values: Mapping[str, Any]
    row: type[Any]
    read: Callable[[Sequence[Any]], T]


def columns(row: type[Any]) -> str:
    """The columns of a row type, named one by one, so that an added column changes nothing for us."""
    return ", ".join(field.name for field in fields(row))


def build(
    bound: Bound, statement: str, given: Mapping[str, Any], row: type[Any], read: Callable[[Sequence[Any]], T]
) -> Call[T]:
    """A call of a client with the arguments of its method (`given`: the method's locals)."""
    values = {
        name: value if type(value) in _PLAIN else _adapted(name, value)
        for name, value in given.items()
        if name != "self"
    }
    values.setdefault("actor", bound.actor)
    if bound.account is not None:
        values["account"] = bound.account
    return Call(*_prepared(statement, bound.account is not None), values, row, read)


@cache
def _prepared(statement: str, with_account: bool) -> tuple[str, bytes]:
    """The name of the function, and the statement with or without the account."""
    if not with_account:
        statement = statement.replace(_ACCOUNT, ")").replace("(account => %(account)s)", "()")
    function = statement[: statement.index("(")].rsplit("oms.", 1)[1]
    return function, statement.encode()


def order_call(bound: Bound, statement: str, given: Mapping[str, Any]) -> Call[Order]:
    """A call that returns the order it changed or found."""
    return build(bound, statement, given, Order, first)


def first(rows: Sequence[T]) -> T:
    """The only row."""
    return rows[0]


def first_or_none(rows: Sequence[T]) -> T | None:
    """The only row, or None."""
    return rows[0] if rows else None


def known_or_none(rows: Sequence[Order]) -> Order | None:
    """The only row, or None where it is a row of nulls: no order."""
    order = first_or_none(rows)
    return order if order is not None and order.version else None


def refuse_lossy(value: object, **where: str) -> None:
    """Refuse what has lost digits, or depends on the session's zone, before it is sent; `where` names it."""
    if isinstance(value, float):
        raise InvalidArgument(
            "invalid argument",
            detail={**where, "value": value},
            hint="pass a Decimal or an int: a float has lost digits already",
        )
    if isinstance(value, datetime) and value.tzinfo is None:
        raise InvalidArgument(
            "invalid argument",
            detail={**where, "value": str(value)},
            hint="pass a datetime with a time zone: without one the session's zone would decide what it means",
        )


def _adapted(name: str, value: object) -> object:
    """One parameter type per Python type, so that a statement is prepared once and not per magnitude."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Int8(value)
    if isinstance(value, dict):
        return Jsonb(value)
    refuse_lossy(value, argument=name)
    return value
