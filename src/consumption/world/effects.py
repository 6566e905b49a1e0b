"""What each action does to an account's state, and where: some help, some harm, most do nothing in most accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consumption.world.arrays import Floats, Ints
from consumption.world.pulse import Pulse

SKILL, CHAMPION, FRICTION, FIT, GOODWILL, GROW, SHRINK = range(7)
CHANNELS = 7


@dataclass(frozen=True)
class Effect:
    """One way an action works: the channel it moves, by how much at most, and the condition that scales it."""

    action: str
    channel: int
    amount: float
    where: str


NONE = "none"
EFFECTS = (
    Effect("onboarding_restart", SKILL, 0.45, "unskilled"),
    Effect("onboarding_restart", GOODWILL, -0.20, "skilled"),
    Effect("enablement_training", SKILL, 0.38, "unskilled"),
    Effect("enablement_training", CHAMPION, 0.08, "always"),
    Effect("feature_adoption_campaign", SKILL, 0.22, "narrow"),
    Effect("integration_help", FIT, 0.14, "narrow"),
    Effect("integration_help", FRICTION, -0.15, "troubled"),
    Effect("technical_fix", FRICTION, -0.60, "troubled"),
    Effect("health_check_on_site", FRICTION, -0.30, "troubled"),
    Effect("health_check_on_site", GOODWILL, 0.10, "always"),
    Effect("champion_building", CHAMPION, 0.55, "silent"),
    Effect("executive_sponsor_call", GOODWILL, 0.40, "large"),
    Effect("executive_sponsor_call", GOODWILL, -0.20, "idle"),
    Effect("value_review", GOODWILL, 0.35, "satisfied"),
    Effect("value_review", GOODWILL, -0.20, "unhappy"),
    Effect("right_size", GOODWILL, 0.50, "idle"),
    Effect("right_size", SHRINK, 1.20, "idle"),
    Effect("outcome_contract", GOODWILL, 0.30, "satisfied"),
    Effect("outcome_contract", GOODWILL, -0.15, "unhappy"),
    Effect("extended_warranty", GROW, 0.40, "satisfied"),
    Effect("built_in_upgrade", GROW, 0.50, "satisfied"),
    Effect("built_in_upgrade", FIT, 0.05, "always"),
    Effect("add_capacity", GROW, 1.30, "crowded"),
    Effect("add_capacity", GOODWILL, -0.30, "idle"),
    Effect("cross_sell", GROW, 0.80, "satisfied"),
    Effect("cross_sell", GOODWILL, -0.25, "unhappy"),
    Effect("multi_year_renewal", GOODWILL, 0.35, "satisfied"),
    Effect("multi_year_renewal", GOODWILL, -0.30, "unhappy"),
    Effect("billing_repair", GOODWILL, 0.30, "unhappy"),
    Effect("in_product_nudges", SKILL, 0.10, "unskilled"),
    Effect("pay_as_you_consume", GOODWILL, 0.35, "idle"),
    Effect("pay_as_you_consume", SHRINK, 0.40, "idle"),
    Effect("complete_installed_base", GROW, 0.15, "always"),
    Effect("hand_back_capacity", GOODWILL, 0.40, "idle"),
    Effect("hand_back_capacity", SHRINK, 1.20, "idle"),
)
ACTIONS = (NONE, *dict.fromkeys(effect.action for effect in EFFECTS))
CODE = {action: code for code, action in enumerate(ACTIONS)}
BUILDS_UP = 0.25  # of what is still to come, arrives each week
FADES = 0.035  # of what has arrived, is lost each week
CLOSES_TICKETS = (CODE["technical_fix"], CODE["health_check_on_site"])


def conditions(pulse: Pulse, large: Floats) -> dict[str, Floats]:
    """How far each condition named in an effect holds, 0 to 1, one number an account."""
    return {
        "always": np.ones_like(pulse.use),
        "unskilled": 1.0 - pulse.skill,
        "skilled": np.clip(2.0 * pulse.skill - 0.8, 0.0, 1.0),
        "narrow": pulse.narrow,
        "troubled": pulse.friction,
        "silent": pulse.silent,
        "satisfied": pulse.satisfied,
        "unhappy": 1.0 - pulse.satisfied,
        "idle": np.maximum(pulse.idle, pulse.low),
        "crowded": pulse.crowded * pulse.satisfied,
        "large": large,
    }


def push(action: Ints, pulse: Pulse, large: Floats, scale: float) -> Floats:
    """What the actions just carried out will bring, before it builds up: accounts x channels."""
    coming = np.zeros((len(action), CHANNELS))
    acted = np.flatnonzero(action)
    if not len(acted):
        return coming
    holds = conditions(pulse.take(acted), large[acted])
    for effect in EFFECTS:
        does = action[acted] == CODE[effect.action]
        coming[acted[does], effect.channel] += scale * effect.amount * holds[effect.where][does]
    return coming
