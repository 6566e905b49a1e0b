"""The catalogue that the policies start from: the package's own; and the playbook that a team without it goes by."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from consumption.actions.catalogue import default_text
from consumption.models.increments.belief import Prior
from consumption.world.trial import Claim

# What a service team's handbook would say: the reason that stands out, and what is done about it.
PLAYBOOK = {
    "low_adoption": "enablement_training",
    "silent_champion": "champion_building",
    "friction": "technical_fix",
    "renewal_near": "value_review",
    "shallow_breadth": "feature_adoption_campaign",
    "under_use": "right_size",
}


@dataclass(frozen=True)
class Actions:
    """All actions that take hours and are nobody's duty: what is claimed of each, and how long it takes."""

    priors: dict[str, tuple[Prior, ...]]
    hours: dict[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """Their ids, in the order of the catalogue."""
        return tuple(self.priors)

    @property
    def claims(self) -> dict[str, tuple[Claim, ...]]:
        """What the world is told: the claims without their evidence."""
        return {a: tuple(Claim(p.outcome, p.driver, p.odds) for p in said) for a, said in self.priors.items()}


def default_actions() -> Actions:
    """The package's catalogue."""
    entries = [e for e in tomllib.loads(default_text())["action"] if e["hours"] > 0 and not e.get("mandatory")]
    return Actions(
        {e["id"]: tuple(Prior(**prior) for prior in e["prior"]) for e in entries},
        {e["id"]: float(e["hours"]) for e in entries},
    )
