"""Install the servers and tools that the tests use beyond the environment: only what is missing."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from support import pgbouncer, programs

CHECKER = "plpgsql_check"
HOW_TO_GET_CHECKER = (
    "No PostgreSQL on this machine has the extension plpgsql_check: `make tools` installs it as root where Debian's"
    " packages have one (postgresql-15-plpgsql-check)."
)


def get(versions: Sequence[int]) -> list[str]:
    """Install what of these versions isn't here; returns how to get what still isn't."""
    for version in versions:
        if programs.find(version) is None:
            _from_debian(f"postgresql-{version}") or _from_npm(version)
            programs.find.cache_clear()
    return [programs.how_to_get(version) for version in versions if programs.find(version) is None]


def get_tools() -> list[str]:
    """Install the pooler and the checker of PL/pgSQL; returns how to get what isn't here then."""
    if pgbouncer.find() is None:
        _from_debian("pgbouncer")
        pgbouncer.find.cache_clear()
    packaged = [version for version in programs.VERSIONS if programs.debian_files(f"postgresql-{version}")]
    if programs.having(CHECKER) is None:
        any(_from_debian(f"postgresql-{version}-plpgsql-check") for version in packaged)
    missing = [] if pgbouncer.find() else [pgbouncer.HOW_TO_GET]
    return missing if programs.having(CHECKER) else [*missing, HOW_TO_GET_CHECKER]


def _from_debian(package: str) -> bool:
    """Install a package of the system where we may; True if that worked."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    # RUNLEVEL: the package's own server or pooler isn't started.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    if not _has_lists(package):
        _run(["apt-get", "-q", "update"], quiet)
    return _has_lists(package) and _run(["apt-get", "-qy", "install", "--no-install-recommends", package], quiet)


def _has_lists(package: str) -> bool:
    found = subprocess.run(["apt-cache", "show", "--quiet=2", package], capture_output=True, check=False)
    return found.returncode == 0


def _from_npm(version: int) -> bool:
    """Install that version's servers into the environment with npm, if it is there; True if that worked."""
    folder = programs.npm_folder(version)
    if shutil.which("npm") is None or version not in programs.NPM_RELEASES:
        return False
    package = f"{programs.npm_package()}@{programs.NPM_RELEASES[version]}"
    folder.mkdir(parents=True, exist_ok=True)
    if not _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), package]):
        return False
    _link_libraries(folder / "node_modules" / programs.npm_package())
    return True


def _link_libraries(package: Path) -> None:
    """npm packs no symbolic links; the package lists those that its libraries need."""
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
        source, target = package / link["source"], package / link["target"]
        if not target.exists():
            target.symlink_to(os.path.relpath(source, target.parent))


def _run(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run the command and show what it says only if it fails."""
    sys.stdout.write(f"+ {shlex.join(command)}\n")
    sys.stdout.flush()
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.stdout.write(done.stdout)
    return done.returncode == 0
