"""How long things take: each of them several times in turn, and the best time of each."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of all cores together."""

    wall: float
    cores: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, {self.cores:.2f} s of cores"


def took(work: Callable[[], object]) -> Took:
    """Once, with nothing of earlier work left to clean up."""
    gc.collect()
    wall, cores = time.perf_counter(), _cores()
    work()
    return Took(time.perf_counter() - wall, _cores() - cores)


def in_turn(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, Took]:
    """The best of several runs of each; in turn, so that whatever else the machine does hits all alike."""
    times = [{name: took(work) for name, work in works.items()} for _ in range(runs)]
    return {name: Took(min(t[name].wall for t in times), min(t[name].cores for t in times)) for name in works}


def _cores() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
