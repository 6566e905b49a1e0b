"""What each action changes for each account: the catalogue's priors, and later what was learned, as increments.

An action moves the odds of churn, contraction and expansion through the drivers it works on. What is believed about
it is a Gaussian over one coefficient a driver, for each outcome; the catalogue states its mean in words. The formulas
are those of the method's section on the next best action.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.features.signal import DRIVERS

Floats = NDArray[np.float64]

OUTCOMES = ("churn", "contraction", "expansion")
GOOD = np.array([-1.0, -1.0, 1.0])  # the direction in which a positive coefficient moves each outcome's odds
INTERCEPT_SD = 0.05
DRIVER_SD = 0.03
LEAST_TRUST = 1.0  # the largest standard deviation of gamma: no claim is doubted by more than its own size
Z_95 = 1.959964


@dataclass(frozen=True)
class Prior:
    """What the catalogue says of one action: it changes the odds of `outcome` by `odds` where `driver` is full.

    `odds` of -0.30 cuts the odds by 30 %. `accounts`: how many accounts of evidence that claim is worth.
    """

    outcome: str
    driver: str
    odds: float
    accounts: float


@dataclass(frozen=True)
class Moves:
    """The probabilities and sizes that an action acts on, an element an account.

    `chances` has a column for each of churn, contraction and expansion (the last two given that the account stays);
    `shrink` and `grow` are the sizes of a contraction and an expansion, as shares of ARR.
    """

    chances: Floats
    shrink: Floats
    grow: Floats

    @classmethod
    def of(cls, ranked: pl.DataFrame) -> Self:
        """From the RANKED frame, in its order."""
        chances = np.array([ranked[f"p_{outcome}"].to_numpy() for outcome in OUTCOMES]).T.astype(np.float64)
        return cls(
            np.clip(chances, 1e-6, 1 - 1e-6), ranked["s_contraction"].to_numpy(), ranked["s_expansion"].to_numpy()
        )

    @property
    def slopes(self) -> Floats:
        """How much a step of the logit moves each outcome's probability, on average over the accounts."""
        return np.asarray((self.chances * (1 - self.chances)).mean(axis=0), dtype=np.float64)

    @property
    def prices(self) -> Floats:
        """What one more unit of each outcome's probability does to the share of ARR kept."""
        churn, contraction, expansion = self.chances.T
        return np.column_stack(
            (
                -1 - self.grow * expansion + self.shrink * contraction,
                -(1 - churn) * self.shrink,
                (1 - churn) * self.grow,
            )
        )

    def only(self, rows: NDArray[np.int64]) -> Moves:
        """Those of some accounts."""
        return Moves(self.chances[rows], self.shrink[rows], self.grow[rows])

    def shares(self, shifts: Floats) -> Floats:
        """The share of ARR that logit shifts bring, split by outcome.

        `shifts` has shape (accounts, actions, outcomes), positive is good for us; the result has the same shape.
        """
        chance, shift = self.chances[:, None, :], GOOD * shifts
        return np.asarray(_moved(chance, shift) * self.prices[:, None, :], dtype=np.float64)

    def chords(self, shifts: Floats) -> Floats:
        """How far a step of the logit moves each outcome towards us, on the way to `shifts`; shapes as there.

        The slope p (1 - p) where a shift is 0, and less the further it goes towards fewer losses.
        """
        chance = self.chances[:, None, :]
        far = np.abs(shifts) > 1e-6
        shift = np.where(far, GOOD * shifts, 1.0)
        return np.asarray(np.where(far, _moved(chance, shift) / shift, chance * (1 - chance)), dtype=np.float64)


