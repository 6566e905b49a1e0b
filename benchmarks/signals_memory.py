"""Memory that a full build takes, through the jobs, each size in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from consumption.config import Workspace
from report import Figure
from signals_lake import filled, forget, made
from signals_world import World, blocks

GIB = 2**30
_STATUS = Path("/proc/self/status")


def memory(world: World, work: Path) -> list[Figure]:
    """Half and two and a half times the events, of as many more accounts: 10 and 50 M for 20 M."""
    small, large = (_sized(world, factor) for factor in (0.5, 2.5))
    less, more = _peak(small, work), _peak(large, work)
    names = [f"{one.events / 1e6:g} M" for one in (small, large)]
    both = f"{less[0] / GIB:.2f} and {more[0] / GIB:.2f} GiB"
    took = f"by the job, in {more[1]:.0f} s"
    return [
        Figure(f"peak memory of a full build, {names[1]} events", more[0] / GIB, "GiB", 2, at_most=True, note=took),
        Figure(f"the same against {names[0]} events", more[0] / less[0], "times", 1.3, at_most=True, note=both),
    ]


def _sized(world: World, factor: float) -> World:
    return World(round(factor * world.events), round(factor * world.accounts), world.days, world.seed)


def _peak(world: World, work: Path) -> tuple[int, float]:
    """Bytes at most, and seconds, of a process that makes one snapshot with nothing kept from before."""
    workspace = filled(world, work, "all", blocks(0, world.days))
    command = [sys.executable, __file__, str(workspace.root), world.as_of.isoformat()]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return int(said["bytes"]), float(said["seconds"])


def peak_bytes() -> int:
    """The most resident memory of this process so far."""
    if _STATUS.exists():
        # getrusage would count what the process that started this one held.
        line = next(line for line in _STATUS.read_text("utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # of macOS: bytes


def main() -> None:
    """In the process that is watched: forget what was kept, make one snapshot, say what it took."""
    workspace, as_of = Workspace.open(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2])
    forget(workspace)
    begun = time.perf_counter()
    made(workspace, as_of)
    seconds = time.perf_counter() - begun
    print(json.dumps({"bytes": peak_bytes(), "seconds": seconds}))


if __name__ == "__main__":
    main()
