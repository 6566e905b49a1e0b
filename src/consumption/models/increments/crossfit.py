"""What was to be expected of each account under each action, from models that have not seen the account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consumption.models.encoding import Encoding, Matrix
from consumption.models.heads.boosting import Boosting, Sample, boost
from consumption.models.increments.evidence import Ints
from consumption.models.increments.study import Study

FOLDS = 3
FEW_ROWS = 5_000
CLIP, CLIP_FEW = 50.0, 10.0  # the largest weight of one row
SHALLOW = Boosting(rounds_without_validation=100, leaves=4, rows_in_leaf=50, ridge=10.0, columns_tried=0.7)


@dataclass(frozen=True, eq=False)
class Expected:
    """Cross-fitted expectations of a study's rows.

    `outcomes` (rows, actions + 1): the outcome under each action and, last, none. `scores` (rows, actions): the
    doubly robust score of each increment, whose mean over any group estimates the group's average increment.
    """

    outcomes: Matrix
    scores: Matrix

    def only(self, rows: Ints) -> Expected:
        """Some of the rows."""
        return Expected(self.outcomes[rows], self.scores[rows])


def folds_of(rows: int, folds: int, seed: int) -> Ints:
    """A fold for each row, as even as can be."""
    return np.asarray(np.random.default_rng([seed, folds]).permutation(rows) % folds, dtype=np.int64)


def expected(study: Study, seed: int) -> Expected:
    """Cross-fitted outcome models, one for all arms together, and the scores that come of them."""
    fold = folds_of(study.rows, FOLDS, seed)
    outcomes = np.empty((study.rows, len(study.actions) + 1))
    for number in range(FOLDS):
        rest, here = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        outcomes[here] = arms(study.only(rest), study.matrix[here], seed + number)
    return Expected(outcomes, _scores(study, outcomes))


def arms(study: Study, matrix: Matrix, seed: int) -> Matrix:
    """The outcome of other rows under each action and, last, none, by a booster that takes the action as a feature.

    What the trees leave of an arm's average (they draw small arms towards the rest) is added back.
    """
    encoding = with_actions(study.encoding, len(study.actions))
    seen = np.hstack((study.matrix, study.received))
    sample = Sample(np.ascontiguousarray(seen), study.outcome, np.ones(study.rows))
    booster = boost(sample, None, encoding, objective="regression", seed=seed, settings=SHALLOW)
    fitted = np.asarray(booster.predict(seen))
    left = ((study.outcome - fitted)[:, None] * study.received).sum(axis=0) / study.received.sum(axis=0)
    found = np.empty((len(matrix), len(study.actions) + 1))
    for arm in range(found.shape[1]):
        as_if = np.zeros((len(matrix), found.shape[1]))
        as_if[:, arm] = 1.0
        found[:, arm] = np.asarray(booster.predict(np.hstack((matrix, as_if)))) + left[arm]
    return found


def with_actions(encoding: Encoding, actions: int) -> Encoding:
    """The encoding of the features with a column of 0 and 1 for each action and none behind them."""
    names = tuple(f"action {number}" for number in range(actions + 1))
    return Encoding((*encoding.columns, *names), encoding.codes)


def _scores(study: Study, outcomes: Matrix) -> Matrix:
    most = CLIP_FEW if study.rows < FEW_ROWS else CLIP
    weight = study.received * np.minimum(1 / np.maximum(study.chances, 1e-9), most)
    robust = outcomes + weight * (study.outcome[:, None] - outcomes)
    return np.asarray(robust[:, :-1] - robust[:, -1:], dtype=np.float64)
