"""The product's SQL files as text: what they say before a server has read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from orderstamp.resources import this_release

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"[^"]*")
    |(?P<body>(?P<tag>\$\w*\$)(?P<text>.*?)(?P=tag))
    |(?P<word>[A-Za-z_]\w*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<space>\s+)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, string, number or sign, its line, and whether it stands inside a $$ body."""

    kind: str
    text: str
    line: int
    in_body: bool


def tokens(text: str, line: int = 1, *, in_body: bool = False) -> Iterator[Token]:
    """Everything but comments and white space; bodies are read like the rest."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        at = line + text.count("\n", 0, match.start())
        if match["body"] is not None:
            yield from tokens(match["text"], at, in_body=True)
        elif match["comment"] is None and match["space"] is None:
            yield Token(kind, match[0], at, in_body)


@dataclass(frozen=True)
class Source:
    """One file of `sql/`."""

    path: Path

    @property
    def folder(self) -> str:
        return self.path.parent.name

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def header(self) -> list[str]:
        """The comment lines the file begins with, without their dashes."""
        found: list[str] = []
        for line in self.text.splitlines():
            if not line.startswith("--"):
                break
            found.append(line[2:].strip())
        return found

    @cached_property
    def attributes(self) -> str:
        """What stands between RETURNS and the body of a function."""
        found = re.search(r"^RETURNS .*?(?=^AS \$\$|^RETURN )", self.text, re.MULTILINE | re.DOTALL)
        return found[0] if found else ""

    @cached_property
    def body(self) -> str:
        """The function's body, comments and strings included."""
        found = re.search(r"^AS \$\$(.*)^\$\$;|^RETURN (.*?)^COMMENT", self.text, re.MULTILINE | re.DOTALL)
        return (found[1] or found[2]) if found else ""

    @cached_property
    def comments(self) -> list[str]:
        """The objects it comments, as written."""
        return re.findall(r"^COMMENT ON (.+?) IS '", self.text, re.MULTILINE)

    @property
    def calls(self) -> set[str]:
        """Functions of ours that the body calls."""
        code = re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", self.body)
        return set(re.findall(r"\boms\.(\w+)\(", code))

    @property
    def raises(self) -> set[str]:
        """Conditions that the body itself raises."""
        return set(re.findall(r"oms\.raise_error\('(\w+)'", self.body))

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"


SQL = this_release().sql
ALL = tuple(Source(path) for path in sorted(SQL.glob("*/*.sql")) if path.parent.name != "examples")
FUNCTIONS = {source.name: source for source in ALL if "CREATE OR REPLACE FUNCTION" in source.text}
VIEWS = {source.name: source for source in ALL if "CREATE OR REPLACE VIEW" in source.text}
ACCESS = tuple(source for source in ALL if source.folder == "access")
MIGRATIONS = tuple(Source(path) for path in sorted(this_release().migrations.glob("*.sql")))
