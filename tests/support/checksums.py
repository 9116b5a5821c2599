"""Released migrations never change. `python -m support.checksums` (from tests/) adds the new ones.

It refuses to replace a line: that a released file differs is the finding, not something to be regenerated.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from orderstamp.resources import this_release

LEDGER = Path(__file__).resolve().parent.parent / "migrations" / "checksums.txt"


def actual(migrations: Path) -> dict[str, str]:
    """SHA-256 of every numbered migration file."""
    files = (path for path in migrations.iterdir() if path.name[:1].isdigit())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def recorded(ledger: Path = LEDGER) -> dict[str, str]:
    """What the ledger says, by file name."""
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    pairs = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    return {name: digest for digest, name in pairs}


def problems(migrations: Path, ledger: Path = LEDGER) -> list[str]:
    """Every difference between the files and the ledger, as a sentence."""
    files, lines = actual(migrations), recorded(ledger)
    changed = [
        f"{name} was changed after its release" for name in lines if name in files and files[name] != lines[name]
    ]
    gone = [f"{name} was released and is gone" for name in lines if name not in files]
    new = [f"{name} has no line yet: run python -m support.checksums" for name in files if name not in lines]
    return sorted(changed + gone + new)


def add_new(migrations: Path, ledger: Path = LEDGER) -> list[str]:
    """Write the ledger with lines for new files; lines that exist stay as they are. Returns the names added."""
    files, lines = actual(migrations), recorded(ledger)
    added = sorted(files.keys() - lines.keys())
    lines |= {name: files[name] for name in added}
    text = "".join(f"{lines[name]}  {name}\n" for name in sorted(lines))
    ledger.write_text("# SHA-256 of every released migration; lines are added, never changed.\n" + text)
    return added


if __name__ == "__main__":
    for name in add_new(this_release().migrations):
        sys.stdout.write(f"added {name}\n")
