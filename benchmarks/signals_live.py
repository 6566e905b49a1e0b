"""One account's signals as the lake stands now, for whoever looks at it this moment."""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta
from pathlib import Path

from consumption.config import Workspace
from consumption.jobs.live import live_signals
from consumption.jobs.snapshots import snapshots
from report import Figure
from signals_lake import copied, half_of_twice
from signals_world import World

ASKED = 200


def live(world: World, work: Path) -> list[Figure]:
    """Accounts drawn at random, one after the other, half a day after the nightly job."""
    twice, workspace = world.twice, copied(half_of_twice(world, work), work / "lake-of-live")
    snapshots(workspace, [twice.as_of])  # of all signals, as every night: peers are compared with it
    asked = twice.account_rows["account_id"].sample(min(ASKED, world.accounts), seed=world.seed)
    now = twice.as_of + timedelta(hours=12)
    _ask(workspace, asked[0], now)
    times = sorted(1000 * _seconds(workspace, account, now) for account in asked)
    name = f"one account live, of a lake of {world.events / 1e6:g} M events"
    note = f"median of {len(times)} accounts; 95 % within {times[int(0.95 * (len(times) - 1))]:.0f} ms"
    return [Figure(name, statistics.median(times), "ms", 50, at_most=True, note=note)]


def _seconds(workspace: Workspace, account: str, now: datetime) -> float:
    begun = time.perf_counter()
    _ask(workspace, account, now)
    return time.perf_counter() - begun


def _ask(workspace: Workspace, account: str, now: datetime) -> None:
    """The one call that is measured: all signals of the workspace, as the service asks for them."""
    live_signals(workspace, account, as_of=now)
