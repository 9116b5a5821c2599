"""What the flavours of the client share: how a described call becomes a method, and what it is bound to."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from psycopg.rows import BaseRowFactory, class_row, tuple_row

from orderstamp._calls.call import Call

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Binding:
    """The account and the actor that every call is given."""

    account: str | None = None
    actor: str | None = None


def described_by(build: Callable[..., Call[Any]], returns: str = "{}") -> Callable[[F], F]:
    """Give a method the name, parameters and documentation of the call behind it; `returns` wraps its result type."""

    def describe(method: F) -> F:
        signature = inspect.signature(build)
        result = returns.format(str(signature.return_annotation).removeprefix("Call[").removesuffix("]"))
        method.__name__ = build.__name__
        method.__qualname__ = build.__name__
        method.__doc__ = build.__doc__
        method.__signature__ = signature.replace(return_annotation=result)  # type: ignore[attr-defined]
        return method

    return describe


def row_factory(call: Call[Any]) -> BaseRowFactory[Any]:
    """How psycopg makes the rows of a call."""
    return tuple_row if call.row is tuple else class_row(call.row)
