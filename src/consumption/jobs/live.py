"""The signals of single accounts as of now, compared with their peers of the last snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.features.live import Live
from consumption.features.peer_groups import peer_groups
from consumption.features.peers import peer_reference
from consumption.features.signal import Signal
from consumption.jobs.opening import lake_of, signals_of, usage_rules


class LiveSignals:
    """Answers for one account after the other; what they have in common is read once."""

    def __init__(self, workspace: Workspace, signals: Sequence[Signal] | None = None) -> None:
        self._lake = lake_of(workspace)
        self._signals = tuple(signals or signals_of(workspace))
        self._currency = workspace.settings.currency
        self._workspace = workspace
        self._live: tuple[tuple[str, ...], Live] | None = None
        self._kept: tuple[str, list[datetime]] = "", []
        self._peers: tuple[object, pl.DataFrame | None] = None, None

    def of(self, account_id: str, *, as_of: datetime) -> pl.DataFrame:
        """The SNAPSHOT row of an account, peers being those of the latest snapshot kept, not later than `as_of`.

        Raises `AccountNotKnown`.
        """
        return self._now().signals(account_id, as_of=as_of, peers=self._reference(as_of))

    def _now(self) -> Live:
        """Made anew when something came in: since when telemetry tells may be another day by then."""
        stamp = self._lake.stamp()
        if self._live is None or self._live[0] != stamp:
            self._live = stamp, Live(self._lake, self._signals, usage_rules(self._workspace))
        return self._live[1]

    def _reference(self, as_of: datetime) -> pl.DataFrame | None:
        """How values lay among all accounts in that snapshot; None where there is none of these signals."""
        told = [s for s in self._signals if s.source == "peers"]
        if not told:
            return None
        stamp = self._lake.snapshots_stamp()
        if self._kept[0] != stamp:
            self._kept = stamp, [moment for moment, _ in self._lake.snapshots()]
        moment = max((one for one in self._kept[1] if one <= as_of), default=None)
        if self._peers[0] != (stamp, moment):
            self._peers = (stamp, moment), self._read(moment, told) if moment else None
        return self._peers[1]

    def _read(self, moment: datetime, told: Sequence[Signal]) -> pl.DataFrame | None:
        snapshot = self._lake.read_snapshot(moment)
        if snapshot is None or not {of.name for one in told for of in one.of} <= set(snapshot.columns):
            return None
        tables = self._lake.history().without_events().collect()
        return peer_reference(snapshot, peer_groups(tables, moment, currency=self._currency), told)


def live_signals(workspace: Workspace, account_id: str, *, as_of: datetime) -> pl.DataFrame:
    """The SNAPSHOT row of one account."""
    return LiveSignals(workspace).of(account_id, as_of=as_of)
