"""What was to be expected of accounts if nobody did anything, from what others did in the same quarter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from consumption.models.encoding import Matrix
from consumption.models.increments.belief import OUTCOMES, Floats, Moves
from consumption.models.increments.evidence import Ints
from consumption.models.increments.threads import one_thread
from consumption.models.logistic import fit_logistic, log_odds, probability

FOLDS = 5
LEVEL_SD, SLOPE_SD = 1.0, 0.5  # how far a quarter may lie off what was said: in log odds, and by what was known


def crossfitted(said: Moves, drivers: Floats, happened: Floats, account: Ints, taken: Ints) -> Moves:
    """`said` corrected by what happened: a logistic of it and of the drivers, each account by a fit without it.

    What was said may come from a rule, or look further ahead than `happened` does; the sizes stay as they are.
    `happened`, `taken` as in `Quarter`: what actions did on average is told apart from what was to come anyway.
    `account`: numbers, equal where rows are of one account.
    """
    fold = account % FOLDS
    chances = said.chances.copy()
    for outcome in range(len(OUTCOMES)):
        odds = log_odds(said.chances[:, outcome])
        design: Matrix = np.column_stack((np.ones(len(odds)), odds, drivers[:, 1:], taken >= 0))
        known = ~np.isnan(happened[:, outcome])
        for number in range(FOLDS):
            rest, here = known & (fold != number), fold == number
            if here.any() and rest.any():
                with one_thread():
                    found = _fit(design[rest], happened[rest, outcome])
                chances[here, outcome] = probability(design[here, :-1] @ found[:-1])
    return replace(said, chances=np.clip(chances, 1e-6, 1 - 1e-6))


def _fit(design: Matrix, happened: Floats) -> Floats:
    """Coefficients of the level, of what was said, of the drivers and of acting; without rows, what was said."""
    width = design.shape[1]
    prior = np.eye(width)[1]
    sd = np.full(width, SLOPE_SD)
    sd[0] = LEVEL_SD
    return fit_logistic(design, happened, np.ones(len(happened)), prior=prior, sd=sd, bounds=[(None, None)] * width)
