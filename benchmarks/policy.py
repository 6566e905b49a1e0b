"""Policies compared in worlds whose truth is known: the share of a latent oracle's incremental ARR at equal hours.

    python benchmarks/policy.py [--seeds 0-9] [--worlds right,wrong,tree,none,shift] [--quarters 10] [--accounts 8000]
                                [--plans N] [--jobs 2] [--work DIR] [--json FILE]

In each world the project acts for ten quarters: heads on the quarters whose outcomes are due, the layer, what earned
its place, plans drawn with a hold-out and exploration, hours by owner. In the last three quarters every policy is
asked about the same accounts, with the same heads, logs, planner and hours. The learner reads the world's files, the
scorer alone the truth. First come the marks that fix the worlds. Figures of a seed are kept in `--work` until the
code that makes them changes. Development uses seeds 0 to 9; seeds 100 to 119 are read once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import consumption
from consumption.world.trial import KINDS
from policy_best import Estimate, reference
from policy_loop import Setting, timed
from policy_marks import mark_figures, marks
from policy_table import figures
from report import Figure, report

PACKAGE = Path(consumption.__file__).parent
# What the figures depend on: a change of anything else keeps them.
CODE = (
    *(PACKAGE / "world" / "trial").glob("*.py"),
    *(
        PACKAGE / "models" / "increments" / f"{name}.py"
        for name in ("belief", "learning", "posterior", "evidence", "expected_moves", "claims", "choosing")
    ),
    *(PACKAGE / "models" / "heads" / f"{name}.py" for name in ("head", "boosting", "severity")),
    *(PACKAGE / "actions" / name for name in ("policy.py", "planner.py", "default_actions.toml")),
    PACKAGE / "features" / "drivers.py",
    *(file for file in Path(__file__).parent.glob("policy_*.py") if file.stem != "policy_table"),
)
Task = tuple[str, Setting, Path]
Made = Future[dict[str, Any]]


def work_on(task: Task) -> dict[str, Any]:
    """One kept result: made if it is not there."""
    what, setting, work = task
    file = work / f"{what}-{setting.world}-{setting.seed}.json"
    if not file.exists():
        estimate = known(KINDS[setting.world].noise, setting.accounts, work)
        folder = work / f"{what}-{setting.world}-{setting.seed}"
        if what == "marks":
            made: dict[str, Any] = dict(marks(setting, estimate, folder))
        else:
            made = timed(setting, estimate, folder)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(made), encoding="utf-8")
        part.rename(file)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def known(noise: float, accounts: int, work: Path) -> Estimate:
    """What the best observable policy knows of worlds whose signals are so noisy: made if it is not there."""
    file = work / f"estimate-{noise:g}.pickle"
    if not file.exists():
        part = work / f"estimate-{noise:g}-{os.getpid()}"
        made = reference(part / "reference", accounts, noise)
        (part / "pickle").write_bytes(pickle.dumps(made))
        (part / "pickle").rename(file)
        shutil.rmtree(part)
    estimate: Estimate = pickle.loads(file.read_bytes())  # noqa: S301 - our own file
    return estimate


def kept_in(work: Path, setting: Setting) -> Path:
    """The folder of these figures: named for the code and the setting that make them."""
    said = repr(replace(setting, world="", seed=0)).encode()
    texts = [file.read_bytes() for file in sorted(CODE)]
    folder = work / hashlib.sha256(b"".join([said, *texts])).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def seeds_of(text: str) -> list[int]:
    """`0-9` or `3,5`."""
    parts = [part.split("-") for part in text.split(",")]
    return [seed for part in parts for seed in range(int(part[0]), int(part[-1]) + 1)]


@dataclass(frozen=True)
class Comparison:
    """Worlds and seeds to compare in, so many at a time; `work` keeps what was made."""

    worlds: tuple[str, ...]
    seeds: tuple[int, ...]
    setting: Setting
    work: Path
    jobs: int

    def figures(self) -> Iterator[tuple[str, list[Figure]]]:
        """A title and its figures: the marks first, then one world after the other."""
        with ProcessPoolExecutor(self.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
            for noise in sorted({KINDS[world].noise for world in self.worlds}):
                pool.submit(known, noise, self.setting.accounts, self.work).result()
            made: dict[tuple[str, str], list[Made]] = {}
            for seed, world, what in product(self.seeds, self.worlds, ("marks", "loop")):
                made.setdefault((what, world), []).append(pool.submit(work_on, self._task(what, world, seed)))
            yield "Marks of the worlds", mark_figures({w: self._read(made, "marks", w) for w in self.worlds})
            for world in self.worlds:
                yield f"World: {world}", figures(world, self._read(made, "loop", world))

    def _task(self, what: str, world: str, seed: int) -> Task:
        return what, replace(self.setting, world=world, seed=seed), self.work

    def _read(self, made: Mapping[tuple[str, str], Sequence[Made]], what: str, world: str) -> list[dict[str, Any]]:
        found = []
        for one in made[what, world]:
            found.append(one.result())
            print(f"\r{what}, {world}: {len(found)} of {len(self.seeds)} seeds", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        return found


def main() -> None:
    """Reads the arguments; one thread a process, because the tables are small."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", default="0-9", help="such as 0-9 or 3,5")
    arguments.add_argument("--worlds", default=",".join(KINDS), help="of right, wrong, tree, none, shift")
    arguments.add_argument("--quarters", type=int, default=Setting.quarters)
    arguments.add_argument("--accounts", type=int, default=Setting.accounts, help="in each quarter")
    arguments.add_argument("--plans", type=int, default=Setting.plans, help="drawn each quarter, one carried out")
    arguments.add_argument("--jobs", type=int, default=2, help="seeds at a time")
    arguments.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "consumption-policy")
    arguments.add_argument("--json", type=Path, help="also write the figures to this file")
    given = arguments.parse_args()
    os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    setting = Setting("", 0, given.accounts, given.quarters, given.plans)
    seeds, worlds = tuple(seeds_of(given.seeds)), tuple(given.worlds.split(","))
    everything: list[Figure] = []
    for title, part in Comparison(worlds, seeds, setting, kept_in(given.work, setting), given.jobs).figures():
        report(title, part)
        everything += part
    named = f"seeds {given.seeds}, {given.accounts:,} accounts, {given.quarters} quarters, {given.plans} plans"
    report(f"Policies: {named}", everything, given.json)


if __name__ == "__main__":
    main()
