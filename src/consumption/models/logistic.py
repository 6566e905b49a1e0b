"""Logistic regression towards a prior, with signs: for calibration and for the rule, where data are few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from consumption.models.rows import Floats

FLOOR = 1e-6


def fit_logistic(
    design: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    happened: Floats,
    weights: Floats,
    *,
    prior: Floats,
    sd: Floats,
    bounds: Sequence[tuple[float | None, float | None]],
) -> Floats:
    """The coefficients most probable given the rows and independent normal priors (`prior`, `sd`; infinite: none).

    `design`: a row a row, a column a coefficient. `bounds` keep signs that business law gives.
    """
    precision = np.where(np.isinf(sd), 0.0, 1.0 / np.square(sd))

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        odds = design @ coefficients
        off = coefficients - prior
        likelihood = weights @ (happened * log_expit(odds) + (1.0 - happened) * log_expit(-odds))
        slope = design.T @ (weights * (expit(odds) - happened)) + precision * off
        return float(0.5 * (precision * off) @ off - likelihood), slope

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=list(bounds)).x, dtype=np.float64)


def log_odds(probability: Floats, floor: float = FLOOR) -> Floats:
    """The logit, kept finite: of probabilities no nearer to 0 or 1 than `floor`."""
    return np.asarray(logit(np.clip(probability, floor, 1.0 - floor)), dtype=np.float64)


def probability(odds: Floats) -> Floats:
    """The probability of log odds."""
    return np.asarray(expit(odds), dtype=np.float64)
