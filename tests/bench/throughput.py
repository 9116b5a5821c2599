"""Changes per second by several clients at once, by pgbench: the bare table and ours, each client on its own orders."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import Progress

from orderstamp.embedded import bin_dir

from .figures import Figure, cost
from .sampling import Scale
from .server import TRADER, Bench, Database

# A failure and a retry in turn, so that an order can change for ever.
_SCRIPT = """
\\set i :i + 1
\\set order_id :client_id * :each + (:i / 2) % :each + 1
\\set failed :i % 2
"""
_BARE = """
UPDATE bench.orders SET status = CASE WHEN :failed = 1 THEN 'failed' ELSE 'pending' END, updated_at = now(),
  leaves_qty = CASE WHEN :failed = 1 THEN 0 ELSE quantity END, version = version + 1
WHERE order_id = :order_id AND account = 'default';
"""
_OURS = """
UPDATE oms.orders SET status = CASE WHEN :failed = 1 THEN 'failed' ELSE 'pending' END
WHERE order_id = :order_id AND account = 'default';
"""


def measure(bench: Bench, scale: Scale, progress: Progress) -> list[Figure]:
    """Runs in turn; what is compared is the time of one change, the reciprocal of the throughput."""
    figures: list[Figure] = []
    most = max(scale.clients)
    each = scale.orders // 4
    with bench.database("throughput", orders=most * each) as database, TemporaryDirectory() as name:
        scripts = {"bare": Path(name, "bare.sql"), "ours": Path(name, "ours.sql")}
        for variant, statement in (("bare", _BARE), ("ours", _OURS)):
            scripts[variant].write_text(_SCRIPT + statement)
        task = progress.add_task("  pgbench", total=len(scale.clients) * max(scale.runs - 2, 3) * 2)
        for clients in scale.clients:
            runs: dict[str, list[float]] = {"bare": [], "ours": []}
            for _ in range(max(scale.runs - 2, 3)):
                for variant, script in scripts.items():
                    runs[variant].append(_pgbench(database, script, clients, each, scale.seconds))
                    progress.advance(task)
            figures.append(
                cost(
                    f"throughput, {clients} clients, sync off, µs per change", runs["ours"], "bare UPDATE", runs["bare"]
                )
            )
        progress.remove_task(task)
    return figures


def _pgbench(database: Database, script: Path, clients: int, each: int, seconds: int) -> float:
    """Microseconds per change of all clients together."""
    run = subprocess.run(
        [
            str(bin_dir() / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(clients, 2)}"),
            *(f"--time={seconds}", f"--file={script}", "--define=i=0", f"--define=each={each}"),
            f"{database.server.conninfo(database.name, TRADER)} options='-c synchronous_commit=off'",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    tps = next(line for line in run.stdout.splitlines() if line.startswith("tps = "))
    return 1e6 / float(tps.split()[2])
