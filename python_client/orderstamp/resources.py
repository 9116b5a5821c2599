"""Where this release keeps its SQL: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orderstamp import __version__

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the product: its number, its `sql/` and its `migrations/`."""

    version: str
    sql: Path
    migrations: Path


def checkout() -> Path | None:
    """The source tree this package runs from, or None when it was installed from a wheel."""
    root = _PACKAGE.parent.parent
    return root if (root / "migrations").is_dir() and (root / "pyproject.toml").is_file() else None


def this_release() -> Release:
    """The release that this very package belongs to."""
    root = checkout()
    if root is not None:
        return Release(__version__, root / "sql", root / "migrations")
    return Release(__version__, _PACKAGE / "_sql", _PACKAGE / "_migrations")


def release_beside(migrations: Path) -> Release:
    """The release whose migrations folder is given: its `sql/` lies beside it, or is packaged with us."""
    sql = migrations.parent / "sql"
    if (sql / "manifest.txt").is_file():
        return Release(__version__, sql, migrations)
    return this_release()
