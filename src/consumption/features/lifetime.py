"""What an account, its users, features and assets did since their beginning, as sums that can be continued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from consumption.features.packing import grouped
from consumption.features.tile_sums import SUMS, who_of, with_value
from consumption.features.tiles import ALWAYS, Tiles, seen_between

PARTS = {"users": "user_id", "features": "event", "assets": "asset_id"}
_DAYS = ("first_day", "first_value_day", "last_day", "last_value_day")
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
        earlier = earlier if earlier and earlier.day <= day else None
        since = earlier.day if earlier else ALWAYS
        rows, who = (seen_between(parts.since(since), since, day) for parts in (tiles.raw, tiles.who))
        return Lifetime.summed(rows, day, earlier, who)

    @staticmethod
    def summed(
        rows: pl.DataFrame, day: date, earlier: Lifetime | None = None, who: pl.DataFrame | None = None
    ) -> Lifetime:
        """The sums of these flagged parts of tiles (`who`: the same by user), and of what was before them."""
        people = who_of(rows) if who is None else who
        users = _summed(people.with_columns(_when("value_events").alias("value_day")), "user_id", SUMS)
        made = [users, *(_of_flagged(rows, key) for key in ("event", "asset_id"))]
        parts = [
            part.select("account_id", key, *_DAYS, *SUMS) for part, key in zip(made, PARTS.values(), strict=True)
        ]
        if earlier:
            olds = (earlier.users, earlier.features, earlier.assets)
            parts = [_added(old, part, key) for old, part, key in zip(olds, parts, PARTS.values(), strict=True)]
        return Lifetime(day, *parts)

    def without(self, accounts: pl.Series) -> Lifetime:
        """All but these accounts."""
        others = ~pl.col("account_id").is_in(accounts.implode())
        return Lifetime(self.day, self.users.filter(others), self.features.filter(others), self.assets.filter(others))

    def __add__(self, other: Lifetime) -> Lifetime:
        """Both, where they have no account in common."""
        pairs = ((self.users, other.users), (self.features, other.features), (self.assets, other.assets))
        return Lifetime(self.day, *(pl.concat(pair) for pair in pairs))


def _when(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != 0).then("day")


def _summed(rows: pl.DataFrame, key: str, sums: Sequence[str]) -> pl.DataFrame:
    days = [
        pl.col("day").min().alias("first_day"),
        pl.col("day").max().alias("last_day"),
        pl.col("value_day").min().alias("first_value_day"),
        pl.col("value_day").max().alias("last_value_day"),
    ]
    return grouped(rows.filter(pl.col(key).is_not_null()), ("account_id", key), [*days, pl.col(sums).sum()])


def _of_flagged(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    if key != "event":
        named = with_value(rows.lazy().filter(pl.col(key).is_not_null()))
        return _summed(named.with_columns(pl.when("is_value").then("day").alias("value_day")).collect(), key, SUMS)
    # Whether an event is value or an error is the same for all of its rows: asked after summing up.
    first, last = pl.col("day").min().alias("first_day"), pl.col("day").max().alias("last_day")
    flags = pl.col("is_value", "is_error").first()
    sums = grouped(rows, ("account_id", key), [first, last, flags, pl.col("events", "quantity").sum()])
    value = [pl.when("is_value").then(f"{end}_day").alias(f"{end}_value_day") for end in ("first", "last")]
    return with_value(sums.lazy()).with_columns(value).collect()


def _added(old: pl.DataFrame, new: pl.DataFrame, key: str) -> pl.DataFrame:
    sums = [pl.col(_FIRSTS).min(), pl.col(_LASTS).max(), pl.col(SUMS).sum()]
    return grouped(pl.concat([old, new]), ("account_id", key), sums)
