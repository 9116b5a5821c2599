"""Which faults there are, and one of them from its account to its figures."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support.fold_tables import Row, Snapshot, gaps, snapshot

from . import (
    backend_kill,
    client_kill,
    disk_full,
    isolation,
    promotion,
    reply_cut,
    server_kill,
    timeouts,
)
from .checking import check
from .cluster import Cluster, running_cluster
from .scene import Scene

FAULTS: dict[str, Callable[[Scene], int]] = {
    "backend_kill": backend_kill.strike,
    "server_kill": server_kill.strike,
    "reply_cut": reply_cut.strike,
    "client_kill": client_kill.strike,
    "statement_timeout": timeouts.statement_timeout,
    "lock_timeout": timeouts.lock_timeout,
    "repeatable_read": isolation.repeatable_read,
    "serializable": isolation.serializable,
    "disk_full": disk_full.strike,
    "promotion": promotion.strike,
}
# The small disk is another process's.
OWN_SERVER = {"disk_full"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the report."""

    fault: str
    injected: int = 0
    acknowledged: int = 0
    retried: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    left_out: str = ""
    broken_off: str = ""

    @property
    def failed(self) -> bool:
        """Something was lost, doubled or is wrong, or nothing was tried, or not to its end."""
        return bool(self.lost or self.doubled or self.gaps or not (self.left_out or self.injected))

    def as_json(self) -> str:
        """For another process."""
        return json.dumps(asdict(self))


def run(fault: str, seconds: float, cluster: Cluster | None = None) -> Outcome:
    """One fault, on that server or on one of its own."""
    if fault in OWN_SERVER:
        return Outcome(**{"fault": fault, **json.loads(disk_full.in_its_own_process(seconds))})
    return run_in(fault, seconds) if cluster is None else _run_on(cluster, fault, seconds)


def run_in(fault: str, seconds: float, folder: Path | None = None) -> Outcome:
    """One fault on a new server, in a temporary folder or in that one."""
    with running_cluster(folder) as cluster:
        return _run_on(cluster, fault, seconds)


def held(cluster: Cluster, account: str) -> tuple[Snapshot, list[Row]]:
    """What the database holds of that account, and the gaps in it."""
    with cluster.connect() as conn:
        tables, found = snapshot(conn), gaps(conn)
    rows = {name: [row for row in table if row["account"] == account] for name, table in tables.items()}
    return rows, [gap for gap in found if gap["account"] in (account, None)]


def _run_on(cluster: Cluster, fault: str, seconds: float) -> Outcome:
    with ExitStack() as stack:
        # The journals lie elsewhere than the server's data.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oms-journals-")))
        cluster.open_account(fault)
        scene = Scene(cluster, fault, folder, seconds)
        injected = FAULTS[fault](scene)
        if scene.cluster is not cluster:
            stack.callback(scene.cluster.stop)
        written = scene.written()
        verdict = check(written, *held(scene.cluster, fault))
        return Outcome(
            fault,
            injected,
            len(written),
            scene.retried.total(),
            verdict.lost,
            verdict.doubled,
            verdict.gaps,
            dict(scene.retried),
        )
