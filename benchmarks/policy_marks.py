"""The marks that fix the worlds, read before any policy learns: a kinder world would flatter who is tested in it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from consumption.models.increments.belief import Belief, Floats, increments
from consumption.world.trial import KINDS, Trial
from consumption.world.trial.latent import conditions
from policy_best import Estimate, best_increments
from policy_catalogue import default_actions
from policy_loop import Setting, added
from policy_others import risk_times_arr
from policy_plans import Book
from policy_risk import Risk
from policy_seen import Seen, quarters
from report import Figure

Marks = dict[str, float]
LOSS = "half-year loss of accounts"
ODDS = "most that an action lowers the odds of churn"
BEST = "best observable, of the oracle"
PRIORS = "the catalogue's priors alone, of the oracle"
RISK = "risk x ARR + playbook, of the oracle"
# From, to, in per cent. Of the oracle: of its incremental ARR at equal hours, in quarter 0; means over the seeds.
EVERYWHERE = {LOSS: (4.0, 8.0), ODDS: (0.0, 40.0)}
RANGES = {
    "right": EVERYWHERE | {BEST: (88.0, 93.0), PRIORS: (70.0, 80.0), RISK: (50.0, 60.0)},
    "wrong": EVERYWHERE | {BEST: (88.0, 93.0), PRIORS: (35.0, 45.0)},
    "tree": EVERYWHERE | {BEST: (88.0, 93.0)},
}


def marks(setting: Setting, estimate: Estimate, folder: Path) -> Marks:
    """Everything that RANGES names of a world, before its first plan."""
    actions = default_actions()
    shutil.rmtree(folder, ignore_errors=True)
    trial = Trial(KINDS[setting.world], actions.claims, folder, setting.accounts, setting.seed)
    trial.begin()
    seen = quarters(folder, 0)
    lost = float(np.mean([q.happened[:, 0].mean() for q in seen.values() if q.due]))
    found = {LOSS: 100.0 * lost, ODDS: _most(trial)}
    if setting.world in RANGES:
        found |= _shares(trial, seen, estimate)
    shutil.rmtree(folder)
    return found


def _most(trial: Trial) -> float:
    shifts = trial.mechanism.shifts(conditions(trial.state))[:, :, 0]
    return float(100.0 * (1.0 - np.exp(-shifts.max())))


def _shares(trial: Trial, seen: Mapping[int, Seen], estimate: Estimate) -> Marks:
    actions, now = default_actions(), seen[0]
    book = Book(now, actions.hours)
    moves = Risk.fit(list(seen.values())[:-1], seed=trial.seed).moves(now)
    gains = trial.increments() * now.arr[:, None]
    most = added(gains, book.chosen(gains))
    belief = Belief.from_priors(actions.priors, moves.slopes)
    goes_by: dict[str, Floats] = {
        BEST: best_increments(trial, estimate) * now.arr[:, None],
        PRIORS: increments(belief, moves, now.drivers, now.arr),
        RISK: risk_times_arr(now, actions, moves),
    }
    return {
        name: 100.0 * added(gains, book.chosen(goes_by[name])) / most
        for name in RANGES[trial.kind.name]
        if name in goes_by
    }


def mark_figures(found: Mapping[str, Sequence[Mapping[str, float]]]) -> list[Figure]:
    """The means of the marks over seeds, with what they must lie between."""
    return [
        _figure(world, name, np.array([one[name] for one in kept]), span)
        for world, kept in found.items()
        for name, span in RANGES.get(world, EVERYWHERE).items()
    ]


def _figure(world: str, name: str, values: Floats, span: tuple[float, float]) -> Figure:
    value = float(values.max() if name == ODDS else values.mean())
    low, high = span
    note = f"{low:g} to {high:g}: {'holds' if low - 0.01 <= value <= high + 0.01 else 'DOES NOT HOLD'}"
    if name != ODDS and len(values) > 1:
        note += f"; standard error {values.std(ddof=1) / np.sqrt(len(values)):.1f}"
    return Figure(f"mark, {world}: {name}", value, "%", note=note)
