"""Calendar quarters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = 3


@dataclass(frozen=True, order=True)
class Quarter:
    """Three months, by their first day."""

    start: date

    @staticmethod
    def of(day: date) -> Quarter:
        """The quarter that a day lies in."""
        return Quarter(date(day.year, (day.month - 1) // _MONTHS * _MONTHS + 1, 1))

    @property
    def end(self) -> date:
        """The first day after it."""
        return self.following.start

    @property
    def following(self) -> Quarter:
        """The next one."""
        return Quarter.of(self.start + timedelta(days=31 * _MONTHS))

    @property
    def name(self) -> str:
        """As people say it: 2026 Q2."""
        return f"{self.start.year} Q{(self.start.month - 1) // _MONTHS + 1}"

    def frozen_on(self, gap_days: int) -> date:
        """From when on nothing about it changes any more: contracts that were signed late have come by then."""
        return self.end + timedelta(days=gap_days)


def quarters_between(first: date, last: date) -> list[Quarter]:
    """All quarters from the one of a day to that of another."""
    found = [Quarter.of(first)]
    while found[-1] < Quarter.of(last):
        found.append(found[-1].following)
    return found
