"""What accounts are worth by their contracts, around a moment: as known then, and by all that came later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from consumption.features.coverage import arr_covered
from consumption.features.currency import in_base
from consumption.features.earned import END_OF_TIME, Earned
from consumption.features.in_force import stops_on
from consumption.features.rules import UsageRules
from consumption.features.tiles import day_of
from consumption.lake.history import History


@dataclass(frozen=True)
class Worth:
    """Contracts `known` at a moment, and `ever`, both in money of the moment, and the guarantees that were missed."""

    as_of: datetime
    gap_days: int
    earned: Earned
    known: pl.DataFrame
    ever: pl.DataFrame

    @staticmethod
    def told_by(history: History, as_of: datetime, gap_days: int, usage: UsageRules) -> Worth:
        """Of all that a history knows; a gap of so many days before a new contract is none."""
        known, ever = (_with_money(history, as_of, moment, usage.currency) for moment in (as_of, END_OF_TIME))
        return Worth(as_of, gap_days, Earned.told_by(history, usage), known, ever)

    def before(self, accounts: pl.DataFrame, *, until: datetime) -> pl.DataFrame:
        """The accounts with what was earned at the moment as `arr0`, as known then; none that earned nothing.

        None either with a contract of unknown worth that is asked about until then.
        """
        last = day_of(until) + timedelta(days=self.gap_days)
        asked = (stops_on() > self._day) & (pl.col("starts_on") <= last)
        unknown = pl.concat([self.known, self.ever]).filter(asked, pl.col("arr").is_null())
        told = accounts.join(unknown.select("account_id").unique(), on="account_id", how="anti")
        worth = self.earned.of(told.rename({"arr0": "arr"}), self.known, self.as_of, self._day)
        return worth.rename({"arr": "arr0"}).filter(pl.col("arr0") > 0)

    def by(self, moment: datetime) -> pl.DataFrame:
        """account_id, arr: what is in force on the last day before a later moment, by all that is known.

        What changes on the moment's own day lies outside a half-open window.
        """
        last = max(self._day, day_of(moment) - timedelta(days=1))
        covered = arr_covered(self.ever, last, self.gap_days)
        return self.earned.of(covered, self.ever, END_OF_TIME, last)

    @property
    def _day(self) -> date:
        return day_of(self.as_of)


def _with_money(history: History, as_of: datetime, known_at: datetime, currency: str | None) -> pl.DataFrame:
    """Contracts as known at one moment, in money of another."""
    moved = history.moved(known_at)
    asked = [history.known("contracts", known_at, moved), history.known("rates", as_of, moved)]
    contracts, rates = pl.collect_all(asked)
    return in_base(contracts, rates, currency)
