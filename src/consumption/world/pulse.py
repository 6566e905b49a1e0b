"""What an account's latent state amounts to this week: how much is used, how broadly, how gladly."""

from __future__ import annotations

from dataclasses import dataclass

from consumption.world.arrays import Floats, Rows


@dataclass(frozen=True)
class Pulse(Rows):
    """One element an account; shares 0 to 1, but `use` and `activity`, where 1 is all that was bought.

    `use` is what the account would use without seasons or a beginning; `activity` is what telemetry shows of it.
    """

    use: Floats
    activity: Floats
    skill: Floats
    champion: Floats
    friction: Floats
    breadth: Floats
    onboarding: Floats
    low: Floats
    idle: Floats
    silent: Floats
    narrow: Floats
    crowded: Floats
    satisfied: Floats
