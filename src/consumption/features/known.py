"""What was known at one moment, in memory, with accounts, users, assets and products in one coding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

import polars as pl

from consumption.features.currency import in_base
from consumption.features.lifetime import Lifetime
from consumption.features.routes import Routes
from consumption.features.rules import UsageRules
from consumption.features.settled import Settled
from consumption.features.tiles import Tiles, between, day_of, phase, seen_between
from consumption.lake.history import History


@dataclass(frozen=True)
class Facts:
    """The tables as `History.before` gives them, each read when it is asked for, and whose use is whose.

    `instead` are tables to take in place of those of the history.
    """

    as_of: datetime
    history: History
    instead: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def moved(self) -> pl.DataFrame:
        """Merges known by then."""
        return self.history.moved(self.as_of)

    def table(self, name: str) -> pl.DataFrame:
        """A table as it was known."""
        if name in self.instead:
            return self.instead[name]
        return self.history.known(name, self.as_of, self.moved).collect()

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """The accounts known."""
        return self.table("accounts")

    @cached_property
    def routes(self) -> Routes:
        """Where use counts, if not for the account it happened in."""
        return Routes.at(self.accounts, self.moved, lambda: self.table("contracts"), day_of(self.as_of))

    def excluded(self, rules: UsageRules) -> frozenset[str]:
        """Users who are contacts with an address of our own; others are known by their ids: see `tiles.counts`."""
        if not rules.domains:
            return frozenset()
        people = self.table("contacts").select("user_id", "email").drop_nulls("user_id")
        mail = pl.col("email").fill_null("").str.to_lowercase()
        ours = people.filter(pl.any_horizontal(mail.str.ends_with(domain) for domain in rules.domains))
        return frozenset(ours["user_id"])


@dataclass(frozen=True)
class Known:
    """All that signals of one moment are made from.

    `accounts` has created_day and tenure_days beside the columns of the contract; the other tables are as
    `History.before` gives them, interactions oldest first, contracts with their money in the base currency. Each is
    read when it is asked for.
    """

    facts: Facts
    rules: UsageRules
    tiles: Tiles
    settled: Settled
    earlier: Lifetime | None

    @staticmethod
    def at(facts: Facts, tiles: Tiles, rules: UsageRules, earlier: Lifetime | None = None) -> Known:
        """What was known then, its events by way of `tiles`; `earlier` is the `alone` of a moment before."""
        return Known(facts, rules, tiles, Settled.at(tiles, day_of(facts.as_of), facts.routes), earlier)

    @property
    def as_of(self) -> datetime:
        """The moment: nothing at or after it is known."""
        return self.facts.as_of

    @property
    def day(self) -> date:
        """The first day that the moment does not see."""
        return day_of(self.as_of)

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """The accounts, by account."""
        created = pl.col("created_at")
        return self._coded(self.facts.accounts).sort("account_id").with_columns(
            (created - phase(self.as_of)).dt.date().alias("created_day"),
            (pl.lit(self.as_of) - created).dt.total_days().alias("tenure_days"),
        )  # fmt: skip

    @cached_property
    def contracts(self) -> pl.DataFrame:
        """The contracts signed by then, their money in the base currency."""
        rates = self.rates if self.rules.currency else pl.DataFrame()
        return self._coded(in_base(self.facts.table("contracts"), rates, self.rules.currency))

    @cached_property
    def interactions(self) -> pl.DataFrame:
        """The interactions, oldest first."""
        return self._coded(self.facts.table("interactions")).sort("timestamp", "interaction_id")

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """People at the customers."""
        return self._coded(self.facts.table("contacts"))

    @cached_property
    def assets(self) -> pl.DataFrame:
        """The installed base."""
        return self._coded(self.facts.table("assets"))

    @cached_property
    def products(self) -> pl.DataFrame:
        """What is sold."""
        return self._coded(self.facts.table("products"))

    @cached_property
    def goals(self) -> pl.DataFrame:
        """What accounts want to reach."""
        return self._coded(self.facts.table("goals"))

    @cached_property
    def rates(self) -> pl.DataFrame:
        """Rates of other currencies."""
        return self.facts.table("rates")

    @cached_property
    def alone(self) -> Lifetime:
        """What every account did since its beginning, by the tiles as they are."""
        return Lifetime.of(self.tiles, self.day, self.earlier)

    @cached_property
    def lifetime(self) -> Lifetime:
        """What every account did since its beginning."""
        return self.settled.lifetime(self.alone)

    def days(self, window: int, offset: int = 0) -> pl.LazyFrame:
        """Tile rows of the half-open window of days that ends `offset` days before the moment."""
        start = self.start(window, offset)
        return self._seen(self.tiles.rows.since(start), lambda: self.settled.rows, window, offset)

    def parts(self, window: int, offset: int = 0) -> pl.LazyFrame:
        """The same in parts, several a tile: what is only summed up further need not be summed up first."""
        start, end = self.start(window, offset), self.start(0, offset)
        in_window = pl.col("day").is_between(start, end, closed="left")
        # What happened on a day counts from that day on, or later.
        mine = seen_between(self.tiles.raw.since(start), start, self.day).filter(in_window)
        return self._with_settled(mine, lambda: self.settled.rows, start, end)

    def user_days(self, window: int, offset: int = 0) -> pl.LazyFrame:
        """The same for sums a named user and day."""
        start = self.start(window, offset)
        return self._seen(self.tiles.user_days.since(start), lambda: self.settled.user_days, window, offset)

    def daily(self, window: int, offset: int = 0) -> pl.LazyFrame:
        """The same for sums a product and day."""
        start = self.start(window, offset)
        return self._seen(self.tiles.daily.since(start), lambda: self.settled.daily, window, offset)

    @property
    def readings(self) -> pl.LazyFrame:
        """Readings of gauges and counters, in order of time."""
        return self.settled.readings(self.tiles.readings.lazy().filter(pl.col("seen") < self.day))

    def _seen(
        self, rows: pl.DataFrame, settled: Callable[[], pl.DataFrame], window: int, offset: int
    ) -> pl.LazyFrame:
        start, end = self.start(window, offset), self.start(0, offset)
        mine = between(rows, start, end).lazy().filter(pl.col("seen") < self.day)
        return self._with_settled(mine, settled, start, end)

    def _with_settled(
        self, mine: pl.LazyFrame, settled: Callable[[], pl.DataFrame], start: date, end: date
    ) -> pl.LazyFrame:
        if self.settled.accounts.is_empty():
            return mine
        others = mine.filter(~pl.col("account_id").is_in(self.settled.accounts.implode()))
        return pl.concat([others, between(settled(), start, end).lazy()])

    def start(self, window: int, offset: int = 0) -> date:
        """The first day of a window."""
        return self.day - timedelta(days=window + offset)

    def ago(self, day: pl.Expr) -> pl.Expr:
        """Days from a date to the moment's day; 1 is the day before."""
        return (pl.lit(self.day) - day).dt.total_days()

    def _coded(self, table: pl.DataFrame) -> pl.DataFrame:
        codes, asked = self.tiles.codes, set(table.columns) - {"event"}
        table = table.cast({name: dtype for name, dtype in codes.items() if name in asked})
        if "account_id" not in table.columns:
            return table
        return table.with_columns(pl.col("account_id").cast(self.tiles.ids, strict=False)).drop_nulls("account_id")


def unsettled(facts: Iterable[Facts]) -> frozenset[str]:
    """Accounts that need all their tiles at any of these moments: see `Settled`."""
    return frozenset().union(*(one.routes.accounts for one in facts))
