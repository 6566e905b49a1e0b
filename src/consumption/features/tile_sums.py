"""Events as rows that can be summed up, and their sums by what, who and day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

import polars as pl

from consumption.features.addresses import How
from consumption.features.corrections import SIGN
from consumption.features.exact import micro
from consumption.features.packing import grouped
from consumption.features.rules import UsageRules
from consumption.tables import RECEIVED_AT

# A tile: who, what, on which day, and the day from which it counts.
KEY = ("account_id", "user_id", "asset_id", "product", "event", "day", "seen")
TEXTS = ("user_id", "asset_id", "product", "event")
_DAILY = ("account_id", "product", "day", "seen")
_USER_DAY = ("account_id", "user_id", "day", "seen")
_WHO = ("account_id", "user_id", "product", "day", "seen")
# What every frame of events sums up.
SUMS = ("events", "quantity", "value_events", "value_quantity", "error_events")
ADDED_UP: Mapping[str, How] = dict.fromkeys(SUMS, "sum")
# Tile rows as they are kept: texts instead of codes.
TILE = pl.Schema(
    {
        **dict.fromkeys(KEY[:5], pl.String()),
        "day": pl.Date(),
        "seen": pl.Date(),
        "events": pl.Int64(),
        "quantity": pl.Int64(),
    }
)
DAILY = pl.Schema(
    {
        "account_id": pl.String(),
        "product": pl.String(),
        "day": pl.Date(),
        "seen": pl.Date(),
        **dict.fromkeys(SUMS, pl.Int64()),
    }
)


def with_value(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Tile rows with value_events, value_quantity and error_events: 0 for events that are neither."""
    return rows.with_columns(
        pl.when("is_value").then("events").otherwise(0).alias("value_events"),
        pl.when("is_value").then("quantity").otherwise(0).alias("value_quantity"),
        pl.when("is_error").then("events").otherwise(0).alias("error_events"),
    )


def named(codes: pl.DataType, names: Iterable[str]) -> pl.Expr:
    """Whether each event, of these codes, is one of those named."""
    return pl.col("event").is_in(pl.Series(sorted(names), dtype=pl.String).cast(codes).implode())


def enum_of(accounts: pl.Series) -> pl.Enum:
    """The coding of these account ids: in order, so that coded accounts sort like their names."""
    return pl.Enum(accounts.unique().sort())


def fresh_codes() -> dict[str, pl.Categorical]:
    """Codes for texts that live only as long as the tiles they are made for."""
    return {name: pl.Categorical(pl.Categories.random()) for name in TEXTS}


def columns(events: pl.LazyFrame, begins: timedelta = timedelta()) -> pl.LazyFrame:
    """Signed events as rows that can be summed up: with day, seen, and quantity in millionths; texts as they are.

    `begins` is the time of day at which days begin.
    """
    quantity = micro(pl.col("quantity").fill_nan(None).fill_null(1.0)).fill_null(0)
    return events.select(
        *KEY[:5],
        "timestamp",
        (pl.col("timestamp") - begins).dt.date().alias("day"),
        (pl.max_horizontal("timestamp", RECEIVED_AT) - begins).dt.date().alias("seen"),
        pl.col(SIGN).alias("events"),
        (quantity * pl.col(SIGN)).alias("quantity"),
    )


def coded(rows: pl.LazyFrame, ids: pl.Enum, codes: dict[str, pl.Categorical]) -> pl.LazyFrame:
    """Rows with texts as codes; those of accounts that `ids` does not name are left out."""
    known = rows.with_columns(pl.col("account_id").cast(ids, strict=False)).drop_nulls("account_id")
    return known.with_columns(pl.col(name).cast(dtype) for name, dtype in codes.items())


def counts(codes: Mapping[str, pl.DataType], rules: UsageRules, excluded: Iterable[str]) -> pl.Expr:
    """Whether a row of these codes, or texts, counts: not of our own staff, nor an event that settings leave out."""
    wrong = {"user_id": sorted({*excluded, *rules.excluded_users}), "event": sorted(rules.excluded_events)}
    named = [
        pl.col(name).is_in(pl.Series(names, dtype=pl.String).cast(codes[name]).implode())
        for name, names in wrong.items()
        if names
    ]
    address = pl.col("user_id").cast(pl.String).str.to_lowercase()
    ours = [address.str.ends_with(domain) for domain in rules.domains]
    return (
        ~pl.any_horizontal(one.fill_null(value=False) for one in [*named, *ours])
        if named or ours
        else pl.lit(value=True)
    )


def summed(parts: pl.DataFrame) -> pl.DataFrame:
    """One row a tile, of flagged parts of tiles."""
    tiles = grouped(parts, KEY, {"events": "sum", "quantity": "sum", "is_value": "max", "is_error": "max"})
    return tiles.filter((pl.col("events") != 0) | (pl.col("quantity") != 0))


def changed(tiles: pl.DataFrame) -> tuple[str, ...]:
    """Accounts some of whose events were taken back."""
    return tuple(sorted(tiles.filter(pl.col("events") <= 0)["account_id"].unique().cast(pl.String)))


def flagged(tiles: pl.DataFrame, rules: UsageRules) -> pl.DataFrame:
    """Tiles with is_value and is_error."""
    codes = tiles.schema["event"]
    return tiles.with_columns(
        named(codes, rules.value_events).alias("is_value"), named(codes, rules.error_events).alias("is_error")
    )


def who_of(parts: pl.DataFrame) -> pl.DataFrame:
    """One row an account, user or nobody, product, day and seen, of flagged parts of tiles."""
    return grouped(with_value(parts.lazy()).collect(), _WHO, ADDED_UP)


def daily_of(who: pl.DataFrame) -> pl.DataFrame:
    """One row an account, product, day and seen, of sums by `who`; sorted by day."""
    return grouped(who, _DAILY, ADDED_UP).sort("day")


def user_days_of(who: pl.DataFrame) -> pl.DataFrame:
    """One row an account, named user, day and seen, of sums by `who`; sorted by day.

    `days` is 1 in the row of a user and day that counts first and 0 in others, so that it sums up to days.
    """
    named = who.filter(pl.col("user_id").is_not_null()).select(*_USER_DAY, *SUMS)
    # Of one product, or none, there is one row a day already.
    rows = named if who["product"].n_unique() <= 1 else grouped(named, _USER_DAY, ADDED_UP)
    late = rows.filter(pl.col("seen") > pl.col("day"))
    one = pl.lit(1, dtype=pl.Int64).alias("days")
    if late.is_empty():
        return rows.with_columns(one).sort("day")
    same = list(_USER_DAY[:3])
    first = rows.join(late.select(same).unique(), on=same, how="semi").group_by(same).agg(pl.col("seen").min())
    counted = late.join(first.rename({"seen": "_first"}), on=same, how="left", maintain_order="left")
    once = (pl.col("seen") == pl.col("_first")).cast(pl.Int64).alias("days")
    prompt = rows.filter(pl.col("seen") <= pl.col("day")).with_columns(one)
    return pl.concat([prompt, counted.with_columns(once).drop("_first")]).sort("day")


def readings_of(events: pl.DataFrame, rules: UsageRules) -> pl.DataFrame:
    """Events that mean more in their order than in their sum."""
    metered = [m for m in rules.meters.values() if m.how in {"last", "counter"}]
    everything = any(not m.events for m in metered)
    names = frozenset(name for m in metered for name in m.events)
    wanted = events if everything else events.filter(named(events.schema["event"], names))
    return wanted.sort("timestamp", "quantity")
