"""Which signals say the same as another one about a workspace's own accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.overlap import FEWEST, LIMIT, unexplained
from consumption.features.population import population
from consumption.jobs.opening import lake_of, signals_of
from consumption.jobs.snapshots import snapshots

# One moment may be odd; what agrees over several does so for longer.
LATEST = 3


@dataclass(frozen=True)
class Overlapping:
    """Pairs of signals without a reason to be alike (OVERLAPS), among so many signals and accounts in force."""

    pairs: pl.DataFrame
    dates: tuple[datetime, ...]
    accounts: int
    signals: int

    @property
    def text(self) -> str:
        """A line a pair, the closest first, and a summary."""
        lines = [
            f"{signal} and {other}: {correlation:+.3f} over {accounts:,} accounts"
            for signal, other, correlation, accounts in self.pairs.rows()
        ]
        return "\n".join([*lines, *([""] if lines else []), self._summary])

    @property
    def _summary(self) -> str:
        if self.accounts < FEWEST:
            return f"accounts in force: {self.accounts:,}; signals are compared where at least {FEWEST} know both"
        looked = (
            f"{self.signals:,} signals, {self.accounts:,} accounts in force, as of {_dates(self.dates)}: "
            f"{len(self.pairs)} pair{'' if len(self.pairs) == 1 else 's'} with ranks correlated by over {LIMIT}"
        )
        return f"{looked}, and no reason known" if len(self.pairs) else looked


def overlapping(workspace: Workspace, *, as_of: datetime, progress: Progress = silent) -> Overlapping:
    """Compare signals on the snapshot of a moment and on the latest two that are kept of before.

    Raises `BeforeTheFirstEvent` and `NothingIngested`.
    """
    lake = lake_of(workspace)
    before = sorted(moment for moment, _ in lake.snapshots() if moment < as_of)
    dates = (*before[1 - LATEST :], as_of)
    made = snapshots(workspace, dates, progress=progress)
    told = lake.history().without_events().collect()
    currency = workspace.settings.currency
    ranked = [
        made[moment].join(population(told, moment, currency=currency), on="account_id", how="semi")
        for moment in dates
    ]
    accounts = pl.concat([frame["account_id"] for frame in ranked]).n_unique()
    return Overlapping(unexplained(ranked), dates, accounts, len(signals_of(workspace)))


def _dates(dates: tuple[datetime, ...]) -> str:
    return ", ".join(f"{moment:%Y-%m-%d}" for moment in dates)
