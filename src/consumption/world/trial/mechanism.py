"""What each action really does, and where: near what is claimed, in steps, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from consumption.world.arrays import Floats
from consumption.world.trial.kinds import Claim, Kind
from consumption.world.trial.latent import CHURN, CONDITIONS, CONTRACTION, EXPANSION

OUTCOMES = {"churn": CHURN, "contraction": CONTRACTION, "expansion": EXPANSION}
GOOD = np.array([-1.0, -1.0, 1.0])
# Log odds for us, by outcome: the odds of churn and contraction move by at most 40 %, of expansion by a factor of 2.
LEAST = np.array([-np.log(1.4), -np.log(1.4), -np.log(2.0)])
MOST = np.array([-np.log(0.6), -np.log(0.6), np.log(2.0)])
# A claim is about those whom an action is meant for, within half a year: not all get it, and it builds up and fades.
SHOWS = 0.70
_TRUE, _IN_VAIN = (0.75, 1.20), (-0.25, 0.25)
_HARMED = ("unhappy", "at_ease", "declining", "over_use", "constant")


@dataclass(frozen=True)
class Step:
    """A tree of two conditions: sizes where the first holds by less than half, where only it holds, where both do."""

    first: int
    second: int
    sizes: Floats


@dataclass(frozen=True)
class Mechanism:
    """The actions of a world in one of its times.

    `weights` (actions x outcomes x conditions): log odds for us where a condition fully holds. `steps`: of each
    action in the tree-shaped world, in place of all but the size of its weights.
    """

    actions: tuple[str, ...]
    weights: Floats
    steps: tuple[Step, ...] = ()

    def shifts(self, holds: Floats) -> Floats:
        """Log odds for us that each action will bring: accounts x actions x outcomes; `holds` as `conditions`."""
        flat = holds @ self.weights.reshape(-1, len(CONDITIONS)).T
        found = flat.reshape(len(holds), *self.weights.shape[:2])
        for action, step in enumerate(self.steps):
            leaf = np.where(holds[:, step.first] <= 0.5, 0, np.where(holds[:, step.second] <= 0.5, 1, 2))
            found[:, action] = step.sizes[leaf][:, None] * np.abs(self.weights[action]).max(axis=1)
        return np.clip(found, LEAST, MOST)


def mechanism(kind: Kind, claims: Mapping[str, Sequence[Claim]], seed: int) -> Mechanism:
    """What the actions of this world do before anything changes: what is claimed, and what nobody says."""
    rng = np.random.default_rng([seed, 7])
    weights = np.zeros((len(claims), 3, len(CONDITIONS)))
    if kind.effects == "none":
        return Mechanism(tuple(claims), weights)
    vain = rng.permutation(len(claims)) < round(kind.in_vain * len(claims))
    for row, said in enumerate(claims.values()):
        strength = rng.uniform(*(_IN_VAIN if vain[row] else _TRUE)) / SHOWS
        for claim in said:
            outcome = OUTCOMES[claim.outcome]
            worth = GOOD[outcome] * np.log1p(claim.odds)
            weights[row, outcome, CONDITIONS.index(claim.driver)] += strength * worth
        main = OUTCOMES[said[0].outcome]
        harmed = CONDITIONS.index(str(rng.choice(_HARMED)))
        weights[row, main, harmed] -= rng.uniform(0.0, 0.20)
        weights[row, CHURN, 0] -= rng.uniform(0.02, 0.08)  # whoever is bothered for nothing likes us less
        helped = CONDITIONS.index(str(rng.choice(CONDITIONS[1:])))
        weights[row, main, helped] += rng.uniform(0.0, 0.15)
    if kind.effects == "tree":
        return Mechanism(tuple(claims), weights, _steps(claims, rng))
    return Mechanism(tuple(claims), weights)


def _steps(claims: Mapping[str, Sequence[Claim]], rng: np.random.Generator) -> tuple[Step, ...]:
    """For each action the condition it is claimed to need, one more that nobody says, and what happens where."""
    found = []
    for said in claims.values():
        first = CONDITIONS.index(said[0].driver)
        second = int(rng.choice([i for i in range(1, len(CONDITIONS)) if i != first]))
        sizes = np.array([rng.uniform(-0.20, 0.10), rng.uniform(0.2, 0.7), rng.uniform(1.0, 1.6)])
        found.append(Step(first, second, sizes))
    return tuple(found)


def shifted(before: Mechanism, seed: int) -> Mechanism:
    """The same world after it changed: half of the actions now do what another one of them did."""
    rng = np.random.default_rng([seed, 11])
    moved = rng.permutation(len(before.actions))[: len(before.actions) // 2]
    weights = before.weights.copy()
    weights[moved] = before.weights[np.roll(moved, 1)]
    return Mechanism(before.actions, weights, before.steps)
