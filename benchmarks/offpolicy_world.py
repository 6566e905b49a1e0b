"""Logs of a policy with known propensities, in a world where the catalogue is right.

An account has nine drivers, and probabilities of leaving, shrinking and growing that follow from them. Actions move
those odds as a catalogue says, through the same formulas that the product ranks by. The log took actions by a lottery
that leans to what it saw of the drivers, with noise; the policy to be valued takes what the catalogue holds best, for
the accounts it helps most. Each account is in the log four times and has a temper of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import Belief, Moves, Prior

Floats = NDArray[np.float64]

PRIORS = {
    "training": (Prior("churn", "low_adoption", -0.35, 400), Prior("expansion", "under_use", 0.10, 200)),
    "technical_fix": (Prior("churn", "friction", -0.40, 400),),
    "champion": (Prior("churn", "silent_champion", -0.35, 300),),
    "value_review": (Prior("churn", "renewal_near", -0.20, 400), Prior("contraction", "renewal_near", -0.25, 300)),
    "right_size": (Prior("churn", "under_use", -0.30, 300), Prior("contraction", "under_use", 0.30, 200)),
    "campaign": (Prior("contraction", "shallow_breadth", -0.30, 300),),
    "add_capacity": (Prior("expansion", "over_use", 0.40, 400),),
    "cross_sell": (Prior("expansion", "shallow_breadth", 0.30, 300),),
}
NONE = "none"
NAMES = (*PRIORS, NONE)
_PLACES = {name: place for place, name in enumerate(NAMES)}
TIMES = 4
HELPED = 0.4  # share of rows in which the valued policy acts


@dataclass(frozen=True, eq=False)
class World:
    """One log, the policies to be valued (a column an action), and what each is truly worth a row.

    `means`: the true expected reward of each row under each of NAMES; `chances`: how likely the log took each.
    """

    log: pl.DataFrame
    policy: pl.DataFrame
    nothing: pl.DataFrame
    worth: float
    worth_of_nothing: float
    means: Floats
    chances: Floats

    @property
    def increment(self) -> float:
        """What the policy is truly worth over doing nothing, a row."""
        return self.worth - self.worth_of_nothing

    @property
    def least_error(self) -> float:
        """The mean relative error of the increment that no unbiased estimator gets below on so many rows.

        That of DR which is told the true expected rewards: nothing is left but the luck of what happened (the
        efficiency bound of Hahn, 1998). Its error is nearly normal, and a normal's mean size is .80 of its spread.
        """
        rows, taken = np.arange(self.log.height), self.log["action"].replace_strict(_PLACES).to_numpy()
        apart = self.policy.to_numpy() - self.nothing.to_numpy()
        left = self.log["reward"].to_numpy() - self.means[rows, taken]
        score = (apart * self.means).sum(axis=1) + apart[rows, taken] / self.chances[rows, taken] * left
        return float(np.sqrt(2 / np.pi) * score.std() / np.sqrt(len(score)) / abs(self.increment))


def world(rows: int, seed: int) -> World:
    """One log of so many rows."""
    rng = np.random.default_rng(seed)
    accounts = np.repeat(np.arange(rows // TIMES), TIMES)
    drivers = rng.beta(0.8, 2.0, (rows, len(DRIVERS)))
    drivers[:, DRIVERS.index("constant")] = 1.0
    temper = rng.normal(0, 0.4, rows // TIMES)[accounts]
    moves = _moves(drivers, temper)
    belief = Belief.from_priors(PRIORS, moves.slopes)
    shift = np.concatenate([belief.shifts(drivers), np.zeros((rows, 1, 3))], axis=1)
    means = moves.shares(shift).sum(axis=2) + _standing(moves)[:, None]
    chances = _lottery(drivers, belief, rng)
    taken = (chances.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).clip(max=len(NAMES) - 1)
    reward = _happened(moves, shift[np.arange(rows), taken], rng)
    seen = np.clip(drivers + rng.normal(0, 0.10, drivers.shape), 0, 1)
    features = {f"x_{name}": seen[:, n] for n, name in enumerate(DRIVERS) if name != "constant"}
    log = pl.DataFrame(
        {
            "account_id": [f"a{n}" for n in accounts],
            "action": [NAMES[n] for n in taken],
            "reward": reward,
            "propensity": chances[np.arange(rows), taken],
            "x_risk": moves.chances[:, 0] * np.exp(rng.normal(0, 0.3, rows)),
            **features,
        }
    )
    target = _best(Belief.from_priors(PRIORS, moves.slopes), moves, seen)
    nothing = np.eye(len(NAMES))[np.full(rows, len(NAMES) - 1)]
    return World(
        log=log,
        policy=_frame(target),
        nothing=_frame(nothing),
        worth=float((target * means).sum(axis=1).mean()),
        worth_of_nothing=float(means[:, -1].mean()),
        means=means,
        chances=chances,
    )


def _moves(drivers: Floats, temper: Floats) -> Moves:
    """A half-year loss of 4 to 8 %: adoption, champion, friction and use tell who leaves, over-use who grows."""
    of = {name: drivers[:, n] for n, name in enumerate(DRIVERS)}
    leave = -4.2 + 1.2 * (of["low_adoption"] + of["silent_champion"] + of["friction"]) + of["under_use"] + temper
    shrink = -3.2 + 1.2 * of["under_use"] + of["shallow_breadth"]
    grow = -2.6 + 2.0 * of["over_use"] - of["low_adoption"]
    chances = 1.0 / (1.0 + np.exp(-np.column_stack([leave, shrink, grow])))
    return Moves(chances, np.full(len(drivers), 0.35), np.full(len(drivers), 0.30))


def _standing(moves: Moves) -> Floats:
    """The expected change of yearly value if nothing is done, as a share."""
    leave, shrink, grow = moves.chances.T
    return np.asarray(-leave + (1 - leave) * (grow * moves.grow - shrink * moves.shrink))


def _lottery(drivers: Floats, belief: Belief, rng: np.random.Generator) -> Floats:
    """Leans to actions whose drivers it saw, and in two rows of five to doing nothing."""
    seen = np.clip(drivers + rng.normal(0, 0.15, drivers.shape), 0, 1)
    lean = 4.0 * np.abs(belief.shifts(seen)).sum(axis=2) - 1.2
    weight = np.exp(np.column_stack([lean, np.full(len(drivers), 1.0)]))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _best(belief: Belief, moves: Moves, seen: Floats) -> Floats:
    """What the catalogue holds best by what is seen, where it helps most; all or nothing."""
    effects = moves.shares(belief.shifts(seen)).sum(axis=2)
    best = effects.argmax(axis=1)
    most = effects.max(axis=1)
    acts = most > np.quantile(most, 1.0 - HELPED)
    return np.asarray(np.eye(len(NAMES))[np.where(acts, best, len(NAMES) - 1)])


def _happened(moves: Moves, shift: Floats, rng: np.random.Generator) -> Floats:
    """The change of yearly value, as a share, with every probability moved by what was done."""
    odds = moves.chances / (1 - moves.chances) * np.exp(np.array([-1.0, -1.0, 1.0]) * shift)
    leave, shrinks, grows = (rng.random((len(shift), 3)) < odds / (1 + odds)).T
    return np.where(leave, -1.0, grows * moves.grow - shrinks * moves.shrink)


def _frame(values: Floats) -> pl.DataFrame:
    return pl.DataFrame({name: values[:, n] for n, name in enumerate(NAMES)})
