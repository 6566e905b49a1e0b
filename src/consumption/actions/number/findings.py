"""What a comparison found, and what of it is fixed for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from consumption.actions.number.arms import Interval


@dataclass(frozen=True)
class Finding:
    """One comparison of served and held-out accounts, in customers (top parents).

    `share`: the effect as a share of the yearly value of the served when they began to count; `gained`: the same in
    money (accounts kept, without contracts); both None where `missing` says why. `frozen`: the quarter is complete,
    and its interval is that of one look; all others hold at every look. `corrected`: what the share of a frozen
    quarter would be by what is known today, where that is something else.
    """

    name: str
    share: Interval | None
    gained: Interval | None
    served: int
    withheld: int
    missing: str | None
    frozen: bool = False
    corrected: float | None = None


@dataclass(frozen=True)
class Frozen:
    """A quarter as it was known on a day, which no later data moves."""

    on: date
    finding: Finding


@dataclass(frozen=True)
class Kept:
    """What was fixed once and is never worked out again.

    `since`: the first day that counted; `planned`: the variance for which the sequence is tightest, from the book of
    that day; `quarters`: frozen ones by their first day.
    """

    since: date | None = None
    planned: float | None = None
    quarters: Mapping[date, Frozen] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For a file; nothing in it is about a single account."""
        return {
            "since": self.since.isoformat() if self.since else None,
            "planned": self.planned,
            "quarters": {
                start.isoformat(): {"on": one.on.isoformat(), **asdict(one.finding)}
                for start, one in sorted(self.quarters.items())
            },
        }

    @staticmethod
    def of_json(said: Mapping[str, Any]) -> Kept:
        """From what `as_json` wrote."""
        quarters = {date.fromisoformat(day): _frozen(row) for day, row in said["quarters"].items()}
        since = date.fromisoformat(said["since"]) if said["since"] else None
        return Kept(since, said["planned"], quarters)


NOTHING = Kept()
"""Before the first look."""


def _frozen(row: Mapping[str, Any]) -> Frozen:
    told = {name: value for name, value in row.items() if name != "on"}
    for name in ("share", "gained"):
        told[name] = Interval(**told[name]) if told[name] else None
    return Frozen(date.fromisoformat(row["on"]), Finding(**told))
