"""`python -m tests.faults [--seconds N] [--only FAULT …]`; exit status 1 if a fault left any trace."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from rich.console import Console

from .cluster import Cluster, running_cluster
from .report import show
from .running import FAULTS, OWN_SERVER, Outcome, run

SECONDS = 15.0


def main(argv: Sequence[str] | None = None) -> int:
    """Inject, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Faults under load: is anything lost?")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="N", help="how long each fault goes on")
    parser.add_argument("--only", nargs="+", choices=list(FAULTS), default=list(FAULTS), metavar="FAULT", help="these")
    args = parser.parse_args(argv)
    console = Console()
    if not console.is_terminal:
        console.width = 120
    outcomes: list[Outcome] = []
    with ExitStack() as stack, console.status("starting") as status:
        cluster: Cluster | None = None
        for fault in dict.fromkeys(args.only):
            status.update(fault)
            if cluster is None and fault not in OWN_SERVER:
                cluster = stack.enter_context(running_cluster())
            try:
                outcomes.append(run(fault, args.seconds, cluster))
            except Exception as error:  # told as a failure; the other faults are still to be tried
                outcomes.append(Outcome(fault, broken_off=f"{type(error).__name__}: {error}"))
    show(console, outcomes)
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
