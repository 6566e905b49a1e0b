"""Contributions of two heads to one probability, so that they add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from consumption.models.encoding import Matrix
from consumption.models.logistic import log_odds
from consumption.models.model import motion_probability
from consumption.models.motion import Motion
from consumption.models.rows import Floats

# Along the line from base to account the slopes are smooth: 24 nodes leave an error far below what is shown.
_NODES, _SHARES = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, eq=False)
class Parts:
    """One head's calibrated log odds, before (`base`) and after (`full`) what the signals add (a column a signal)."""

    base: Floats
    full: Floats
    signals: Matrix


def calibrated(raw_base: Floats, raw_full: Floats, base: Floats, full: Floats, raw_signals: Matrix) -> Parts:
    """Raw contributions on the scale of calibrated log odds.

    Calibration is a rising curve of the raw log odds, so each contribution is stretched by the curve's mean slope
    between base and account; `base` and `full` are the calibrated probabilities at the two.
    """
    start, end = log_odds(base), log_odds(full)
    moved = raw_full - raw_base
    still = np.abs(moved) < 1e-9
    slope = np.where(still, 1.0, (end - start) / np.where(still, 1.0, moved))
    return Parts(start, end, raw_signals * slope[:, None])


def combine(motion: Motion, churn: Parts, move: Parts) -> Parts:
    """Both heads' contributions to the log odds of the motion's probability.

    Its log odds L are a function of the two heads' log odds. Each head's contributions are weighted by the mean of
    dL/d(head) along the straight line from base to account (Aumann and Shapley), so that they add up to the
    difference: help p_c / P and p_k / P; expand -p_c / (1 - P) and (1 - p_e) / (1 - P).
    """
    weight_churn, weight_move = np.zeros_like(churn.base), np.zeros_like(churn.base)
    for node, share in zip((_NODES + 1.0) / 2.0, _SHARES / 2.0, strict=True):
        p_churn = expit(churn.base + node * (churn.full - churn.base))
        p_move = expit(move.base + node * (move.full - move.base))
        slope_churn, slope_move = _slopes(motion, p_churn, p_move)
        weight_churn += share * slope_churn
        weight_move += share * slope_move
    return Parts(
        log_odds(motion_probability(motion, expit(churn.base), expit(move.base))),
        log_odds(motion_probability(motion, expit(churn.full), expit(move.full))),
        churn.signals * weight_churn[:, None] + move.signals * weight_move[:, None],
    )


def _slopes(motion: Motion, p_churn: Floats, p_move: Floats) -> tuple[Floats, Floats]:
    both = motion_probability(motion, p_churn, p_move)
    if motion == "help":
        return p_churn / both, p_move / both
    return -p_churn / (1.0 - both), (1.0 - p_move) / (1.0 - both)
