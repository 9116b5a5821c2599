"""Every fault in a short version. The machine decides how often it strikes, so only that it did is expected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import programs

from .cluster import Cluster, running_cluster
from .running import FAULTS, run

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
