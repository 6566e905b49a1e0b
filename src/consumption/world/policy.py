"""How actions were chosen in the past: a policy with known propensities, and reps who act on what they feel."""

from __future__ import annotations

import numpy as np

from consumption.world.arrays import Floats, Ints
from consumption.world.books import MACHINES, RESELLER, SOFTWARE
from consumption.world.effects import ACTIONS, CODE
from consumption.world.pulse import Pulse
from consumption.world.state import State

COMPLIES = 0.72  # share of what the policy chooses that is carried out
_A_REP_HAS_TIME = 0.018  # for an account and week, to act on a feeling
REVIEW_WEEKS = 13  # each account is looked at once a quarter
POLICY_AFTER_WEEKS = 20
_ONLY = {
    "outcome_contract": MACHINES,
    "extended_warranty": MACHINES,
    "built_in_upgrade": MACHINES,
    "health_check_on_site": MACHINES,
    "complete_installed_base": MACHINES,
    "in_product_nudges": SOFTWARE,
    "integration_help": SOFTWARE,
    "hand_back_capacity": RESELLER,
}
_LEANINGS = {  # action -> (constant, what the policy saw -> weight)
    "onboarding_restart": (-1.6, {"low": 1.5}),
    "enablement_training": (-1.0, {"low": 1.2, "narrow": 0.8}),
    "feature_adoption_campaign": (-1.2, {"narrow": 1.2}),
    "integration_help": (-1.5, {"narrow": 0.8}),
    "technical_fix": (-1.6, {"friction": 3.0}),
    "health_check_on_site": (-1.0, {"friction": 2.0}),
    "champion_building": (-1.4, {"silent": 1.6}),
    "executive_sponsor_call": (-1.6, {"low": 0.6, "silent": 0.6}),
    "value_review": (-1.0, {}),
    "right_size": (-2.4, {"idle": 1.2}),
    "outcome_contract": (-1.8, {}),
    "extended_warranty": (-1.5, {}),
    "built_in_upgrade": (-1.5, {"crowded": 0.8}),
    "add_capacity": (-2.0, {"crowded": 2.6}),
    "cross_sell": (-1.5, {"crowded": 0.8}),
    "multi_year_renewal": (-1.7, {}),
    "billing_repair": (-2.0, {"friction": 1.0}),
    "in_product_nudges": (-1.0, {"low": 0.6}),
    "pay_as_you_consume": (-2.3, {"idle": 1.0}),
    "complete_installed_base": (-1.8, {}),
    "hand_back_capacity": (-2.2, {"idle": 1.5}),
}
_NONE_LEANING = 1.6
_REP_CHOICES = np.array(
    [CODE[a] for a in ("value_review", "executive_sponsor_call", "technical_fix", "add_capacity")]
)


def under_review(state: State, week: Ints) -> Ints:
    """Rows of the accounts whose turn it is."""
    turn = (week + 5 * state.traits.number) % REVIEW_WEEKS == 0
    return np.flatnonzero(turn & (week >= POLICY_AFTER_WEEKS))


def propensities(state: State, pulse: Pulse, rng: np.random.Generator) -> Floats:
    """Probability of each action, accounts x actions, from drivers as telemetry shows them: with noise."""
    n = len(state.day)
    seen = {
        name: np.clip(getattr(pulse, name) + 0.15 * rng.standard_normal(n), 0.0, 1.0)
        for name in ("low", "narrow", "friction", "silent", "idle", "crowded")
    }
    leaning = np.full((n, len(ACTIONS)), -np.inf)
    leaning[:, 0] = _NONE_LEANING
    for action, (constant, weights) in _LEANINGS.items():
        lean = constant + sum((weight * seen[name] for name, weight in weights.items()), np.zeros(n))
        only = _ONLY.get(action)
        leaning[:, CODE[action]] = lean if only is None else np.where(state.traits.book == only, lean, -np.inf)
    weight = np.exp(leaning - leaning.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def choose(chances: Floats, rng: np.random.Generator) -> Ints:
    """One action a row, drawn with these probabilities."""
    drawn = rng.random((len(chances), 1))
    return np.asarray(np.minimum((np.cumsum(chances, axis=1) < drawn).sum(axis=1), chances.shape[1] - 1))


def feel(pulse: Pulse, rng: np.random.Generator) -> Ints:
    """What reps do of their own accord this week: mostly nothing, else what fits what they feel about an account."""
    action = np.zeros(len(pulse.use), dtype=np.int64)
    rows = np.flatnonzero(rng.random(len(pulse.use)) < _A_REP_HAS_TIME)
    of = pulse.take(rows)
    worry = np.stack([of.narrow * 0.6, of.silent, of.friction * 1.5, of.crowded * 0.8], axis=1)
    worry += 0.30 * rng.standard_normal(worry.shape)
    acts = rng.random(len(rows)) < np.clip(worry.max(axis=1), 0.0, 1.0)
    action[rows] = np.where(acts, _REP_CHOICES[worry.argmax(axis=1)], 0)
    return action
