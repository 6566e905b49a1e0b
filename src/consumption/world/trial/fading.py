"""How what an action brings builds up over weeks, and fades."""

from __future__ import annotations

import numpy as np

from consumption.world.arrays import Floats

BUILDS_UP = 0.25  # of what is still to come, arrives each week
FADES = 0.035  # of what has arrived, is lost each week


def remains(weeks: Floats | float) -> Floats:
    """The share of what had arrived that is still there after so many weeks."""
    return np.asarray((1.0 - FADES) ** np.asarray(weeks, dtype=np.float64))


def waits(weeks: Floats | float) -> Floats:
    """The share of what was still to come that has not arrived after so many weeks."""
    return np.asarray((1.0 - BUILDS_UP) ** np.asarray(weeks, dtype=np.float64))


def arrived(weeks: Floats | float) -> Floats:
    """The share of what was still to come that is there after so many weeks: arrived, and not yet lost."""
    build, fade = 1.0 - BUILDS_UP, 1.0 - FADES
    weeks = np.asarray(weeks, dtype=np.float64)
    return np.asarray(BUILDS_UP * (fade**weeks - build**weeks) / (fade - build))
