"""Whether what the catalogue claims of each action is about right, idle, or anything: weighed by what happened.

A claim that is out by a little is not what hurts: an action that is praised and does nothing is. A belief that lets
every claim drift is drawn to whatever had luck; so each action is one of three, and how many are of which is learned
from all of them. What is believed is the mean over the three, near the claim until much speaks against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import DRIVER_SD, INTERCEPT_SD, OUTCOMES, Belief, Floats
from consumption.models.increments.evidence import BIAS_SD, Evidence
from consumption.models.increments.threads import one_thread

RIGHT_SD, IDLE_SD = 0.2, 0.4  # of gamma: about 1 where a claim is right, about 0 where it is idle
# Claims that are right, idle, and neither (then only the accounts they are worth bound gamma): a Dirichlet prior.
BEFORE = np.array([4.0, 1.0, 0.05])
IDLE = 1
SWEEPS = 6  # over the actions, one after the other; after four nothing moves that a plan would notice


@dataclass(frozen=True, eq=False)
class Trusted:
    """What is believed of the actions, and how likely each of their claims is idle."""

    belief: Belief
    idle: Floats


def trusted(prior: Belief, evidence: Evidence) -> Trusted:
    """The catalogue and the evidence of all folds of `evidence`; without any evidence, the catalogue."""
    precision, pull = evidence.precision.sum(axis=0), evidence.pull.sum(axis=0)
    if not precision.any():
        return Trusted(prior, np.zeros(len(prior.actions)))
    weighing = _Weighing.begin(prior, precision, pull)
    with one_thread():
        for _ in range(SWEEPS):
            weighing.sweep()
    return Trusted(Belief(prior.actions, *weighing.belief), weighing.chance[:, IDLE])


@dataclass
class _Weighing:
    """The actions, each fitted as every kind while what is believed of the others is held.

    The coefficients of an action and outcome are those of the drivers, then the bias of reps' own choices, as many as
    `known`. `centre` (actions, kinds, outcomes, known) and `stiff`, their precision. `mean` (actions, outcomes,
    known); `chance` (actions, kinds).
    """

    precision: Floats
    pull: Floats
    centre: Floats
    stiff: Floats
    mean: Floats
    covariance: Floats
    chance: Floats

    @classmethod
    def begin(cls, prior: Belief, precision: Floats, pull: Floats) -> _Weighing:
        """With what the catalogue says."""
        claimed = np.pad(prior.mean, ((0, 0), (0, 0), (0, 1)))
        centre = np.stack((claimed, np.zeros_like(claimed), claimed), axis=1)
        width = _widths(prior)
        chance = np.tile(BEFORE / BEFORE.sum(), (len(prior.actions), 1))
        stiff = np.asarray(np.linalg.inv(width), dtype=np.float64)
        return cls(precision, pull, centre, stiff, claimed.copy(), width[:, -1], chance)

    @property
    def belief(self) -> tuple[Floats, Floats]:
        """Mean and covariance of the drivers' coefficients."""
        return self.mean[..., :-1].copy(), self.covariance[..., :-1, :-1].copy()

    def sweep(self) -> None:
        """Every action once, with as many of each kind as the others are."""
        for action in range(len(self.mean)):
            others = BEFORE + self.chance.sum(axis=0) - self.chance[action]
            self._weigh(action, np.log(others / others.sum()))

    def _weigh(self, action: int, before: Floats) -> None:
        drivers, actions = len(DRIVERS), len(self.mean)
        own = np.append(np.arange(action * drivers, (action + 1) * drivers), actions * drivers + action)
        rows = self.precision[:, own]
        known = rows[:, :, own]
        told = self.pull[:, own] - _times(rows, self._flat()) + _times(known, self.mean[action])
        stiff, centre = self.stiff[action], self.centre[action]
        spread = np.linalg.inv(stiff + known)
        drawn = _times(stiff, centre) + told
        mean = _times(spread, drawn)
        fits = (
            np.linalg.slogdet(spread @ stiff)[1] + (drawn * mean).sum(-1) - (centre * _times(stiff, centre)).sum(-1)
        )
        chance = softmax(before + 0.5 * fits.sum(axis=1))
        self.chance[action] = chance
        self.mean[action] = np.einsum("k,kmd->md", chance, mean)
        apart = mean - self.mean[action]
        spread = spread + apart[..., :, None] * apart[..., None, :]
        self.covariance[action] = np.einsum("k,kmde->mde", chance, spread)

    def _flat(self) -> Floats:
        """All coefficients of each outcome, in the order of the evidence."""
        of_drivers = self.mean[..., :-1].transpose(1, 0, 2).reshape(len(OUTCOMES), -1)
        return np.hstack((of_drivers, self.mean[..., -1].T))


def _widths(prior: Belief) -> Floats:
    """Covariances (actions, kinds, outcomes, known, known) of right claims, of idle ones, and of all others.

    A claim that is worth so many accounts that it would be surer than RIGHT_SD keeps its own width.
    """
    noise = np.eye(len(DRIVERS)) * DRIVER_SD**2
    noise[0, 0] += INTERCEPT_SD**2
    outer = prior.mean[..., :, None] * prior.mean[..., None, :]
    size = (prior.mean**2).sum(axis=-1)
    said = np.einsum("amd,amde,ame->am", prior.mean, prior.covariance - noise, prior.mean)
    gamma = np.divide(said, size**2, out=np.zeros_like(said), where=size > 0)
    right = np.minimum(np.maximum(gamma, 0.0), RIGHT_SD**2)[..., None, None] * outer + noise
    kinds = np.stack((right, IDLE_SD**2 * outer + noise, prior.covariance), axis=1)
    wide = np.pad(kinds, ((0, 0),) * 3 + ((0, 1),) * 2)
    wide[..., -1, -1] = BIAS_SD**2
    return wide


def _times(matrices: Floats, vectors: Floats) -> Floats:
    return np.asarray((matrices @ vectors[..., None])[..., 0], dtype=np.float64)
