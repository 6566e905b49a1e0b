"""What one quarter of decisions says about the actions: rows, and the sums that a Gaussian belief needs of them.

A row is an account that was decided about. What happened to it, less what was expected, is regressed on which action
was taken, less how likely it was taken: the rows of an R-learner, as in the method's section on the next best action.
The sums are precision, and precision times mean, so that quarters add up and a quarter can be taken out again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from consumption.features.signal import DRIVERS
from consumption.models.belief import GOOD, OUTCOMES, Belief, Floats, Moves
from consumption.models.choosing import chances_of_choice
from consumption.models.threads import one_thread

Ints = NDArray[np.int64]

FOLDS = 5
LEAST_VARIANCE = 0.005  # of a row: keeps an account that could hardly move from outweighing all others
# How far a quarter may lie off what was expected: in probability, in log odds by driver, and by who is likely served
LEVEL_SD, SLOPE_SD, LIKELY_SD = 0.1, 1.0, 0.3


@dataclass(frozen=True, eq=False)
class Quarter:
    """The accounts decided about in one quarter, a row each, with what happened to them.

    `drivers` (rows, drivers). `moves`: made without the row's own outcome, as of the decision. `taken`: which action
    was assigned, -1 for none. `propensities` (rows, actions): how likely each was; a row of NaN where a rep chose by
    himself. `happened` (rows, outcomes): 0 or 1, NaN where it is not known, and for contraction and expansion where
    the account left. `weight`: 1, or less for a surrogate. `account`: numbers that stand for accounts, the same in
    every quarter (each row its own where left out). `worth`: ARR (1 where left out).
    """

    drivers: Floats
    moves: Moves
    taken: Ints
    propensities: Floats
    happened: Floats
    weight: Floats
    account: Ints | None = None
    worth: Floats | None = None

    @property
    def numbers(self) -> Ints:
        """The account of each row."""
        return np.arange(len(self.taken)) if self.account is None else self.account

    @property
    def variance(self) -> Floats:
        """Of each row and outcome: p (1 - p), kept off 0."""
        chances = self.moves.chances
        return np.asarray(np.maximum(chances * (1 - chances), LEAST_VARIANCE), dtype=np.float64)

    @property
    def settled(self) -> bool:
        """Whether no surrogate stands in for an outcome."""
        return not (self.weight < 1).any()

    @cached_property
    def own(self) -> NDArray[np.bool_]:
        """Rows in which a rep chose by himself."""
        return np.asarray(np.isnan(self.propensities).any(axis=1), dtype=np.bool_)

    @cached_property
    def lift(self) -> Floats:
        """Whether an action was taken, less how likely that was: (rows, actions)."""
        taken = (self.taken[:, None] == np.arange(self.propensities.shape[1])).astype(np.float64)
        chance = np.where(self.own[:, None], 0.0, self.propensities)
        if self.own.any():
            chance[self.own] = chances_of_choice(self.drivers[self.own], self.taken[self.own], chance.shape[1])
        return np.asarray(taken - chance, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Sums over rows, by fold and outcome, of the coefficients that `size_of` counts.

    A quarter is wholly in one fold: one plan is carried out in a quarter, so that whom it treats, and what it meets
    in their season, is one piece of luck that all its rows share. `precision` (folds, outcomes, size, size); `pull`
    (folds, outcomes, size): precision times mean; `accounts`: rows that got each action.
    """

    precision: Floats
    pull: Floats
    accounts: Floats

    @classmethod
    def none(cls, actions: int) -> Evidence:
        """Before anything happened."""
        size, outcomes = size_of(actions), len(OUTCOMES)
        return cls(np.zeros((FOLDS, outcomes, size, size)), np.zeros((FOLDS, outcomes, size)), np.zeros(actions))

    @classmethod
    def of(cls, quarter: Quarter, prior: Belief, fold: int) -> Evidence:
        """The sums of one quarter, which belongs to `fold`.

        A step of the log odds moves a probability less the further it goes: its slope is that of the chord to where
        the prior expects each action to lead, so that an action which does what is claimed is found to do so.
        """
        chords = quarter.moves.chords(prior.shifts(quarter.drivers))
        total = cls.none(quarter.propensities.shape[1])
        with one_thread():
            for outcome in range(len(OUTCOMES)):
                rows = ~np.isnan(quarter.happened[:, outcome])
                if rows.any():
                    precision, pull, at = _sums(quarter, rows, outcome, chords[:, :, outcome])
                    total.precision[fold, outcome][np.ix_(at, at)] = precision
                    total.pull[fold, outcome, at] = pull
        np.add.at(total.accounts, quarter.taken[quarter.taken >= 0], 1.0)
        return total

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.precision + other.precision, self.pull + other.pull, self.accounts + other.accounts)


def fold_of(place: int) -> int:
    """The fold of the quarter that came in this place, counted from 0."""
    return place % FOLDS


def size_of(actions: int) -> int:
    """How many coefficients an outcome has: one an action and driver, then an action's bias of reps' own choices."""
    return actions * (len(DRIVERS) + 1)


def _sums(quarter: Quarter, rows: NDArray[np.bool_], outcome: int, chords: Floats) -> tuple[Floats, Floats, Ints]:
    """Precision and pull of some rows, and which coefficients they are of; the quarter's own level integrated out.

    The level may differ by driver, and by what an account was likely to get: those for whom a plan is made are not
    like the others, and where the outcome was expected wrongly for them, that is no merit of their plan.
    """
    drivers, lift, chance = quarter.drivers[rows], quarter.lift[rows], quarter.moves.chances[rows, outcome]
    slope = chance * (1 - chance)
    able = np.flatnonzero(np.abs(lift).max(axis=0) > 0)
    moved = (quarter.happened[rows, outcome] - chance) * GOOD[outcome]
    root = np.sqrt(quarter.weight[rows] / quarter.variance[rows, outcome])
    scaled = lift[:, able] * chords[rows][:, able] * root[:, None]
    own = scaled * quarter.own[rows][:, None]
    design = np.hstack(((scaled[:, :, None] * drivers[:, None, :]).reshape(len(slope), -1), own))
    likely = (quarter.taken[rows, None] == able) - lift[:, able]
    steps = np.column_stack((drivers * SLOPE_SD, likely * LIKELY_SD)) * (slope * root)[:, None]
    level = np.column_stack((root * LEVEL_SD, steps))
    moved = moved * root
    freed = np.linalg.solve(np.eye(level.shape[1]) + level.T @ level, level.T @ np.column_stack((design, moved)))
    both = design.T @ np.column_stack((design, moved)) - design.T @ level @ freed
    return both[:, :-1], both[:, -1], _places(able, lift.shape[1])


def _places(able: Ints, actions: int) -> Ints:
    """Where the coefficients of some actions stand among those of all."""
    drivers = len(DRIVERS)
    of_drivers = (able[:, None] * drivers + np.arange(drivers)).ravel()
    return np.concatenate((of_drivers, actions * drivers + able))


def each_fold(evidence: Evidence) -> Iterator[tuple[int, Evidence]]:
    """Each fold with the sums of all others."""
    for fold in range(FOLDS):
        others = np.arange(FOLDS) != fold
        yield fold, Evidence(evidence.precision[others], evidence.pull[others], evidence.accounts)