@dataclass(frozen=True)
class Belief:
    """What is believed about a set of actions: a Gaussian over the coefficients of the drivers.

    `mean` has shape (actions, outcomes, drivers), `covariance` one more axis of drivers. Learning replaces both;
    everything below stays the same.
    """

    actions: tuple[str, ...]
    mean: Floats
    covariance: Floats

    @classmethod
    def from_priors(cls, priors: Mapping[str, Sequence[Prior]], slopes: Floats) -> Self:
        """The catalogue before anything was learned; `slopes` as `Moves.slopes`.

        gamma ~ N(1, 1 / (n v b0^2)) scales all that one action claims of one outcome, n v b0^2 summed over the
        drivers it names; the variance is at most 1, or a small claim would be a licence to learn a large one.
        u ~ N(0, .05^2) and delta ~ N(0, .03^2) stand for what the catalogue does not say.
        """
        size = len(DRIVERS)
        mean = np.zeros((len(priors), len(OUTCOMES), size))
        evidence = np.zeros((len(priors), len(OUTCOMES)))
        for row, said in enumerate(priors.values()):
            for prior in said:
                outcome = OUTCOMES.index(prior.outcome)
                coefficient = GOOD[outcome] * np.log1p(prior.odds)
                mean[row, outcome, DRIVERS.index(prior.driver)] += coefficient
                evidence[row, outcome] += prior.accounts * slopes[outcome] * coefficient**2
        spread = np.divide(1.0, evidence, out=np.zeros_like(evidence), where=evidence > 0)
        spread = np.minimum(spread, LEAST_TRUST**2)
        scaled = spread[:, :, None, None] * mean[:, :, :, None] * mean[:, :, None, :]
        noise = np.eye(size) * DRIVER_SD**2
        constant = DRIVERS.index("constant")
        noise[constant, constant] += INTERCEPT_SD**2
        return cls(tuple(priors), mean, scaled + noise)

    def shifts(self, drivers: Floats) -> Floats:
        """The expected logit shift of each account, action and outcome; `drivers` has a column a driver."""
        flat = _times(drivers, self.mean.reshape(-1, len(DRIVERS)))
        return np.asarray(flat.reshape(len(drivers), *self.mean.shape[:2]), dtype=np.float64)

    def spread(self, drivers: Floats) -> Floats:
        """The standard deviation of `shifts`."""
        pairs = (drivers[:, :, None] * drivers[:, None, :]).reshape(len(drivers), -1)
        flat = _times(pairs, self.covariance.reshape(-1, len(DRIVERS) ** 2))
        return np.sqrt(np.maximum(flat, 0)).reshape(len(drivers), *self.mean.shape[:2])

    def draw(self, rng: np.random.Generator) -> Belief:
        """One draw of all coefficients, as a belief without doubt: the effects under it are a Thompson draw."""
        values, vectors = np.linalg.eigh(self.covariance)
        roots = vectors * np.sqrt(np.maximum(values, 0))[..., None, :]
        noise = rng.standard_normal(self.mean.shape)
        return Belief(
            self.actions, self.mean + np.einsum("amde,ame->amd", roots, noise), np.zeros_like(self.covariance)
        )


def _moved(chance: Floats, shift: Floats) -> Floats:
    """How far a shift of the log odds moves a probability."""
    moved = chance * (1 - chance) * np.expm1(shift) / (1 - chance + chance * np.exp(shift))
    return np.asarray(moved, dtype=np.float64)


def _times(rows: Floats, columns: Floats) -> Floats:
    """Each row times each column, without the linear algebra library: its threads cost more than so few terms."""
    return np.asarray(np.einsum("nd,kd->nk", rows, columns), dtype=np.float64)


def driver_values(ranked: pl.DataFrame, drivers: pl.DataFrame) -> Floats:
    """The drivers of the accounts of `ranked`, in its order and with a column for each of DRIVERS."""
    at = {account: row for row, account in enumerate(drivers["account_id"].to_list())}
    rows = pl.Series([at.get(account) for account in ranked["account_id"].to_list()], dtype=pl.UInt32)
    return drivers[rows].select(pl.col(DRIVERS).fill_null(0.0)).to_numpy().astype(np.float64)


def increments(belief: Belief, moves: Moves, drivers: Floats, weight: Floats) -> Floats:
    """Expected increments over the horizon against doing nothing: a row an account, a column an action.

    In the unit of `weight`: money a year where that is ARR, accounts where it is 1.
    """
    return np.asarray(moves.shares(belief.shifts(drivers)).sum(axis=2) * weight[:, None], dtype=np.float64)


def intervals(belief: Belief, moves: Moves, drivers: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The 95 % bounds of `increments`.

    Each outcome's part is monotone in its logit shift, so its bounds come through the same transform; the parts
    are independent and their half widths add in squares.
    """
    shifts = belief.shifts(drivers)
    reach = Z_95 * belief.spread(drivers)
    middle = moves.shares(shifts)
    below = np.sqrt(((middle - moves.shares(shifts - reach)) ** 2).sum(axis=2))
    above = np.sqrt(((moves.shares(shifts + reach) - middle) ** 2).sum(axis=2))
    total = middle.sum(axis=2)
    return (total - below) * weight[:, None], (total + above) * weight[:, None]


def belief_of(ranked: pl.DataFrame, priors: Mapping[str, Sequence[Prior]]) -> Belief:
    """What the catalogue makes one believe of its actions on these accounts (RANKED frame)."""
    slopes = Moves.of(ranked).slopes if ranked.height else np.full(len(OUTCOMES), 0.25)
    return Belief.from_priors(priors, slopes)


def bounds(ranked: pl.DataFrame, drivers: pl.DataFrame, belief: Belief) -> tuple[Floats, Floats, Floats]:
    """What is believed that every action would bring at every account, and its 95 % bounds: effect, low, high.

    `ranked`: RANKED frame; `drivers`: account_id and a column 0 to 1 for each of DRIVERS. Each has a row an account
    of `ranked` and a column an action, in the unit of the weight: ARR over the horizon, or accounts kept where there
    are no contracts.
    """
    if not ranked.height or not belief.actions:
        nothing = np.zeros((ranked.height, len(belief.actions)))
        return nothing, nothing, nothing
    moves, z, weight = Moves.of(ranked), driver_values(ranked, drivers), ranked["weight"].to_numpy()
    return increments(belief, moves, z, weight), *intervals(belief, moves, z, weight)
