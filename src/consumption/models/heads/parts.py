"""What each signal adds to the log odds of one head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from consumption.models.encoding import Matrix
from consumption.models.logistic import log_odds
from consumption.models.rows import Floats

HeadName = Literal["churn", "move"]
HEADS: tuple[HeadName, ...] = ("churn", "move")
# Far below what is shown: the chance of an account that leaves to grow may well be under one in a million.
FLOOR = 1e-12


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
    start, end = log_odds(base, FLOOR), log_odds(full, FLOOR)
    moved = raw_full - raw_base
    still = np.abs(moved) < 1e-9
    slope = np.where(still, 1.0, (end - start) / np.where(still, 1.0, moved))
    return Parts(start, end, raw_signals * slope[:, None])
