"""The signals of one account as of now."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.features.live import Live
from consumption.features.peer_groups import peer_groups
from consumption.features.peers import peer_reference
from consumption.jobs.opening import lake_of, signals_of, usage_rules


def live_signals(workspace: Workspace, account_id: str, *, as_of: datetime) -> pl.DataFrame:
    """The SNAPSHOT row of one account, peers being those of the latest snapshot before `as_of`."""
    lake, signals = lake_of(workspace), signals_of(workspace)
    earlier = [moment for moment, _ in lake.snapshots() if moment <= as_of]
    snapshot = lake.read_snapshot(max(earlier)) if earlier else None
    names = {s.name for s in signals}
    reference = None
    if snapshot is not None and names <= set(snapshot.columns):
        groups = peer_groups(
            lake.history().without_events().collect(), max(earlier), currency=workspace.settings.currency
        )
        reference = peer_reference(snapshot, groups, signals)
    return Live(lake, signals, usage_rules(workspace)).signals(account_id, as_of=as_of, peers=reference)
