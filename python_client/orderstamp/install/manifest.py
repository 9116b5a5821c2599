"""`sql/manifest.txt`: which files there are, in which order they load, and what each of them makes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orderstamp.install.failure import SetupError

SCHEMA = "oms"
ACCESS_FOLDER = "access"
Kind = Literal["function", "view"]

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_CREATE = re.compile(r"\A\s*CREATE\s+OR\s+REPLACE\s+(FUNCTION|VIEW)\s+oms\.(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One file of the manifest. `kind` is None for one that makes no object, such as a file of grants."""

    path: str
    text: str
    kind: Kind | None
    name: str

    @property
    def identity(self) -> str:
        """How `oms.installation.objects` names what this file makes."""
        return f"{self.kind} {SCHEMA}.{self.name}"

    @property
    def is_access(self) -> bool:
        """Whether it only makes sense where the group roles exist."""
        return self.kind is None


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files in load order, and the digest over them."""

    files: tuple[SqlFile, ...]
    digest: str

    @property
    def objects(self) -> list[str]:
        """Identity of every object, in load order."""
        return [file.identity for file in self.files if file.kind is not None]

    def names(self, kind: Kind) -> list[str]:
        """Names of the objects of one kind, in load order."""
        return [file.name for file in self.files if file.kind == kind]


def read_manifest(sql: Path) -> Manifest:
    """Read the manifest of a `sql/` folder and every file it names; nothing is executed."""
    listing = sql / "manifest.txt"
    try:
        lines = [line.split("#", 1)[0].strip() for line in listing.read_text(encoding="utf-8").splitlines()]
        files = tuple(_read_file(sql, line) for line in lines if line)
    except OSError as error:
        raise SetupError(f"the release is incomplete: {error}", hint="reinstall orderstamp") from error
    identities = [file.identity for file in files if file.kind is not None]
    if twice := {identity for identity in identities if identities.count(identity) > 1}:
        raise SetupError(f"two files of the manifest make the same object: {', '.join(sorted(twice))}")
    return Manifest(files, _digest(files))


def _read_file(sql: Path, path: str) -> SqlFile:
    text = (sql / path).read_text(encoding="utf-8")
    name = Path(path).stem
    found = _CREATE.match(_COMMENT.sub("", text))
    if found is None:
        if path.split("/", 1)[0] != ACCESS_FOLDER:
            raise SetupError(f"sql/{path} does not begin with CREATE OR REPLACE FUNCTION or VIEW oms.…")
        return SqlFile(path, text, None, name)
    if found[2].lower() != name:
        raise SetupError(f"sql/{path} makes oms.{found[2]}; a file is named after its object")
    return SqlFile(path, text, "view" if found[1].upper() == "VIEW" else "function", name)


def _digest(files: tuple[SqlFile, ...]) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.text.encode()
        digest.update(f"{file.path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
