"""How likely each action was chosen where nobody wrote it down: a multinomial logistic of what was known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from consumption.models.encoding import Matrix
from consumption.models.increments.belief import Floats
from consumption.models.increments.threads import one_thread

RIDGE = 1.0
FOLDS = 5
LEAST_CHANCE = 0.01


def chances_of_choice(drivers: Floats, taken: NDArray[np.int64], actions: int) -> Floats:
    """The chance of each action (rows, actions), given the drivers; an action nobody chose has none.

    Fitted on the rows themselves, with the coefficients drawn to 0, so that what is left over is what the drivers do
    not explain.
    """
    seen, chosen = np.unique(taken, return_inverse=True)
    chance = np.zeros((len(taken), actions))
    fitted = softmax(drivers @ _coefficients(drivers, chosen, len(seen)), axis=1)
    real = seen >= 0
    chance[:, seen[real]] = fitted[:, real]
    return chance


def crossfitted_chances(matrix: Matrix, taken: NDArray[np.int64], actions: int, seed: int) -> Matrix:
    """The chance of each action and, last, of none, each row by a model that has not seen it.

    `matrix`: the features as columns of a linear model (`Basis.rows`). Kept off 0 and 1 by LEAST_CHANCE.
    """
    places = np.where(taken < 0, actions, taken)
    fold = np.random.default_rng([seed, 17]).permutation(len(taken)) % FOLDS
    chances = np.empty((len(taken), actions + 1))
    ones = np.ones((len(taken), 1))
    design = np.hstack((ones, matrix))
    for number in range(FOLDS):
        rest = fold != number
        found = _coefficients(design[rest], places[rest], actions + 1)
        chances[~rest] = softmax(design[~rest] @ found, axis=1)
    bounded = np.clip(chances, LEAST_CHANCE, 1.0)
    return np.asarray(bounded / bounded.sum(axis=1, keepdims=True), dtype=np.float64)


def _coefficients(drivers: Floats, chosen: NDArray[np.int64], kinds: int) -> Floats:
    shape = (drivers.shape[1], kinds)
    happened = np.eye(kinds)[chosen]

    def loss(flat: Floats) -> tuple[float, Floats]:
        coefficients = flat.reshape(shape)
        logs = log_softmax(drivers @ coefficients, axis=1)
        slope = drivers.T @ (np.exp(logs) - happened) + RIDGE * coefficients
        return float(0.5 * RIDGE * flat @ flat - (happened * logs).sum()), slope.ravel()

    with one_thread():
        found = minimize(loss, np.zeros(shape[0] * kinds), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x.reshape(shape), dtype=np.float64)
