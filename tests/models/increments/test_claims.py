"""Each claim of the catalogue is about right, idle, or anything: which, what happened says."""

from __future__ import annotations

import numpy as np
import pytest

from consumption.features.signal import DRIVERS
from consumption.models.increments.belief import Floats, Prior
from consumption.models.increments.claims import BEFORE, IDLE, trusted
from consumption.models.increments.evidence import Evidence
from consumption.models.increments.learning import Posterior, Quarter
from consumption.models.increments.posterior import believe
from tests.models.trial_quarters import FRICTION, SLOPES, before, happen, quarter, truth

ACTIONS = 12
PRIORS = {f"action {n}": (Prior("churn", "friction", -0.40, 300),) for n in range(ACTIONS)}
CLAIMED = -np.log(0.6)


def world(gamma: Floats, seed: int, rows: int = 6_000) -> Quarter:
    """Twelve actions by lot, each of which does so much of what is claimed."""
    q, rng = quarter(truth(), rows=rows, seed=seed), np.random.default_rng(seed + 100)
    chance = 1 / 20
    taken = rng.choice([*range(ACTIONS), -1], size=rows, p=[*[chance] * ACTIONS, 1 - ACTIONS * chance])
    effects = np.zeros((ACTIONS, 3, len(DRIVERS)))
    effects[:, 0, FRICTION] = gamma * CLAIMED
    happened = happen(rng, q.drivers, q.moves.chances, taken, effects)
    return Quarter(q.drivers, q.moves, taken, np.full((rows, ACTIONS), chance), happened, q.weight, q.account)


def learned(gamma: Floats, quarters: int = 6) -> Posterior:
    """What is known after some quarters of such a world."""
    posterior = Posterior.from_priors(PRIORS, SLOPES)
    for seed in range(quarters):
        posterior = posterior.update(world(gamma, seed))
    return posterior


def friction(mean: Floats) -> Floats:
    """The claimed coefficient of each action, as a share of what is claimed."""
    return np.asarray(mean[:, 0, FRICTION] / CLAIMED, dtype=np.float64)


def test_without_evidence_the_catalogue_is_believed() -> None:
    """Nothing happened: the prior, as it was."""
    prior = before().prior
    found = trusted(prior, Evidence.none(2))
    assert found.belief is prior
    assert found.idle.tolist() == [0.0, 0.0]


def test_right_claims_are_left_alone_where_a_free_belief_is_drawn_to_luck() -> None:
    """Twelve claims that hold to the letter: they stay near 1, nearer than if each could drift by its own width."""
    posterior = learned(np.ones(ACTIONS))
    found = trusted(posterior.prior, posterior.evidence)
    free = believe(posterior.prior, posterior.evidence)
    assert found.idle.max() < 0.3
    off, freely = (np.abs(friction(mean) - 1).mean() for mean in (found.belief.mean, free.mean))
    assert off < 0.75 * freely


def test_idle_claims_are_found_out_and_the_others_kept() -> None:
    """Five of twelve do nothing: they are more likely idle, and believed less, than the seven that work."""
    gamma = np.array([0.0] * 5 + [1.0] * 7)
    posterior = learned(gamma, quarters=8)
    found = trusted(posterior.prior, posterior.evidence)
    assert found.idle[:5].mean() > found.idle[5:].mean() + 0.4
    assert friction(found.belief.mean)[:5].mean() < 0.4
    assert friction(found.belief.mean)[5:].mean() > 0.8


def test_a_claim_of_which_nothing_is_known_is_as_likely_idle_as_the_others_were() -> None:
    """By hand, from a Dirichlet prior: where the others turn out right it is believed more, where idle less."""
    chances = []
    for others in (1.0, 0.0):
        gamma = np.full(ACTIONS, others)
        posterior = Posterior.from_priors({**PRIORS, "untried": PRIORS["action 0"]}, SLOPES)
        for seed in range(6):
            q = world(gamma, seed)
            chance = np.hstack((q.propensities, np.zeros((len(q.taken), 1))))
            posterior = posterior.update(
                Quarter(q.drivers, q.moves, q.taken, chance, q.happened, q.weight, q.account)
            )
        idle = trusted(posterior.prior, posterior.evidence).idle
        assert idle[-1] == pytest.approx((BEFORE[IDLE] + idle[:-1].sum()) / (BEFORE.sum() + ACTIONS), abs=0.01)
        chances.append(idle[-1])
    assert chances[0] < BEFORE[IDLE] / BEFORE.sum() < chances[1]


def test_a_claim_that_is_far_out_is_followed_all_the_same() -> None:
    """One that harms, or does three times as much, is neither right nor idle: the evidence alone says what it is."""
    gamma = np.array([3.0, -2.0] + [1.0] * (ACTIONS - 2))
    found = friction(learned(gamma, quarters=8).belief.mean)
    assert found[0] > 1.5
    assert found[1] < 0.0


def test_doubt_between_right_and_idle_widens_the_belief() -> None:
    """The variance of a mixture: of the parts, and of their means; wider than the doubt within a right claim."""
    posterior = learned(np.array([0.5] * ACTIONS), quarters=3)
    found = trusted(posterior.prior, posterior.evidence)
    unsure = int(np.abs(found.idle - 0.5).argmin())
    assert 0.15 < found.idle[unsure] < 0.85
    assert np.sqrt(found.belief.covariance[unsure, 0, FRICTION, FRICTION]) > 0.3 * CLAIMED
