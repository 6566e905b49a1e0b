"""Amounts as people read them: money of a currency, or accounts where there are no contracts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from consumption.actions.number.arms import Interval

_TELLING = 2
_FINEST = 6


@dataclass(frozen=True)
class Unit:
    """What amounts are told in: money of a currency, or accounts where there are no contracts."""

    currency: str | None

    def amount(self, value: float) -> str:
        """120,000 EUR, or 3.2 accounts; of less than one account the first two digits that tell anything."""
        return f"{value:z,.0f} {self.currency}" if self.currency else f"{_accounts(value)} accounts"

    def brought(self, value: float, *, sign: bool = False) -> str:
        """What something brings: 120,000 EUR, or 3.2 accounts kept; `sign`: also a plus before it."""
        plus = "+" if sign and value >= 0 else ""
        return f"{plus}{self.amount(value)}" + ("" if self.currency else " kept")

    def of_an_hour(self, value: float) -> str:
        """What an hour brings: 922 EUR, or 0.37% of an account kept, for an hour seldom keeps a whole one."""
        return self.amount(value) if self.currency else f"{_digits(100 * value)}% of an account kept"

    def between(self, found: Interval) -> str:
        """With its bounds."""
        if self.currency:
            return f"{found.value:,.0f} {self.currency} ({found.low:,.0f} to {found.high:,.0f})"
        return f"{found.value:,.1f} accounts ({found.low:,.1f} to {found.high:,.1f})"

    @property
    def worth(self) -> str:
        """What shares are shares of."""
        return "yearly value" if self.currency else "accounts"


def _accounts(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= 1 or not value else _digits(value)


def _digits(value: float) -> str:
    """At least two digits that tell something, and no more than six behind the point."""
    if not value:
        return "0"
    places = _TELLING - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{min(max(places, 0), _FINEST)}f}"
