"""The daily job: a new day on half a year of history, on a whole year, and against making everything anew."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from consumption.config import Workspace
from report import Figure
from signals_equal import check_same
from signals_lake import bring, copied, forget, half_of_twice, made, widened
from signals_times import took
from signals_world import World, blocks

NEW_DAYS = 3


@dataclass(frozen=True)
class Days:
    """Seconds of one workspace: bringing in a day's file, a day's signals (medians), and everything anew."""

    ingest: float
    day: float
    anew: float

    def __str__(self) -> str:
        return f"day {self.day:.2f} s, its ingest before {self.ingest:.2f} s; everything anew {self.anew:.2f} s"


def new_day(world: World, work: Path) -> list[Figure]:
    """Three new days, one after the other; the last snapshot is, to the bit, the one that is made anew."""
    twice, half = world.twice, half_of_twice(world, work)
    whole = widened(twice, work, half, "whole", blocks(0, world.days))
    short, long = (_measured(twice, work, copied(one, work / "lake-of-days")) for one in (half, whole))
    against_anew, longer = short.day / short.anew, long.day / short.day
    name = f"a new day on {world.days} days of history, against a full rebuild"
    other = f"a new day on {twice.days} days of history, against one on {world.days}"
    return [
        Figure(name, against_anew, "times", 0.1, at_most=True, note=str(short)),
        Figure(other, longer, "times", 1.2, at_most=True, note=str(long)),
    ]


def _measured(world: World, work: Path, workspace: Workspace) -> Days:
    made(workspace, world.as_of)
    ingests, days = zip(*(_day(world, work, workspace, world.days + more) for more in range(NEW_DAYS)), strict=True)
    last = world.as_of + timedelta(days=NEW_DAYS)
    kept = made(workspace, last)
    forget(workspace)
    anew = took(lambda: made(workspace, last))
    check_same(kept, made(workspace, last), whose="everything anew")
    return Days(_median(ingests), _median(days), anew.wall)


def _day(world: World, work: Path, workspace: Workspace, day: int) -> tuple[float, float]:
    """Seconds to bring in the events received on a day, and to make the snapshot of the midnight after it."""
    as_of = world.as_of + timedelta(days=day - world.days + 1)
    file = world.file(work, day, day + 1)
    came = took(lambda: bring(workspace, "events", file, as_of))
    return came.wall, took(lambda: made(workspace, as_of)).wall


def _median(values: Sequence[float]) -> float:
    return float(statistics.median(values))
