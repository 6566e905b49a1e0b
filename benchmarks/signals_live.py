"""One account's signals as the lake stands now, for whoever looks at it this moment."""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from consumption.jobs.live import LiveSignals
from consumption.jobs.opening import signals_of
from consumption.jobs.snapshots import snapshots
from report import Figure
from signals_lake import copied, half_of_twice
from signals_ours import thirty
from signals_world import World

ASKED = 200


def live(world: World, work: Path) -> list[Figure]:
    """Accounts drawn at random, one after the other, half a day after the nightly job: thirty signals, and all."""
    twice, workspace = world.twice, copied(half_of_twice(world, work), work / "lake-of-live")
    snapshots(workspace, [twice.as_of])  # of all signals, as every night: peers are compared with it
    asked = twice.account_rows["account_id"].sample(min(ASKED, world.accounts), seed=world.seed)
    now = twice.as_of + timedelta(hours=12)
    everything = signals_of(workspace)
    return [
        _figure(LiveSignals(workspace, signals), asked, now, f"{len(signals)} signals of one account live, "
                f"of a lake of {world.events / 1e6:g} M events", target)
        for signals, target in ((thirty(), 50.0), (everything, None))
    ]  # fmt: skip


def _figure(service: LiveSignals, asked: pl.Series, now: datetime, name: str, target: float | None) -> Figure:
    service.of(asked[0], as_of=now)
    times = sorted(1000 * _seconds(service, account, now) for account in asked)
    note = f"median of {len(times)} accounts; 95 % within {times[int(0.95 * (len(times) - 1))]:.0f} ms"
    return Figure(name, statistics.median(times), "ms", target, at_most=True, note=note)


def _seconds(service: LiveSignals, account: str, now: datetime) -> float:
    begun = time.perf_counter()
    service.of(account, as_of=now)
    return time.perf_counter() - begun
