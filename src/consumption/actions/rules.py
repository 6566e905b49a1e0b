"""The settings of this stage, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True)
class HoldoutRules:
    """Which share of the accounts is held out, and the salt of the draw.

    `exempt`: accounts (or top parents) named by people; they count only for who has not been drawn yet.
    `always_served`: the few largest accounts that together hold this share of all ARR are never held out.
    """

    share: float = 0.10
    salt: str = "consumption"
    exempt: tuple[str, ...] = ()
    always_served: float = 0.25


@dataclass(frozen=True)
class PolicyRules:
    """What an hour costs (money), how much is explored, and how often a customer may be contacted.

    `explore`: the share of hours by Thompson draw; "auto" is 5 % under 2,000 accounts, 10 % to 10,000, 20 % above.
    `plans`: how many whole plans are drawn; one of them is carried out. `contact_gap_days`: an account that got an
    action in the days before is left alone. `logged_contact_days`: so is one that somebody of ours spoke with.
    """

    hour_cost: float = 60.0
    explore: float | Literal["auto"] = "auto"
    plans: int = 50
    contact_gap_days: int = 14
    logged_contact_days: int = 5

    def explored(self, accounts: int) -> float:
        """The share of hours by Thompson draw, for a book of so many accounts."""
        if self.explore != "auto":
            return self.explore
        return 0.05 if accounts < 2_000 else 0.10 if accounts <= 10_000 else 0.20


@dataclass(frozen=True)
class PriorityRules:
    """What the service lead wants beyond money.

    `segment`, `product` (of the largest contract), `motion`: what value counts there, 1 if not named. `least_hours`:
    by motion, the least share of the hours that are filled. `always`: accounts that get something in every week.
    """

    segment: Mapping[str, float] = field(default_factory=dict)
    product: Mapping[str, float] = field(default_factory=dict)
    motion: Mapping[str, float] = field(default_factory=dict)
    least_hours: Mapping[str, float] = field(default_factory=dict)
    always: tuple[str, ...] = ()

    def weighing(self, kind: str, numbers: Mapping[str, float]) -> PriorityRules:
        """The same rules with other numbers of one kind (segment, product, motion or least_hours)."""
        other: dict[str, Any] = {kind: numbers}
        return replace(self, **other)


@dataclass(frozen=True)
class CapacityRules:
    """Hours a week for recommended work, of an owner whose row in `people` does not say."""

    hours_per_week: float = 8.0
