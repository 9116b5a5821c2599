"""What all subcommands share: progress on stderr, results on stdout, errors with their hint."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ParamSpec, TypeVar, overload

import psycopg
import typer
from rich.console import Console
from rich.markup import escape

from orderstamp.install.failure import SetupError

P = ParamSpec("P")
R = TypeVar("R")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for machines.")]


@overload
def explained(command: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def explained(*, status: int = 1, owner_only: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def explained(command: Callable[P, R] | None = None, /, *, status: int = 1, owner_only: bool = False) -> Any:
    """Turn an expected failure into a message, a hint and that exit code; with --json into an object on stdout.

    `owner_only`: the command is the owner's, so that no group role helps who lacks a right.
    """
    if command is None:
        return functools.partial(_explained, status=status, owner_only=owner_only)
    return _explained(command, status=status, owner_only=owner_only)


def _explained(command: Callable[P, R], *, status: int, owner_only: bool) -> Callable[P, R]:

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt as stopped:
            err.print("[bold red]stopped[/]; what was finished stays, the rest was undone: run it again to go on")
            raise typer.Exit(130) from stopped
        except (SetupError, psycopg.Error) as failure:
            error = failure if isinstance(failure, SetupError) else _from_database(failure, owner_only)
            if kwargs.get("as_json"):
                print_json({"error": error.message, "hint": error.hint})
            else:
                err.print(f"[bold red]error:[/] {escape(error.message)}", soft_wrap=True)
                if error.hint:
                    err.print(f"[bold]hint:[/] {escape(error.hint)}", soft_wrap=True)
            raise typer.Exit(status) from failure

    return run


# PostgreSQL's own refusals that come without a hint.
_HINTS = {
    "42501": "this role lacks the right; connect as the owner, or as a member of oms_trader or oms_reader",
    "42P01": "run orderstamp migrate as the owner of the database",
    "3F000": "run orderstamp migrate as the owner of the database",
}

_OWNER_HINTS = _HINTS | {"42501": "connect as the owner of the database"}


def _from_database(error: psycopg.Error, owner_only: bool) -> SetupError:
    message = error.diag.message_primary or str(error).strip()
    state = f"{error.diag.sqlstate} " if error.diag.sqlstate else ""
    hints = _OWNER_HINTS if owner_only else _HINTS
    hint = error.diag.message_hint or hints.get(error.diag.sqlstate or "", "")
    return SetupError(f"{state}{message}", hint=hint)


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr with the step that is being done; silent where stderr isn't a terminal."""
    with err.status(what) as status:

        def step(message: str) -> None:
            status.update(f"{what}: {escape(message)}")

        yield step


def print_json(value: dict[str, Any]) -> None:
    """One object on one line of stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))
