"""What an account, its users, features and assets did since their beginning, as sums that can be continued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from consumption.features.tiles import SUMS, Tiles, with_value

PARTS = {"users": "user_id", "features": "event", "assets": "asset_id"}
_FIRSTS = ("first_day", "first_value_day")
_LASTS = ("last_day", "last_value_day")


@dataclass(frozen=True)
class Lifetime:
    """Everything seen before `day`: a row an account and user (`users`), event (`features`) or asset (`assets`).

    Columns: first_day, last_day, first_value_day, last_value_day, and sums of events, quantity (millionths),
    value_events, value_quantity, error_events.
    """

    day: date
    users: pl.DataFrame
    features: pl.DataFrame
    assets: pl.DataFrame

    @staticmethod
    def of(tiles: Tiles, day: date, earlier: Lifetime | None = None) -> Lifetime:
        """The sums up to a day; from an earlier day's on, where they are given: the same whole numbers."""
        new = pl.col("seen") < day
        if earlier and earlier.day <= day:
            new &= pl.col("seen") >= earlier.day
        rows = tiles.rows.lazy().filter(new)
        parts = pl.collect_all([_summed(rows, key) for key in PARTS.values()])
        if earlier and earlier.day <= day:
            olds = (earlier.users, earlier.features, earlier.assets)
            parts = [_added(old, part, key) for old, part, key in zip(olds, parts, PARTS.values(), strict=True)]
        return Lifetime(day, *parts)


def _summed(rows: pl.LazyFrame, key: str) -> pl.LazyFrame:
    value_day = pl.col("day").filter(pl.col("is_value"))
    days = [
        pl.col("day").min().alias("first_day"),
        value_day.min().alias("first_value_day"),
        pl.col("day").max().alias("last_day"),
        value_day.max().alias("last_value_day"),
    ]
    named = rows.filter(pl.col(key).is_not_null())
    return with_value(named).group_by("account_id", key).agg(*days, pl.col(SUMS).sum())


def _added(old: pl.DataFrame, new: pl.DataFrame, key: str) -> pl.DataFrame:
    both = pl.concat([old, new])
    return both.group_by("account_id", key).agg(pl.col(_FIRSTS).min(), pl.col(_LASTS).max(), pl.col(SUMS).sum())
