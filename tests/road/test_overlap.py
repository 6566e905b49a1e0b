"""No two signals say the same about the demo's accounts without a reason."""

from __future__ import annotations

from consumption.config import Workspace
from consumption.features.overlap import unexplained
from consumption.features.population import population
from consumption.jobs.opening import lake_of
from tests.road.conftest import AS_OF

LATEST = 3


def test_no_two_signals_say_the_same_about_the_demo(made: Workspace) -> None:
    """Over accounts in force, every pair that ranks alike (above .98) is one that a reason allows."""
    lake = lake_of(made)
    dates = sorted(as_of for as_of, _ in lake.snapshots() if as_of <= AS_OF)[-LATEST:]
    kept = [(as_of, lake.read_snapshot(as_of)) for as_of in dates]
    history = lake.history().without_events()
    ranked = [
        snapshot.join(population(history, as_of), on="account_id", how="semi")
        for as_of, snapshot in kept
        if snapshot is not None
    ]
    assert len(ranked) == LATEST
    assert unexplained(ranked).rows() == []
