"""What was known at one moment, in memory, with accounts, users, assets and products in one coding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from consumption.features.lifetime import Lifetime
from consumption.features.rules import UsageRules
from consumption.features.tiles import Tiles, between, day_of, phase
from consumption.lake.history import History

_TABLES = ("accounts", "contracts", "interactions", "contacts", "assets", "products")


@dataclass(frozen=True)
class Known:
    """All that signals of one moment are made from.

    `accounts` has created_day and tenure_days beside the columns of the contract; the other tables are as
    `History.before` gives them, interactions oldest first.
    """

    as_of: datetime
    day: date
    rules: UsageRules
    tiles: Tiles
    lifetime: Lifetime
    accounts: pl.DataFrame
    contracts: pl.DataFrame
    interactions: pl.DataFrame
    contacts: pl.DataFrame
    assets: pl.DataFrame
    products: pl.DataFrame

    @staticmethod
    def at(
        as_of: datetime, history: History, tiles: Tiles, rules: UsageRules, earlier: Lifetime | None = None
    ) -> Known:
        """What `history` tells before `as_of`, its events by way of `tiles`."""
        known = history.before(as_of)
        tables = pl.collect_all([known.frame(name) for name in _TABLES])
        accounts, contracts, interactions, *others = [_coded(table, tiles) for table in tables]
        day = day_of(as_of)
        created = pl.col("created_at")
        return Known(
            as_of,
            day,
            rules,
            tiles,
            Lifetime.of(tiles, day, earlier),
            accounts.sort("account_id").with_columns(
                (created - phase(as_of)).dt.date().alias("created_day"),
                (pl.lit(as_of) - created).dt.total_days().alias("tenure_days"),
            ),
            contracts,
            interactions.sort("timestamp", "interaction_id"),
            *others,
        )

    def days(self, window: int, offset: int = 0) -> pl.LazyFrame:
        """Tile rows of the half-open window of days that ends `offset` days before the moment."""
        return self._seen(self.tiles.rows, window, offset)

    def daily(self, window: int, offset: int = 0) -> pl.LazyFrame:
        """The same for sums a product and day."""
        return self._seen(self.tiles.daily, window, offset)

    def _seen(self, rows: pl.DataFrame, window: int, offset: int) -> pl.LazyFrame:
        end = self.day - timedelta(days=offset)
        return between(rows, end - timedelta(days=window), end).lazy().filter(pl.col("seen") < self.day)

    def start(self, window: int, offset: int = 0) -> date:
        """The first day of a window."""
        return self.day - timedelta(days=window + offset)

    def ago(self, day: pl.Expr) -> pl.Expr:
        """Days from a date to the moment's day; 1 is the day before."""
        return (pl.lit(self.day) - day).dt.total_days()


def _coded(table: pl.DataFrame, tiles: Tiles) -> pl.DataFrame:
    codes = {name: tiles.rows.schema[name] for name in ("user_id", "asset_id", "product") if name in table.columns}
    table = table.cast(codes)  # type: ignore[arg-type]
    if "account_id" not in table.columns:
        return table
    return table.with_columns(pl.col("account_id").cast(tiles.ids, strict=False)).drop_nulls("account_id")
