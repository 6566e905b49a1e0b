"""All that a recommendation depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.actions.facts import Known
from consumption.actions.rules import CapacityRules, HoldoutRules, PolicyRules, PriorityRules


@dataclass(frozen=True)
class Inputs:
    """All that a recommendation depends on.

    `snapshot`, `population`, `ranked`, `reasons`: frames of those contracts; `drivers`: account_id and a column for
    each driver; `known`: contracts, contacts, people, products and earlier decisions as known at `as_of`. `members`:
    the hold-out so far. `attributes`: account attributes that conditions may name. `limits`: the most of an action.
    `seed`: with the date, decides every draw. `currency`: of all money.
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

    @property
    def money(self) -> bool:
        """Whether accounts are counted in money; without contracts each counts 1 and hours cost nothing."""
        return bool(self.population["arr"].is_not_null().any())

    @property
    def policy_version(self) -> str:
        """A name for catalogue and rules together: whoever changes either changes the policy."""
        rules = (self.holdout, self.policy, self.capacity, self.priorities)
        said = (self.catalogue.actions, *rules, sorted((self.limits or {}).items()))
        return "p" + hashlib.blake2b(repr(said).encode(), digest_size=6).hexdigest()
