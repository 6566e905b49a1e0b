"""Increments as lines of the features with a prior: the closed-form layer, for any study.

The rows are those of the R-learner: the outcome less what was expected, on whether an action was taken less how
likely it was. How far an action's line may tilt, and how much of that tilt is the same for all actions, is learned
from the rows, averaged over a grid: who answers to one action often answers to another, and a line of few rows is
drawn to what all actions have in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from consumption.models.encoding import Matrix
from consumption.models.increments.basis import Basis
from consumption.models.increments.crossfit import Expected
from consumption.models.increments.study import Study
from consumption.models.increments.threads import one_thread
from consumption.models.rows import Floats

TILTS = (0.03, 0.06, 0.12, 0.25, 0.5)  # standard deviation of the part that varies, in those of the outcome
SHARED = (0.0, 0.5, 0.9)  # of that variance, the part that all actions have in common
LEVEL_SD = 0.3  # how far the expected outcome may be off, a column of the basis, in the same unit
LEAST_VARIANCE = 0.005  # of an outcome that happens or not


@dataclass(frozen=True, eq=False)
class LinearEffects:
    """A Gaussian over the lines of all actions: `mean` (actions, width + 1) and its covariance (flat, flat)."""

    basis: Basis
    mean: Matrix
    covariance: Matrix

    def increments(self, matrix: Matrix) -> Matrix:
        """The expected increment of each row and action."""
        return np.asarray(_with_one(self.basis.rows(matrix)) @ self.mean.T, dtype=np.float64)

    def spread(self, matrix: Matrix) -> Matrix:
        """The standard deviation of `increments`."""
        columns, width = _with_one(self.basis.rows(matrix)), self.mean.shape[1]
        found = np.empty((len(matrix), len(self.mean)))
        for action in range(len(self.mean)):
            own = slice(action * width, (action + 1) * width)
            found[:, action] = np.einsum("nd,de,ne->n", columns, self.covariance[own, own], columns, optimize=True)
        return np.sqrt(np.maximum(found, 0.0))


def fit_lines(study: Study, told: Expected) -> LinearEffects:
    """Lines from a study and its cross-fitted expectations."""
    columns = _with_one(study.basis.rows(study.matrix))
    with one_thread():
        rows = _rows(study, told, columns)
        fits = [_fit(study, rows, columns.shape[1], tilt, shared) for tilt in TILTS for shared in _shares(study)]
    shares = softmax(np.array([fit.log_evidence for fit in fits]))
    mean = sum((share * fit.mean for share, fit in zip(shares, fits, strict=True)), np.zeros_like(fits[0].mean))
    spread = np.zeros_like(fits[0].covariance)
    for share, fit in zip(shares, fits, strict=True):
        off = fit.mean - mean
        spread += share * (fit.covariance + np.outer(off, off))
    return LinearEffects(study.basis, mean.reshape(len(study.actions), -1), spread)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Sums over rows: precision, pull, and the pull's own scatter, which need not be what the model expects."""

    precision: Matrix
    pull: Floats
    scatter: Matrix


@dataclass(frozen=True, eq=False)
class _Fit:
    mean: Floats
    covariance: Matrix
    log_evidence: float


def _with_one(columns: Matrix) -> Matrix:
    return np.hstack((np.ones((len(columns), 1)), columns))


def _rows(study: Study, told: Expected, columns: Matrix) -> _Rows:
    middle = (told.outcomes * study.chances).sum(axis=1)
    root = 1 / np.sqrt(_variance(study, middle))
    lift = (study.received - study.chances)[:, :-1]
    design = (lift[:, :, None] * columns[:, None, :]).reshape(study.rows, -1) * root[:, None]
    off = (study.outcome - middle) * root
    level = columns * (root * LEVEL_SD * study.outcome.std())[:, None]
    freed = np.linalg.solve(np.eye(level.shape[1]) + level.T @ level, level.T @ np.column_stack((design, off)))
    design_left, off_left = design - level @ freed[:, :-1], off - level @ freed[:, -1]
    scattered = design_left * _scatter(design_left, off_left)[:, None]
    return _Rows(design_left.T @ design, design_left.T @ off, scattered.T @ scattered)


def _scatter(design: Matrix, off: Floats) -> Floats:
    """What is left of each row by a light fit, in standard deviations."""
    ridge = np.eye(design.shape[1]) * 10.0
    return np.asarray(off - design @ np.linalg.solve(design.T @ design + ridge, design.T @ off), dtype=np.float64)


def _variance(study: Study, middle: Floats) -> Floats:
    if study.binary:
        bounded = np.clip(middle, 0.0, 1.0)
        return np.asarray(np.maximum(bounded * (1 - bounded), LEAST_VARIANCE), dtype=np.float64)
    return np.full(study.rows, max(float(np.var(study.outcome - middle)), 1e-12))


def _shares(study: Study) -> tuple[float, ...]:
    """A single action has nothing in common with others."""
    return SHARED if len(study.actions) > 1 else SHARED[:1]


def _fit(study: Study, rows: _Rows, width: int, tilt: float, shared: float) -> _Fit:
    """The closed form for one width of the prior; covariance as the rows scatter, where that is more."""
    unit = study.outcome.std() or 1.0
    prior, start = _prior(study, width, tilt * unit / np.sqrt(max(width - 1, 1)), shared, unit)
    spread = np.linalg.inv(prior + rows.precision)
    pull = prior @ start + rows.pull
    mean = spread @ pull
    evidence = 0.5 * (np.linalg.slogdet(spread)[1] + np.linalg.slogdet(prior)[1])
    evidence += 0.5 * (mean @ pull - start @ prior @ start)
    return _Fit(mean, spread @ (rows.scatter + prior) @ spread, float(evidence))


def _prior(study: Study, width: int, tilt: float, shared: float, unit: float) -> tuple[Matrix, Floats]:
    """Precision and mean of all coefficients: the claims about the averages, and lines that may tilt by `tilt`."""
    actions = np.arange(len(study.actions))
    among = np.linalg.inv(tilt**2 * ((1 - shared) * np.eye(len(actions)) + shared))
    precision = np.einsum("ab,jk->ajbk", among, np.eye(width))
    start = np.zeros((len(actions), width))
    mean, sd = study.claims.T
    precision[:, 0, :, 0] = np.diag(1 / np.minimum(sd, unit) ** 2)
    start[:, 0] = mean
    return precision.reshape(start.size, start.size), start.ravel()
