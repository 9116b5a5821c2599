"""`python -m versions [VERSION …] [-- PYTEST ARGUMENT …]` runs pytest on these PostgreSQL versions, one after another.

`--get` only installs what they and the tools need. A version that isn't here and can't be installed fails the run; the
others are tested all the same, and the end says which is missing and how to get it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from support import programs

from .getting import HOW_TO_GET_CHECKER, get, get_tools


def main(argv: list[str]) -> int:
    """Install what is missing, run, say how it went; 0 if every version was there and passed."""
    own, arguments = (argv[: argv.index("--")], argv[argv.index("--") + 1 :]) if "--" in argv else (argv, [])
    parser = argparse.ArgumentParser(
        prog="python -m versions", description="Run pytest on several PostgreSQL versions."
    )
    parser.add_argument("versions", nargs="*", type=int, metavar="VERSION", help="15 to 18; all of them without one")
    parser.add_argument("--get", action="store_true", help="install the servers and tools, run nothing")
    parser.add_argument("--having", metavar="EXTENSION", help="run on one version whose server has that extension")
    args = parser.parse_args(own)
    if args.having:
        having = programs.having(args.having)
        if having is None:
            _say(f"not checked: {HOW_TO_GET_CHECKER}")
            return int(programs.required())
        args.versions = [having]
    versions = args.versions or list(programs.VERSIONS)
    missing = get(versions)
    if args.get:
        missing += get_tools()
        _say(*missing)
        return int(bool(missing))
    told = [_test(version, arguments) for version in versions if programs.find(version)]
    _say("", *(line for line, _ in told), *missing)
    return int(bool(missing) or not all(passed for _, passed in told))


def _test(version: int, arguments: list[str]) -> tuple[str, bool]:
    """Run pytest on that version: what to say of it, and whether it passed."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        env=os.environ | {"ORDERSTAMP_TEST_PG": str(version)},
        check=False,
    )
    passed = done.returncode == 0
    how = "passed" if passed else f"FAILED (exit status {done.returncode})"
    return f"PostgreSQL {version}: {how} in {time.monotonic() - started:.0f} s", passed


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
