"""`python -m tests.fix [FILE] [--database CONNINFO]`; exit status 0 if everything was compared and nothing differs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .reading import read_scenarios
from .running import Outcome, counted, run
from .server import running_server
from .values import ScenarioError

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT.parent / "shared" / "fix" / "scenarios.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Read, play, say what differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.fix", description="Play order state matrices of FIX.")
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=os.environ.get("FIX_SCENARIOS") or DEFAULT,
        help="the scenarios; else $FIX_SCENARIOS, else ../shared/fix/scenarios.json beside the project",
    )
    parser.add_argument("--database", metavar="CONNINFO", help="play here, as a trader, not on a server of our own")
    args = parser.parse_args(argv)
    try:
        scenarios = read_scenarios(Path(args.file))
    except ScenarioError as error:
        hint = "" if Path(args.file).exists() else "; name the scenarios by FIX_SCENARIOS=file"
        return _fail(f"{error}{hint}")
    if not scenarios:
        return _fail(f"{args.file}: no scenarios, so nothing was compared")
    try:
        with _database(args.database) as conninfo, psycopg.connect(conninfo) as conn:
            outcomes = run(conn, scenarios)
    except psycopg.OperationalError as error:
        return _fail(f"database: {str(error).strip()}")
    return _report(outcomes, len(scenarios))


@contextmanager
def _database(conninfo: str | None) -> Iterator[str]:
    if conninfo is not None:
        yield conninfo
    else:
        with running_server() as own:
            yield own


def _report(outcomes: list[Outcome], scenarios: int) -> int:
    for outcome in outcomes:
        for difference in outcome.differences:
            _say(difference)
    for outcome in outcomes:
        _say(f"{outcome.name}: {outcome.count()}")
        if not outcome.rows:
            _say(f"{outcome.name}: nothing was compared")
    _say(counted(scenarios, sum(o.rows for o in outcomes), sum(len(o.differences) for o in outcomes)))
    return 0 if outcomes and all(outcome.good for outcome in outcomes) else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _fail(message: str) -> int:
    sys.stderr.write(f"fix: {message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
