"""Early signs: whether they bring what is believed nearer to what outcomes say later, and what they miss.

    python benchmarks/early_signs.py [--seeds 0-7] [--worlds right,wrong] [--accounts 8000] [--work DIR] [--json FILE]

In a trial world four quarters of actions are given out by lot. When the fourth ends, the outcomes of two are known,
and of the other two what use shows eight weeks on. The layer learns from the two alone, from the two and the early
signs of the others, and, as nobody can yet, from the outcomes of all four; all of it without a gate. Asked is how far
what is believed of the actions that work through use lies from the last of these, and from the truth.

Then the signs themselves: what use foretells of an action, over what happened, as differences to doing nothing.
What was measured of a world is kept in --work; a run that was stopped goes on there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consumption.models.increments import early
from consumption.models.increments.belief import OUTCOMES, Belief, Floats, increments
from consumption.models.increments.learning import Posterior, Quarter
from consumption.world.trial import KINDS
from early_signs_world import Read, Watched, lived
from policy import seeds_of
from policy_catalogue import Actions, default_actions
from report import Figure, report

KNOWN, ALL = 2, 4  # quarters with outcomes, and in all
Measured = dict[str, float]


def main() -> None:
    """Reads every world and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0-7")
    parser.add_argument("--worlds", default="right,wrong")
    parser.add_argument("--accounts", type=int, default=8_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "consumption-early-signs")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    everything: list[Figure] = []
    for world in given.worlds.split(","):
        found = [kept(given.work, world, seed, given.accounts) for seed in seeds_of(given.seeds)]
        part = figures(world, found)
        report(f"World: {world}, {len(found)} seeds", part)
        everything += part
    report(f"Early signs: seeds {given.seeds}, {given.accounts:,} accounts", everything, given.json)


def kept(work: Path, world: str, seed: int, accounts: int) -> Measured:
    """What one world says, measured once."""
    file = work / f"{world}-{seed}-{accounts}.json"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        folder = work / f"{world}-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        actions = default_actions()
        trial = Watched(KINDS[world], actions.claims, folder, accounts, seed)
        found = measured(lived(trial, actions, ALL - 1), actions)
        shutil.rmtree(folder)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(found), "utf-8")
        part.replace(file)
    found_: Measured = json.loads(file.read_text("utf-8"))
    return found_


def measured(reads: Sequence[Read], actions: Actions) -> Measured:
    """Distances of what is believed, and sums of what signs and outcomes say."""
    shown = np.isin(list(actions.names), early.work_through_use(actions.priors))
    two = Posterior.from_priors(actions.priors, reads[0].moves.slopes)
    for read in reads[:KNOWN]:
        two = two.update(quarter(read, read.happened, 1.0))
    full = signs = two
    for read in reads[KNOWN:]:
        full = full.update(quarter(read, read.happened, 1.0))
        signs = signs.update(early.only(quarter(read, churn_alone(read.early), early.WEIGHT), shown))
    last = reads[-1]
    in_the_end = effects(full.belief, last)[:, shown]
    found: Measured = {}
    for name, posterior in (("two", two), ("signs", signs), ("full", full)):
        said = effects(posterior.belief, last)[:, shown]
        found |= {f"{name} to full": apart(said, in_the_end), f"{name} to truth": apart(said, last.truth[:, shown])}
    return found | differences(reads, shown)


def quarter(read: Read, happened: Floats, weight: float) -> Quarter:
    """A quarter by lot as the layer reads it."""
    weights = np.full(len(read.taken), weight)
    return Quarter(read.drivers, read.moves, read.taken, read.chances, happened, weights, account=read.account)


def churn_alone(happened: Floats) -> Floats:
    """The other outcomes are not read early."""
    return np.where(np.arange(len(OUTCOMES)) == 0, happened, np.nan)


def effects(belief: Belief, read: Read) -> Floats:
    """What is believed that each action adds, as a share of ARR."""
    return increments(belief, read.moves, read.drivers, np.ones(len(read.taken)))


def apart(one: Floats, other: Floats) -> float:
    """Root mean square of the difference."""
    return float(np.sqrt(((one - other) ** 2).mean()))


def differences(reads: Sequence[Read], shown: NDArray[np.bool_]) -> Measured:
    """By outcome, of early signs and of outcomes: the sum over treated rows of the difference to doing nothing."""
    found: Measured = {}
    for group, of in (("use", shown), ("contract", ~shown)):
        for place, outcome in enumerate(OUTCOMES):
            for name in ("early", "happened"):
                sums = [lifted(read, getattr(read, name)[:, place], place, of) for read in reads]
                found[f"{group} {outcome} {name}"] = float(np.sum(sums))
    return found


def lifted(read: Read, said: Floats, place: int, of: NDArray[np.bool_]) -> float:
    """Treated rows against those that were left alone, weighted to be as likely treated: a sum over treated rows."""
    off, nobody, total = said - read.moves.chances[:, place], 1 - read.chances.sum(axis=1), 0.0
    known = ~np.isnan(off)
    for action in np.flatnonzero(of):
        treated, alone = known & (read.taken == action), known & (read.taken < 0)
        weight = (read.chances[:, action] / nobody)[alone]
        total += float(off[treated].sum() - treated.sum() * np.average(off[alone], weights=weight))
    return total


def figures(world: str, found: Sequence[Measured]) -> list[Figure]:
    """Means over worlds; differences are paired."""
    made = [
        _paired(world, found, "with early signs less without: distance to what four quarters say", "full"),
        _paired(world, found, "the same, distance to the truth", "truth"),
    ]
    for name in ("two", "signs", "full"):
        values = [one[f"{name} to truth"] for one in found]
        made.append(Figure(f"{world}: distance to the truth, {name}", float(np.mean(values)), "of ARR"))
    for group in ("use", "contract"):
        made += [_share(world, found, group, outcome) for outcome in OUTCOMES]
    return made


def _paired(world: str, found: Sequence[Measured], name: str, to: str) -> Figure:
    apart_ = np.array([one[f"signs to {to}"] - one[f"two to {to}"] for one in found])
    error = float(apart_.std(ddof=1) / np.sqrt(len(apart_))) if len(apart_) > 1 else float("nan")
    without = np.mean([one[f"two to {to}"] for one in found])
    note = f"standard error {error:.5f}; without {without:.5f}; nearer in {int((apart_ < 0).sum())} of {len(apart_)}"
    return Figure(f"{world}: {name}", float(apart_.mean()), "of ARR", target=0.0, at_most=True, note=note)


def _share(world: str, found: Sequence[Mapping[str, float]], group: str, outcome: str) -> Figure:
    """What early signs say of a group's effect on an outcome, over what happened."""
    said, true = (np.array([one[f"{group} {outcome} {name}"] for one in found]) for name in ("early", "happened"))
    share = said.sum() / true.sum()
    left_out = [(said.sum() - said[i]) / (true.sum() - true[i]) for i in range(len(said))]
    error = float(np.std(left_out) * np.sqrt(len(said) - 1))
    what = "work through use" if group == "use" else "do not"
    return Figure(
        f"{world}: {outcome}, early over what happened, actions that {what}", float(share), note=f"error {error:.2f}"
    )


if __name__ == "__main__":
    main()
