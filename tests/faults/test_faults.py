"""Every fault in a short version. The machine decides how often it strikes, so only that it did is expected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orderstamp import Orderstamp
from support import programs

from .checking import check
from .cluster import Cluster, running_cluster
from .journal import Write
from .running import FAULTS, held, run

SECONDS = 1.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One durable server for all faults that leave it usable."""
    with running_cluster() as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_no_acknowledged_write_is_lost_or_doubled(cluster: Cluster, fault: str) -> None:
    outcome = run(fault, SECONDS, cluster)
    if outcome.left_out:
        assert not programs.required(), outcome.left_out
        pytest.skip(outcome.left_out)
    assert (outcome.lost, outcome.doubled, outcome.gaps) == ([], [], [])
    assert outcome.injected > 0
    assert outcome.retried > 0, "no client met the fault"
    assert outcome.acknowledged > 0


@pytest.mark.slow
def test_a_commit_that_did_not_reach_the_disk_is_found_lost(cluster: Cluster) -> None:
    """The same kill, of a server that acknowledges first and writes later."""
    cluster.open_account("forgetful")
    place = Write("place", "a", {"symbol": "TCS", "side": "buy", "quantity": 10})
    with cluster.connect() as conn:
        conn.execute("SET synchronous_commit = off")
        Orderstamp(conn, "forgetful").place_order("TCS", "buy", 10, client_order_id="a")
        cluster.kill()
    cluster.revive()
    assert check([place], *held(cluster, "forgetful")).lost == ["place a"]
