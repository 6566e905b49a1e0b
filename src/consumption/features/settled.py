"""Accounts whose tiles cannot be taken as they stand: use that counts elsewhere, or was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from consumption.features.lifetime import Lifetime
from consumption.features.routes import Routes
from consumption.features.tile_sums import KEY, TEXTS, daily_of, user_days_of, who_of
from consumption.features.tiles import ALWAYS, Tiles

_SERIES = ["account_id", "user_id", "asset_id", "product", "event", "timestamp", "day", "quantity"]


@dataclass(frozen=True)
class Settled:
    """All tiles of some accounts as they stand at one moment: under the account they count for, net of corrections.

    `accounts` are those with something to settle; the tiles of all others count as they are. `rows` has the columns
    of `Tiles.rows`, sorted by day.
    """

    day: date
    accounts: pl.Series
    routes: Routes
    rows: pl.DataFrame

    @staticmethod
    def at(tiles: Tiles, day: date, routes: Routes) -> Settled:
        """What the tiles come to on a day."""
        names = sorted({*routes.accounts, *tiles.corrected})
        accounts = pl.Series(names, dtype=pl.String).cast(tiles.ids, strict=False).drop_nulls()
        if accounts.is_empty():
            return Settled(day, accounts, routes, tiles.raw.since(day).clear())
        all_tiles = tiles.raw.since(ALWAYS) if tiles.whole is None else tiles.whole
        seen = all_tiles.lazy().filter(pl.col("seen") < day)
        rows = _followed(seen.filter(pl.col("account_id").is_in(accounts.implode())), tiles, routes)
        key = [*(name for name in KEY if name != "seen"), "is_value", "is_error"]
        net = rows.group_by(key).agg(pl.col("events", "quantity").sum()).filter(pl.col("events") > 0)
        dated = net.with_columns(pl.col("day").alias("seen"))
        return Settled(day, accounts, routes, dated.select(tiles.raw.since(day).columns).sort("day").collect())

    @cached_property
    def _who(self) -> pl.DataFrame:
        return who_of(self.rows)

    @cached_property
    def user_days(self) -> pl.DataFrame:
        """The same a named user and day, with the columns of `Tiles.user_days`."""
        return user_days_of(self._who)

    @cached_property
    def daily(self) -> pl.DataFrame:
        """The same a product and day, with the columns of `Tiles.daily`."""
        return daily_of(self._who)

    def lifetime(self, alone: Lifetime) -> Lifetime:
        """The lifetime of every account, given that of the tiles as they are."""
        if self.accounts.is_empty():
            return alone
        return alone.without(self.accounts) + Lifetime.summed(self.rows, self.day)

    def readings(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Readings known on the day, under the account they count for, without those taken back."""
        if self.accounts.is_empty():
            return rows
        mine = pl.col("account_id").is_in(self.accounts.implode())
        schema = rows.collect_schema()
        net = _followed_to(rows.filter(mine), self.routes, schema).group_by(_SERIES).agg(pl.col("events").sum())
        back = net.filter(pl.col("events") > 0).with_columns(pl.col("day").alias("seen")).select(schema.names())
        return pl.concat([rows.filter(~mine), back]).sort("timestamp", "quantity")


def _followed(rows: pl.LazyFrame, tiles: Tiles, routes: Routes) -> pl.LazyFrame:
    schema = pl.Schema({"account_id": tiles.ids, **tiles.codes})
    return _followed_to(rows, routes, schema)


def _followed_to(rows: pl.LazyFrame, routes: Routes, schema: pl.Schema) -> pl.LazyFrame:
    """Rows under the accounts they count for, coded as before."""
    if routes.is_empty:
        return rows
    texts = {name: pl.String() for name in ("account_id", *TEXTS)}
    found = routes.follow(rows.with_columns(pl.col(name).cast(dtype) for name, dtype in texts.items()))
    codes = {name: schema[name] for name in texts}
    return found.with_columns(pl.col(name).cast(dtype) for name, dtype in codes.items())
