"""What one quarter of decisions says about the actions: rows, and the sums that a Gaussian belief needs of them.

A row is an account that was decided about. What happened to it, less what was expected if nobody did anything, is
regressed on which action was assigned. What was expected may be wrong, by driver and for those who are likely served;
both are unknowns of the quarter, of limited size, and are integrated out. Were their size not limited, this would be
the R-learner of the method's section on the next best action, which leaves to the expectation all that can be told
from whom a plan is made for; with a plan that is nearly certain, that is nine tenths of what can be known.
The sums are precision, and precision times mean, so that quarters add up and a quarter can be taken out again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import GOOD, OUTCOMES, Belief, Floats, Moves
from consumption.models.increments.choosing import chances_of_choice
from consumption.models.increments.threads import one_thread

Ints = NDArray[np.int64]

FOLDS = 5
LEAST_VARIANCE = 0.005  # of a row: keeps an account that could hardly move from outweighing all others
# How far a quarter may lie off what was expected: in probability; and in log odds by driver, for those who are likely
# served, and by what they are likely to get
LEVEL_SD, SLOPE_SD, SERVED_SD, LIKELY_SD = 0.1, 1.0, 1.0, 0.2
BIAS_SD = 0.5  # of what a rep knew when he chose, in log odds


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
    def likely(self) -> Floats:
        """How likely each action was: (rows, actions); for reps' own choices as a logistic of the drivers says."""
        chance = np.where(self.own[:, None], 0.0, self.propensities)
        if self.own.any():
            chance[self.own] = chances_of_choice(self.drivers[self.own], self.taken[self.own], chance.shape[1])
        return np.asarray(chance, dtype=np.float64)

    @cached_property
    def given(self) -> Floats:
        """Which action was assigned, 0 or 1; where a rep chose, less how likely that was: (rows, actions)."""
        taken = (self.taken[:, None] == np.arange(self.propensities.shape[1])).astype(np.float64)
        return np.asarray(np.where(self.own[:, None], taken - self.likely, taken), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Weighed:
    """Rows of a quarter in which an outcome is known, each over its noise, and the quarter's own level.

    `rows`: which they are; `root`: one over the noise of each. `level` (rows, unknowns): what each unknown of the
    quarter would add, in its standard deviations; `freed`: the inverse of 1 + level' level.
    """

    rows: Ints
    root: Floats
    level: Floats
    freed: Floats

    @classmethod
    def of(cls, quarter: Quarter, outcome: int, among: NDArray[np.bool_]) -> Weighed:
        """The rows `among` all. The level may differ by driver, and by what an account was likely to get."""
        rows = np.flatnonzero(among & ~np.isnan(quarter.happened[:, outcome]))
        chance = quarter.moves.chances[rows, outcome]
        root = np.sqrt(quarter.weight[rows] / quarter.variance[rows, outcome])
        likely = quarter.likely[rows]
        likely = likely[:, likely.max(axis=0, initial=0.0) > 0]
        served = likely.sum(axis=1, keepdims=True)
        steps = np.hstack((quarter.drivers[rows] * SLOPE_SD, served * SERVED_SD, likely * LIKELY_SD))
        steps *= (chance * (1 - chance))[:, None]
        level = np.column_stack((np.full(len(rows), LEVEL_SD), steps)) * root[:, None]
        return cls(rows, root, level, np.linalg.inv(np.eye(level.shape[1]) + level.T @ level))

    def moved(self, quarter: Quarter, outcome: int) -> Floats:
        """What happened less what was expected, towards us."""
        apart = quarter.happened[self.rows, outcome] - quarter.moves.chances[self.rows, outcome]
        return np.asarray(apart * GOOD[outcome], dtype=np.float64)


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
        total = cls.none(quarter.propensities.shape[1])
        acts = np.flatnonzero((quarter.given != 0).any(axis=1))
        chords = np.zeros((len(quarter.taken), len(prior.actions), len(OUTCOMES)))
        chords[acts] = quarter.moves.only(acts).chords(prior.shifts(quarter.drivers[acts]))
        with one_thread():
            for outcome in range(len(OUTCOMES)):
                if not np.isnan(quarter.happened[:, outcome]).all():
                    precision, pull, at = _sums(quarter, outcome, chords[:, :, outcome])
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


def _sums(quarter: Quarter, outcome: int, chords: Floats) -> tuple[Floats, Floats, Ints]:
    """Precision and pull, and which coefficients they are of; the quarter's own level integrated out.

    Only rows that were given something have a design; the others tell the level.
    """
    of = Weighed.of(quarter, outcome, np.ones(len(quarter.taken), dtype=bool))
    acts = np.flatnonzero((quarter.given[of.rows] != 0).any(axis=1))
    rows = of.rows[acts]
    able = np.flatnonzero((quarter.given[rows] != 0).any(axis=0))
    scaled = quarter.given[rows][:, able] * chords[rows][:, able] * of.root[acts][:, None]
    own = scaled * quarter.own[rows][:, None]
    design = np.hstack(((scaled[:, :, None] * quarter.drivers[rows][:, None, :]).reshape(len(rows), -1), own))
    moved = of.moved(quarter, outcome) * of.root
    shared = of.level[acts].T @ design
    taken_off = shared.T @ of.freed @ np.column_stack((shared, of.level.T @ moved))
    both = design.T @ np.column_stack((design, moved[acts])) - taken_off
    return both[:, :-1], both[:, -1], _places(able, quarter.propensities.shape[1])


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
