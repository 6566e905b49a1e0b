"""The challengers: an S-learner and a DR-learner on LightGBM, fitted on halves so that each row can be held out.

S-learner: one booster for the outcome, with the action as a feature; an increment is the difference between an action
and none. DR-learner: one booster an action, for the doubly robust score of its increment (Kennedy, 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import lightgbm as lgb
import numpy as np

from consumption.models.encoding import Encoding, Matrix
from consumption.models.heads.boosting import Boosting, Sample, boost
from consumption.models.increments.crossfit import Expected, folds_of, with_actions
from consumption.models.increments.evidence import Ints
from consumption.models.increments.study import Study
from consumption.models.rows import Floats

Learner = Literal["s-learner", "dr-learner"]
LEARNERS: tuple[Learner, ...] = ("s-learner", "dr-learner")
PAIRS = 3
SLOPE_SD = 0.5  # how far what trees say of differences may be too much or too little, as a factor around 1
OUTCOME_TREES = Boosting(rounds_without_validation=120, leaves=5, rows_in_leaf=100, ridge=10.0, columns_tried=0.8)
SCORE_TREES = Boosting(rounds_without_validation=60, leaves=4, rows_in_leaf=200, ridge=50.0, columns_tried=0.8)


@dataclass(frozen=True, eq=False)
class Half:
    """Boosters grown on some of the rows, and how to read increments off them."""

    learner: Learner
    actions: int
    boosters: Sequence[lgb.Booster]

    @classmethod
    def grow(cls, learner: Learner, study: Study, told: Expected, seed: int) -> Half:
        """From all rows of a study."""
        actions = len(study.actions)
        if learner == "s-learner":
            seen = np.ascontiguousarray(np.hstack((study.matrix, study.received)))
            sample = Sample(seen, study.outcome, np.ones(study.rows))
            encoding = with_actions(study.encoding, actions)
            return cls(learner, actions, [_grow(sample, encoding, seed, OUTCOME_TREES)])
        ones = np.ones(study.rows)
        samples = [Sample(study.matrix, told.scores[:, action], ones) for action in range(actions)]
        return cls(learner, actions, [_grow(sample, study.encoding, seed, SCORE_TREES) for sample in samples])

    def increments(self, matrix: Matrix) -> Matrix:
        """The increment of each row and action."""
        if self.learner == "dr-learner":
            return np.column_stack([np.asarray(booster.predict(matrix)) for booster in self.boosters])
        arms = np.empty((len(matrix), self.actions + 1))
        for arm in range(self.actions + 1):
            as_if = np.zeros_like(arms)
            as_if[:, arm] = 1.0
            arms[:, arm] = np.asarray(self.boosters[0].predict(np.hstack((matrix, as_if))))
        return np.asarray(arms[:, :-1] - arms[:, -1:], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class TreeEffects:
    """Pairs of halves, their mean put straight against scores they have not seen.

    An increment is `level + slope x (trees - centre)`, an element an action in each; `level_sd`, `slope_sd`: errors.
    """

    pairs: Sequence[tuple[Half, Half]]
    centre: Floats
    level: Floats
    level_sd: Floats
    slope: Floats
    slope_sd: Floats

    def increments(self, matrix: Matrix) -> Matrix:
        """The expected increment of each row and action."""
        return np.asarray(self.level + self.slope * (self._trees(matrix)[0] - self.centre), dtype=np.float64)

    def spread(self, matrix: Matrix) -> Matrix:
        """The standard deviation of `increments`: of level and slope, and between halves that share no row."""
        trees, between = self._trees(matrix)
        variance = self.level_sd**2 + (self.slope_sd * (trees - self.centre)) ** 2 + self.slope**2 * between
        return np.asarray(np.sqrt(variance), dtype=np.float64)

    def _trees(self, matrix: Matrix) -> tuple[Matrix, Matrix]:
        found = np.array([[half.increments(matrix) for half in pair] for pair in self.pairs])
        between = ((found[:, 0] - found[:, 1]) ** 2 / 4).mean(axis=0)
        return found.mean(axis=(0, 1)), between


def fit_trees(learner: Learner, study: Study, told: Expected, seed: int) -> TreeEffects:
    """A challenger from all rows: several times two halves, each put straight on the other."""
    pairs = []
    unseen = np.zeros((study.rows, len(study.actions)))
    for number in range(PAIRS):
        side = folds_of(study.rows, 2, seed + number)
        first, second = (np.flatnonzero(side == n) for n in (0, 1))
        pair = _half(learner, study, told, first, seed), _half(learner, study, told, second, seed + 1)
        unseen[second] += pair[0].increments(study.matrix[second]) / PAIRS
        unseen[first] += pair[1].increments(study.matrix[first]) / PAIRS
        pairs.append(pair)
    return TreeEffects(pairs, *_straight(unseen, told.scores, study.claims))


def _half(learner: Learner, study: Study, told: Expected, rows: Ints, seed: int) -> Half:
    return Half.grow(learner, study.only(rows), told.only(rows), seed)


def _straight(trees: Matrix, scores: Matrix, claims: Matrix) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Centre, level, slope of each action, with errors: scores on what trees say, slope ~ N(1, SLOPE_SD^2)."""
    centre = trees.mean(axis=0)
    apart = trees - centre
    noise = scores.var(axis=0)
    weight = len(scores) / noise
    claimed = np.where(np.isinf(claims[:, 1]), 0.0, 1 / claims[:, 1] ** 2)
    level = (weight * scores.mean(axis=0) + claimed * claims[:, 0]) / (weight + claimed)
    known = (apart**2).sum(axis=0) / noise
    slope = ((apart * scores).sum(axis=0) / noise + 1 / SLOPE_SD**2) / (known + 1 / SLOPE_SD**2)
    return centre, level, 1 / np.sqrt(weight + claimed), np.maximum(slope, 0.0), 1 / np.sqrt(known + 1 / SLOPE_SD**2)


def _grow(sample: Sample, encoding: Encoding, seed: int, settings: Boosting) -> lgb.Booster:
    return boost(sample, None, encoding, objective="regression", seed=seed, settings=settings)
