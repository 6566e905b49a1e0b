"""All that a recommendation depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.actions.facts import Known
from consumption.actions.rules import CapacityRules, HoldoutRules, PolicyRules, PriorityRules
from consumption.models.increments.belief import Belief, belief_of


@dataclass(frozen=True)
class Inputs:
    """All that a recommendation depends on.

    `snapshot`, `population`, `ranked`, `reasons`: frames of those contracts; `drivers`: account_id and a column for
    each driver; `known`: contracts, contacts, people, products and earlier decisions as known at `as_of`. `members`:
    the hold-out so far. `attributes`: account attributes that conditions may name. `limits`: the most of an action.
    `seed`: with the date, decides every draw. `currency`: of all money. `belief`: of the actions about which was
    learned something that is used; of all others the catalogue is believed.
    """

    as_of: datetime
    snapshot: pl.DataFrame
    population: pl.DataFrame
    ranked: pl.DataFrame
    reasons: pl.DataFrame
    drivers: pl.DataFrame
    catalogue: Catalogue
    known: Known = field(default_factory=Known.nothing)
    members: pl.DataFrame | None = None
    holdout: HoldoutRules = field(default_factory=HoldoutRules)
    policy: PolicyRules = field(default_factory=PolicyRules)
    capacity: CapacityRules = field(default_factory=CapacityRules)
    priorities: PriorityRules = field(default_factory=PriorityRules)
    limits: Mapping[str, int] | None = None
    attributes: tuple[str, ...] = ()
    seed: int = 0
    currency: str | None = None
    belief: Belief | None = None

    @property
    def money(self) -> bool:
        """Whether accounts are counted in money; without contracts each counts 1 and hours cost nothing."""
        return self.population["arr"].null_count() < self.population.height

    @property
    def policy_version(self) -> str:
        """A name for catalogue, rules and what was learned: whoever changes one of them changes the policy."""
        rules = (self.holdout, self.policy, self.capacity, self.priorities)
        said = (self.catalogue.actions, *rules, sorted((self.limits or {}).items()))
        name = hashlib.blake2b(repr(said).encode(), digest_size=6)
        if self.belief is not None:
            name.update(repr(self.belief.actions).encode())
            name.update(self.belief.mean.tobytes() + self.belief.covariance.tobytes())
        return "p" + name.hexdigest()

    @property
    def believed(self) -> Belief:
        """What is believed about every action: what was learned where that is used, else the catalogue's claim."""
        claimed = belief_of(self.ranked, self.catalogue.priors)
        if self.belief is None:
            return claimed
        known = [action for action in self.belief.actions if action in claimed.actions]
        to, of = ([belief.actions.index(action) for action in known] for belief in (claimed, self.belief))
        mean, covariance = np.array(claimed.mean), np.array(claimed.covariance)
        mean[to], covariance[to] = self.belief.mean[of], self.belief.covariance[of]
        return replace(claimed, mean=mean, covariance=covariance)
