"""How a workspace's events are read: which are value, which are errors, what uses up a unit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
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
    `features` names events with signals of their own, `session_events` those whose quantity is a session's minutes.
    `flows` names pairs of events that begin and finish something; `sign_in_failures` are attempts to sign in that
    failed. `meters` maps a contract's unit to its meter. `currency` is the one that money is told in; without it
    money is taken as it stands. What our own staff does is `excluded`: users, e-mail domains (of a user id, or of
    the contact who is that user), events. Telemetry begins on the day `since`, else when the first event was received
    (`first_received`): what accounts did before is unknown, and not nothing. Without either it tells of all time.
    """

    value_events: frozenset[str] = frozenset()
    error_events: frozenset[str] = frozenset()
    meters: Mapping[str, Meter] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    session_events: frozenset[str] = frozenset()
    flows: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sign_in_failures: frozenset[str] = frozenset()
    excluded_users: frozenset[str] = frozenset()
    excluded_domains: frozenset[str] = frozenset()
    excluded_events: frozenset[str] = frozenset()
    currency: str | None = None
    since: date | None = None
    first_received: date | None = None

    @property
    def telemetry_since(self) -> date | None:
        """The day telemetry begins; None: it tells of all time."""
        return self.since or self.first_received

    @property
    def excludes(self) -> bool:
        """Whether some events count nowhere."""
        return bool(self.excluded_users or self.excluded_domains or self.excluded_events)

    @property
    def domains(self) -> tuple[str, ...]:
        """How addresses of our own staff end."""
        return tuple(sorted(f"@{domain.removeprefix('@').lower()}" for domain in self.excluded_domains))

    def meter(self, unit: str | None) -> Meter:
        """The meter of a unit: the one set, else users for seats, assets for assets, the sum of quantities."""
        return self.meters.get(unit or "") or DEFAULT_METERS.get(unit or "") or Meter()

    def fingerprint(self, part: str) -> str:
        """SHA-256 of what settings say of `value_events`, `error_events`, `meters`, `since`, or another part."""
        meters = {unit: [m.how, *m.events] for unit, m in self.meters.items()}
        parts = {
            "value_events": sorted(self.value_events),
            "milestones": sorted(self.value_events),
            "session_events": sorted(self.session_events),
            "error_events": sorted(self.error_events),
            "meters": meters,
            "currency": self.currency,
            "flows": {name: list(pair) for name, pair in self.flows.items()},
            "sign_in_failures": sorted(self.sign_in_failures),
            "since": str(self.since),
            "excluded": [sorted(part) for part in (self.excluded_users, self.excluded_domains, self.excluded_events)],
        }
        return hashlib.sha256(json.dumps(parts[part], sort_keys=True).encode()).hexdigest()


# Nothing declared: no value, no errors, each unit by its default meter.
NO_RULES = UsageRules()
