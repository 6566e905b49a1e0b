"""The policy value of each way to learn increments, on rows it has not seen: the ground on which one is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumption.models.encoding import Matrix
from consumption.models.increments.crossfit import FOLDS, Expected, folds_of
from consumption.models.increments.learners import LEARNERS, Half
from consumption.models.increments.linear_effects import fit_lines
from consumption.models.increments.study import Study
from consumption.models.rows import Floats

LAYER = "layer"


@dataclass(frozen=True)
class PolicyValue:
    """What serving accounts by one method would bring an account, averaged over how many can be served.

    `gain`: over the layer, with its standard error, both from the same rows.
    """

    method: str
    value: float
    gain: float
    standard_error: float


def policy_values(study: Study, told: Expected, seed: int, layer: Matrix | None = None) -> tuple[PolicyValue, ...]:
    """The cross-validated policy value of the layer, then of each challenger.

    `layer` (rows, actions): what it says of each row, learned without that row; None: lines that are fitted here.
    A policy gives the accounts with the largest increments their best action, as far as it goes; what helps nobody is
    left alone, and nobody is given what had no chance: of that the log says nothing, and a score would be what trees
    make of others. Its value is the mean of the doubly robust scores it picks, averaged over all shares of accounts.
    """
    fold = folds_of(study.rows, FOLDS, seed + 1)
    earned = {method: np.zeros(study.rows) for method in (LAYER, *LEARNERS)}
    for number in range(FOLDS):
        rest, here = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        part, part_told = study.only(rest), told.only(rest)
        matrix, scores, reach = study.matrix[here], told.scores[here], study.chances[here, :-1] > 0
        lines = fit_lines(part, part_told).increments(matrix) if layer is None else layer[here]
        earned[LAYER][here] = served(lines, scores, reach)
        for learner in LEARNERS:
            half = Half.grow(learner, part, part_told, seed + number)
            earned[learner][here] = served(half.increments(matrix), scores, reach)
    return tuple(_value(method, row, earned[LAYER]) for method, row in earned.items())


def served(increments: Matrix, scores: Matrix, reach: NDArray[np.bool_]) -> Floats:
    """What each row adds to the value of the policy of `increments`: score x share of policies that serve it.

    `reach`: whether an account had a chance of an action.
    """
    rows = np.arange(len(increments))
    increments = np.where(reach, increments, -np.inf)
    best = increments.argmax(axis=1)
    most = increments[rows, best]
    rank = np.empty(len(rows))
    rank[np.argsort(-most, kind="stable")] = (rows + 0.5) / len(rows)
    return np.asarray(np.where(most > 0, 1 - rank, 0.0) * scores[rows, best], dtype=np.float64)


def _value(method: str, own: Floats, layer: Floats) -> PolicyValue:
    apart = own - layer
    return PolicyValue(method, float(own.mean()), float(apart.mean()), float(apart.std() / np.sqrt(len(apart))))
