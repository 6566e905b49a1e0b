"""What an account, its users, features and assets did since their beginning, as sums that can be continued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from consumption.features.addresses import How
from consumption.features.packing import grouped
from consumption.features.tile_sums import SUMS, who_of, with_value
from consumption.features.tiles import ALWAYS, Tiles, seen_between

PARTS = {"users": "user_id", "features": "event", "assets": "asset_id"}
_DAYS = ("first_day", "first_value_day", "last_day", "last_value_day")
_FIRSTS = ("first_day", "first_value_day")
_LASTS = ("last_day", "last_value_day")
# How rows of a lifetime are put together.
_TOGETHER: dict[str, How] = {
    **dict.fromkeys(_FIRSTS, "min"), **dict.fromkeys(_LASTS, "max"), **dict.fromkeys(SUMS, "sum")
}  # fmt: skip
_FLAGS: dict[str, How] = dict.fromkeys(("is_value", "is_error"), "max")


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
        rows, who = (seen_between(parts.since(since), since, day).collect() for parts in (tiles.raw, tiles.who))
        return Lifetime.summed(rows, day, earlier, who)

    @staticmethod
    def summed(
        rows: pl.DataFrame, day: date, earlier: Lifetime | None = None, who: pl.DataFrame | None = None
    ) -> Lifetime:
        """The sums of these flagged parts of tiles (`who`: the same by user), and of what was before them."""
        people = who_of(rows) if who is None else who
        made = [
            _summed(people.lazy(), "user_id", pl.col("value_events") != 0),
            _of_features(rows),
            _summed(with_value(rows.lazy()), "asset_id", pl.col("is_value")),
        ]
        parts = [
            part.select("account_id", key, *_DAYS, *SUMS) for part, key in zip(made, PARTS.values(), strict=True)
        ]
        if earlier:
            olds = (earlier.users, earlier.features, earlier.assets)
            parts = [_added(old, part, key) for old, part, key in zip(olds, parts, PARTS.values(), strict=True)]
        return Lifetime(day, *parts)

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """The same a row an account, with `features`: how many it used."""
        return self.features.group_by("account_id").agg(
            pl.col(_FIRSTS).min(), pl.col(_LASTS).max(), pl.col(SUMS).sum(), pl.len().alias("features")
        )

    def without(self, accounts: pl.Series) -> Lifetime:
        """All but these accounts."""
        others = ~pl.col("account_id").is_in(accounts.implode())
        return Lifetime(self.day, self.users.filter(others), self.features.filter(others), self.assets.filter(others))

    def __add__(self, other: Lifetime) -> Lifetime:
        """Both, where they have no account in common."""
        pairs = ((self.users, other.users), (self.features, other.features), (self.assets, other.assets))
        return Lifetime(self.day, *(pl.concat(pair) for pair in pairs))


def _summed(rows: pl.LazyFrame, key: str, reached: pl.Expr) -> pl.DataFrame:
    """A row an account and `key`, of rows with their sums; `reached` is whether a row has a value event."""
    value_day = pl.when(reached).then("day")
    ends: dict[str, pl.Expr | str] = {
        "first_day": "day",
        "last_day": "day",
        "first_value_day": value_day,
        "last_value_day": value_day,
    }
    named = rows.filter(pl.col(key).is_not_null()).select("account_id", key, *SUMS, **ends)
    return grouped(named.collect(), ("account_id", key), _TOGETHER)


def _of_features(rows: pl.DataFrame) -> pl.DataFrame:
    # Whether an event is value or an error is the same for all of its rows: asked after summing up.
    days = rows.with_columns(first_day="day", last_day="day")
    names = ("first_day", "last_day", "events", "quantity")
    sums = grouped(days, ("account_id", "event"), {n: _TOGETHER[n] for n in names} | _FLAGS)
    value = [pl.when("is_value").then(f"{end}_day").alias(f"{end}_value_day") for end in ("first", "last")]
    return with_value(sums.lazy()).with_columns(value).collect()


def _added(old: pl.DataFrame, new: pl.DataFrame, key: str) -> pl.DataFrame:
    return grouped(pl.concat([old, new]), ("account_id", key), _TOGETHER)
