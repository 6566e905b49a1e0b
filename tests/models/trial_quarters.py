"""Quarters in which the truth about the actions is known: accounts drawn at random, treated by lot or by feel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import GOOD, Floats, Moves, Prior
from consumption.models.increments.learning import Posterior, Quarter

SLOPES = np.array([0.1, 0.1, 0.1])
FRICTION = DRIVERS.index("friction")
PRIORS = {
    "training": (Prior("churn", "friction", -0.40, 400),),
    "call": (Prior("churn", "constant", -0.20, 400),),
}


def before() -> Posterior:
    """What the catalogue says: training helps where things get in the way, a call helps everybody."""
    return Posterior.from_priors(PRIORS, SLOPES)


def truth(training: float = 0.0, call: float = 0.0) -> Floats:
    """Coefficients (actions, outcomes, drivers): what training does to churn under friction, and a call anywhere."""
    coefficients = np.zeros((2, 3, len(DRIVERS)))
    coefficients[0, 0, FRICTION], coefficients[1, 0, 0] = training, call
    return coefficients


def quarter(coefficients: Floats, *, rows: int = 8_000, seed: int = 0, chance: float = 0.25) -> Quarter:
    """Accounts that got each of two actions by lot."""
    rng = np.random.default_rng(seed)
    drivers = rng.random((rows, len(DRIVERS)))
    drivers[:, 0] = 1.0
    chances = np.clip(rng.beta(2, 10, (rows, 3)), 0.02, 0.9)
    taken = rng.choice([0, 1, -1], size=rows, p=[chance, chance, 1 - 2 * chance])
    happened = happen(rng, drivers, chances, taken, coefficients)
    moves = Moves(chances, np.full(rows, 0.3), np.full(rows, 0.3))
    return Quarter(
        drivers,
        moves,
        taken,
        np.full((rows, 2), chance),
        happened,
        np.ones(rows),
        account=np.arange(rows) + seed * rows,
    )


def happen(
    rng: np.random.Generator, drivers: Floats, chances: Floats, taken: NDArray[np.int64], coefficients: Floats
) -> Floats:
    """What happens: 0 or 1, NaN for what a lost account can no longer do."""
    shift = np.einsum("nd,amd->nam", drivers, coefficients)
    own = np.where((taken >= 0)[:, None], shift[np.arange(len(taken)), np.maximum(taken, 0)], 0.0)
    odds = chances / (1 - chances) * np.exp(GOOD * own)
    happened = (rng.random(chances.shape) < odds / (1 + odds)).astype(np.float64)
    happened[happened[:, 0] == 1, 1:] = np.nan
    return np.asarray(happened, dtype=np.float64)


def by_feel(quarter_: Quarter) -> Quarter:
    """The same rows as if reps had chosen by themselves."""
    return replace(quarter_, propensities=np.full_like(quarter_.propensities, np.nan))
