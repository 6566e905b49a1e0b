"""What reps do of their own accord: on what they feel about an account, which no signal shows as well."""

from __future__ import annotations

import numpy as np

from consumption.world.arrays import Floats, Ints
from consumption.world.trial.latent import CONDITIONS, Latent, conditions

_FEELS = ("low_adoption", "silent_champion", "friction", "over_use", "renewal_near")
_CHOICES = {
    "low_adoption": ("enablement_training", "feature_adoption_campaign", "onboarding_restart"),
    "silent_champion": ("champion_building", "executive_sponsor_call"),
    "friction": ("technical_fix", "billing_repair"),
    "over_use": ("add_capacity", "cross_sell"),
    "renewal_near": ("value_review", "multi_year_renewal"),
}


def feel(state: Latent, actions: tuple[str, ...], share: float, rng: np.random.Generator) -> Ints:
    """The action that a rep chooses for each account, -1 for none: for a `share` of them, the most worrying."""
    holds = conditions(state)[:, [CONDITIONS.index(name) for name in _FEELS]]
    worry = holds * np.array([1.0, 1.0, 1.0, 0.8, 0.7]) + 0.35 * rng.standard_normal(holds.shape)
    # They know who is unhappy, and rather visit those.
    urgency = worry.max(axis=1) - 0.15 * state.fit + 0.15 * state.friction + 0.3 * rng.standard_normal(len(worry))
    acts = urgency >= np.quantile(urgency, 1.0 - share)
    return np.where(acts, _picked(worry, actions, rng), -1)


def _picked(worry: Floats, actions: tuple[str, ...], rng: np.random.Generator) -> Ints:
    table = np.full((len(_FEELS), 3), -1)
    for row, name in enumerate(_FEELS):
        known = [actions.index(a) for a in _CHOICES[name] if a in actions] or [-1]
        table[row] = [known[i % len(known)] for i in range(3)]
    return np.asarray(table[worry.argmax(axis=1), rng.integers(0, 3, len(worry))])
