"""One world with one seed: the project acts for some quarters, and every policy is asked in the last ones."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from consumption.models.increments.belief import Belief, Floats, increments
from consumption.world.trial import KINDS, Trial
from policy_best import Estimate, best_increments
from policy_catalogue import default_actions
from policy_learner import Ints, Learner
from policy_others import at_random, health_score, propensity_times_value, risk_times_arr
from policy_plans import Book
from policy_seen import quarters

ASKED = 3  # quarters, the last ones
Asked = dict[str, float]


@dataclass(frozen=True)
class Setting:
    """How a loop is run."""

    world: str
    seed: int
    accounts: int = 8_000
    quarters: int = 10
    plans: int = 10


def loop(setting: Setting, estimate: Estimate, folder: Path) -> list[Asked]:
    """For each of the last quarters the incremental ARR of each policy, by name; `oracle` knows the latent state."""
    actions = default_actions()
    shutil.rmtree(folder, ignore_errors=True)
    trial = Trial(KINDS[setting.world], actions.claims, folder, setting.accounts, setting.seed)
    learner = Learner(folder, actions, setting.seed, setting.plans)
    found = []
    for number in range(setting.quarters):
        trial.begin()
        book, _, _ = learner.look(number)
        decided, base = learner.decide(number, book)
        if number >= setting.quarters - ASKED:
            trial.tell()
            plans = asked(learner, book, number) | {"this project": base, "as carried out": book.codes(decided)}
            plans["best observable"] = book.chosen(best_increments(trial, estimate) * book.seen.arr[:, None])
            found.append(scored(plans, folder, number, book, learner))
        trial.carry_out(decided)
    shutil.rmtree(folder)
    return found


def asked(learner: Learner, book: Book, number: int) -> dict[str, Ints]:
    """What the other policies would do with the same accounts, the same heads and the same hours."""
    seen, moves, actions = book.seen, learner.moves[number], learner.actions
    assert learner.posterior is not None
    known = quarters(learner.folder, number)
    past = [known[q] for q in sorted(known) if q < number]
    values = {
        "catalogue alone": increments(
            Belief.from_priors(actions.priors, moves.slopes), moves, seen.drivers, seen.arr
        ),
        "learned, without the gate": increments(learner.posterior.belief, moves, seen.drivers, seen.arr),
        "risk x ARR + playbook": risk_times_arr(seen, actions, moves),
        "health score + playbook": health_score(seen, actions),
        "propensity x value": propensity_times_value(past, seen, actions, seed=learner.seed),
        "random": at_random(seen, actions, learner.seed + number),
    }
    return {name: book.chosen(value) for name, value in values.items()}


def scored(plans: dict[str, Ints], folder: Path, number: int, book: Book, learner: Learner) -> Asked:
    """What each plan really adds; the only place that reads the truth."""
    truth = pl.read_parquet(folder / "truth" / f"{number:+03d}.parquet")
    gains = truth.select(list(book.hours)).to_numpy() * truth["arr"].to_numpy()[:, None]
    plans = {"oracle": book.chosen(gains)} | plans
    worth = {name: added(gains, chosen) for name, chosen in plans.items()}
    assert learner.belief is not None
    said = increments(learner.belief, learner.moves[number], book.seen.drivers, book.seen.arr)
    prior = increments(
        Belief.from_priors(learner.actions.priors, learner.moves[number].slopes),
        learner.moves[number], book.seen.drivers, book.seen.arr,
    )  # fmt: skip
    return worth | {
        "arr": float(truth["arr"].sum()),
        "said of this project": added(said, plans["this project"]),
        "said of the catalogue": added(prior, plans["catalogue alone"]),
    }


def added(gains: Floats, chosen: Ints) -> float:
    """The sum over who gets something."""
    rows = np.flatnonzero(chosen >= 0)
    return float(gains[rows, chosen[rows]].sum())


def timed(setting: Setting, estimate: Estimate, folder: Path) -> dict[str, object]:
    """The figures of a loop and the seconds it took, to be kept."""
    began = time.perf_counter()
    asked_ = loop(setting, estimate, folder)
    return {"asked": asked_, "seconds": time.perf_counter() - began}
