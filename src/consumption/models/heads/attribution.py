"""Contributions of two heads to one probability, so that they add up."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from consumption.models.encoding import Matrix
from consumption.models.heads.parts import FLOOR, Parts
from consumption.models.logistic import log_odds
from consumption.models.model import motion_probability
from consumption.models.motion import Motion
from consumption.models.rows import Floats

# Along the line from base to account the slopes are smooth: 24 nodes leave an error far below what is shown.
_NODES, _SHARES = np.polynomial.legendre.leggauss(24)


def combine(motion: Motion, churn: Parts, move: Parts) -> Parts:
    """Both heads' contributions to the log odds of the motion's probability; both have the same columns.

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
    base, full = (
        log_odds(motion_probability(motion, expit(one), expit(other)), FLOOR)
        for one, other in ((churn.base, move.base), (churn.full, move.full))
    )
    signals = churn.signals * weight_churn[:, None] + move.signals * weight_move[:, None]
    return Parts(base, full, _exactly(signals, full - base))


def _slopes(motion: Motion, p_churn: Floats, p_move: Floats) -> tuple[Floats, Floats]:
    both = motion_probability(motion, p_churn, p_move)
    if motion == "help":
        return p_churn / both, p_move / both
    return -p_churn / (1.0 - both), (1.0 - p_move) / (1.0 - both)


def _exactly(signals: Matrix, wanted: Floats) -> Matrix:
    """What the nodes left over, shared out by size."""
    sizes = np.abs(signals)
    whole = sizes.sum(axis=1)
    left = np.divide(wanted - signals.sum(axis=1), whole, out=np.zeros_like(whole), where=whole > 0.0)
    exact: Matrix = signals + sizes * left[:, None]
    return exact
