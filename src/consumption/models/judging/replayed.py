"""What a replay of the past found, in words and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.models.judging.backtest import LIST, ORDERS, Caught, ahead
from consumption.models.judging.evaluation import Figure
from consumption.models.judging.lengths import SHARE_LISTED
from consumption.models.motion import Motion

ALL = "all"
_MOVED: Mapping[Motion, str] = {"help": "lost", "expand": "gained"}


@dataclass(frozen=True)
class Replayed:
    """One list of the past: its day, who ranked, and what each order of the same accounts caught."""

    day: datetime
    ranked_by: str
    found: Mapping[str, Caught]

    @property
    def quarter(self) -> str:
        """The quarter it was made in."""
        return f"{self.day.year}-Q{(self.day.month + 2) // 3}"


@dataclass(frozen=True)
class Replay:
    """The lists of one motion, oldest first, and all of them `together`, by order.

    `days`: how long after a list what became of it counts; `k`: accounts an owner takes on in a week; `money`:
    whether accounts have a yearly value, or count 1 each.
    """

    motion: Motion
    days: int
    k: int
    money: bool
    replayed: tuple[Replayed, ...]
    together: Mapping[str, Caught]

    @property
    def lines(self) -> Iterator[str]:
        """A table a quarter, all quarters together, and how far the list is ahead of the other orders."""
        yield f"{self.motion}: what the list of a day held of what was {self._moved} in the {self.days} days after it"
        yield (
            f"A list is an owner's week: {self.k} accounts, or {SHARE_LISTED:.0%} of an owner's accounts "
            "where that is more."
        )
        for one in self.replayed:
            yield ""
            yield f"{one.quarter}, list of {one.day:%Y-%m-%d} ({one.ranked_by}): {self._of(one.found[LIST])}"
            yield from self._table(one.found)
        if len(self.replayed) > 1:
            yield ""
            yield f"All {len(self.replayed)} quarters: {self._of(self.together[LIST])}"
            yield from self._table(self.together)
        yield from self._ahead()

    @property
    def title(self) -> str:
        """What a picture of it shows."""
        what = "Dollars" if self.money else "Share of accounts"
        return f"{self.motion}: {what} {self._moved} within {self.days} days that a list of that day held"

    @property
    def table(self) -> pl.DataFrame:
        """A row a quarter and order, and one an order for all quarters: share and accounts caught, with intervals."""
        quarters = [(one.quarter, one.day, one.ranked_by, one.found) for one in self.replayed]
        rows = [
            self._row(quarter, day, by, name, found[name])
            for quarter, day, by, found in [*quarters, (ALL, None, None, self.together)]
            for name in ORDERS[self.motion]
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    @property
    def _moved(self) -> str:
        return _MOVED[self.motion]

    def _of(self, found: Caught) -> str:
        amount = f"{found.moved:,.0f} a year" if self.money else f"the whole of {found.moved:,.1f} accounts"
        lists = "list" if found.lists == 1 else "lists"
        return (
            f"{found.lists} {lists} with {found.listed:,} of {found.ranked:,} accounts; {amount} {self._moved} by "
            f"{found.accounts_moved:,} accounts"
        )

    def _table(self, found: Mapping[str, Caught]) -> Iterator[str]:
        yield f"  {'':<14}{'caught':>14}{'share':>10}{'95 % interval':>18}{'accounts':>10}{'days ahead':>12}"
        yield from (_line(name, found[name], money=self.money) for name in ORDERS[self.motion])

    def _ahead(self) -> Iterator[str]:
        """Points by which the list is ahead: what chance explains is said to be no difference."""
        ours = self.together[LIST]
        for name in ORDERS[self.motion][1:]:
            points = ahead(ours, self.together[name])
            if not math.isnan(points.low):
                yield f"{_than(points)} {name} ({100 * points.low:+.0f} to {100 * points.high:+.0f} points)"

    def _row(self, quarter: str, day: datetime | None, by: str | None, name: str, of: Caught) -> dict[str, object]:
        return {
            "motion": self.motion,
            "quarter": quarter,
            "list_of": day.date() if day else None,
            "ranked_by": by,
            "days_after": self.days,
            "order": name,
            self._moved: of.moved,
            "caught": of.held,
            "share": of.share.value,
            "share_low": of.share.low,
            "share_high": of.share.high,
            f"accounts_{self._moved}": of.accounts_moved,
            "accounts_caught": of.accounts_held,
            "lead_days": of.lead_days,
            "lists": of.lists,
            "listed": of.listed,
            "accounts": of.ranked,
        }


def _line(name: str, of: Caught, *, money: bool) -> str:
    amount = f"{of.held:,.0f}" if money else f"{of.held:,.1f}"
    between = f"{of.share.low:.0%} to {of.share.high:.0%}" if not math.isnan(of.share.low) else "not known"
    share = f"{of.share.value:.0%}" if not math.isnan(of.share.value) else "-"
    days = f"{of.lead_days:.0f}" if not math.isnan(of.lead_days) else "-"
    return f"  {name:<14}{amount:>14}{share:>10}{between:>18}{of.accounts_held:>10}{days:>12}"


def _than(points: Figure) -> str:
    if points.low > 0.0:
        return f"The list caught {100 * points.value:.0f} points more than"
    if points.high < 0.0:
        return f"The list caught {-100 * points.value:.0f} points less than"
    return "The list caught neither more nor less, by what chance allows, than"


def text_of(replays: Sequence[Replay]) -> str:
    """What was found for each motion."""
    return "\n\n\n".join("\n".join(replay.lines) for replay in replays)
