"""How a workspace's events are read: which are value, which are errors, what uses up a unit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from consumption.errors import ConsumptionError

How = Literal["sum", "distinct_users", "distinct_assets", "last", "counter"]
HOWS: tuple[str, ...] = ("sum", "distinct_users", "distinct_assets", "last", "counter")


class WrongMeter(ConsumptionError):
    """A meter says something that no meter does."""


@dataclass(frozen=True)
class Meter:
    """How events use up a contract's unit; no `events` stands for any event of the contract's product.

    `sum` adds up quantities over the contract's period. `counter` adds up the rises of a counter's readings over
    the period; a fall is a reset. `last` is the latest reading. `distinct_users` and `distinct_assets` count who was
    active in the last 28 days.
    """

    events: tuple[str, ...] = ()
    how: How = "sum"

    def __post_init__(self) -> None:
        if self.how not in HOWS:
            raise WrongMeter(f"there is no meter {self.how!r}", f"use one of {', '.join(HOWS)}")
        object.__setattr__(self, "events", tuple(sorted(set(self.events))))

    @property
    def level(self) -> bool:
        """Whether it measures a level as of now, rather than what a period has used up so far."""
        return self.how not in {"sum", "counter"}


# What a unit means where settings name no meter for it.
DEFAULT_METERS: Mapping[str, Meter] = {
    "seat": Meter(how="distinct_users"),
    "asset": Meter(how="distinct_assets"),
}


@dataclass(frozen=True)
class UsageRules:
    """Settings that signals depend on.

    `attributes` names account attributes that become signals `attr_<name>`; `name:number` reads one as a number.
    `features` names events with signals of their own. `meters` maps a contract's unit to its meter.
    """

    value_events: frozenset[str] = frozenset()
    error_events: frozenset[str] = frozenset()
    meters: Mapping[str, Meter] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    def meter(self, unit: str | None) -> Meter:
        """The meter of a unit: the one set, else users for seats, assets for assets, the sum of quantities."""
        return self.meters.get(unit or "") or DEFAULT_METERS.get(unit or "") or Meter()

    def fingerprint(self, part: str) -> str:
        """SHA-256 of one of `value_events`, `error_events`, `meters`."""
        meters = {unit: [m.how, *m.events] for unit, m in self.meters.items()}
        parts = {
            "value_events": sorted(self.value_events),
            "error_events": sorted(self.error_events),
            "meters": meters,
        }
        return hashlib.sha256(json.dumps(parts[part], sort_keys=True).encode()).hexdigest()


# Nothing declared: no value, no errors, each unit by its default meter.
NO_RULES = UsageRules()
