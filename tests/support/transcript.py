"""Run SQL through psql and compare what it prints; find the executable blocks of a Markdown file."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from support import programs
from support.server import VERSION

REGENERATE = bool(os.environ.get("ORDERSTAMP_REGENERATE"))

# The day of the examples begins at 09:15 in Mumbai; every statement that asks for the time is a minute after the one
# before it, and asks the same minute all along.
_TICKING_CLOCK = """
CREATE SEQUENCE public.minutes MINVALUE 0;
CREATE OR REPLACE FUNCTION oms.clock()
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_setting('example.statement', true) IS DISTINCT FROM statement_timestamp()::text THEN
    PERFORM set_config('example.statement', statement_timestamp()::text, false), nextval('public.minutes');
  END IF;
  RETURN '2026-01-05 09:15:00+05:30'::timestamptz + interval '1 minute' * (SELECT last_value FROM public.minutes);
END
$$;
"""


def tick_by_statement(owner: Connection[Any]) -> None:
    """Replace the clock of this test's database by one that makes every output exact."""
    owner.execute(_TICKING_CLOCK.encode())


def psql(conninfo: str, script: str, *options: str) -> str:
    """What psql prints, errors in their place; times are shown as in Mumbai."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LC_ALL": "C.UTF-8",
        "PGTZ": "Asia/Kolkata",
        "PGCLIENTENCODING": "UTF8",
        "PSQL_PAGER": "",
    }
    command = [programs.program(VERSION, "psql"), "-X", "-q", "-v", "SHOW_CONTEXT=never", *options, conninfo]
    done = subprocess.run(
        command,
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    # Columns are padded to their width; white space at the end of a line says nothing.
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a Markdown file and, if one follows at once, the block of its output."""

    language: str
    code: str
    line: int
    output: str | None
    span: tuple[int, int]


_FENCED = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)


def blocks(text: str, *languages: str) -> Iterator[Block]:
    """The blocks of these languages, in order. `span` is where the output's text stands."""
    found = list(_FENCED.finditer(text))
    for match, after in zip(found, [*found[1:], None], strict=False):
        if match["info"].strip() not in languages:
            continue
        follows = (
            after is not None
            and after["info"].strip() in ("", "text")
            and not text[match.end() : after.start()].strip()
        )
        output = after if follows else None
        yield Block(
            match["info"].strip(),
            match["body"],
            text.count("\n", 0, match.start()) + 1,
            output["body"] if output else None,
            output.span("body") if output else (0, 0),
        )


def replaced(text: str, outputs: list[tuple[Block, str]]) -> str:
    """The text with other outputs in place of those it has."""
    for block, output in sorted(outputs, key=lambda pair: pair[0].span, reverse=True):
        start, end = block.span
        text = f"{text[:start]}{output}{text[end:]}"
    return text


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
