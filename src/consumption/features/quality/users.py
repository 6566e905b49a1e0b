"""Who the users are, day by day: what tells people from programs."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import over

# A user day of so many distinct hours, or of so many events, is looked at more closely.
LONG_DAY = 16
MANY_EVENTS = 200
# A pace this even on most days of a month is kept too: the check itself is stricter.
_EVEN = 0.25
_MOST_SHARED = 50
_USER = ["account_id", "user_id"]


def user_days(known: pl.DataFrame) -> pl.DataFrame:
    """One row a named user and day: account_id, user_id, day, events, hours (distinct hours of the day)."""
    hourly = known.filter(pl.col("user_id").is_not_null()).group_by(*_USER, "hour")
    summed = hourly.agg(pl.len().cast(pl.Int64).alias("events"))
    return summed.group_by(*_USER, (pl.col("hour") // 24).cast(pl.Date).alias("day")).agg(
        pl.col("events").sum(), pl.len().cast(pl.Int64).alias("hours")
    )


def suspects(days: pl.DataFrame) -> pl.DataFrame:
    """Users who are awake around the clock, do very much, or always do the same: some of them are people."""
    usual = days.group_by(_USER).agg(
        pl.col("events").sum(),
        pl.len().cast(pl.Int64).alias("days"),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
        pl.col("hours").median(),
        *(
            pl.col("events").quantile(q, "nearest").alias(name)
            for q, name in ((0.1, "low"), (0.5, "pace"), (0.9, "high"))
        ),
    )
    even = (pl.col("high") - pl.col("low")) <= _EVEN * pl.col("pace")
    daily = pl.col("days") >= over((pl.col("last") - pl.col("first")).dt.total_days() + 1, 1) * 0.8
    odd = (pl.col("hours") >= LONG_DAY) | (pl.col("pace") >= MANY_EVENTS) | (even & daily & (pl.col("days") >= 28))
    return usual.filter(odd).sort(_USER)


def paces(days: pl.DataFrame) -> pl.DataFrame:
    """How many users do so many events on a usual active day: pace, users."""
    each = days.group_by(_USER).agg(pl.col("events").median().round().cast(pl.Int64).alias("pace"))
    return each.group_by("pace").agg(pl.len().cast(pl.Int64).alias("users")).sort("pace")


def shared(days: pl.DataFrame) -> pl.DataFrame:
    """User ids in several accounts, those with the most: user_id, accounts, events."""
    each = days.group_by("user_id").agg(
        pl.col("account_id").n_unique().cast(pl.Int64).alias("accounts"), pl.col("events").sum()
    )
    several = each.filter(pl.col("accounts") > 1).with_columns(pl.col("user_id").cast(pl.String))
    return several.sort("accounts", "user_id", descending=[True, False]).head(_MOST_SHARED)


def domains(days: pl.DataFrame) -> pl.DataFrame:
    """Domains of user ids that are e-mail addresses: domain, users, accounts, events."""
    each = days.group_by(_USER).agg(pl.col("events").sum())
    domain = pl.col("user_id").cast(pl.String).str.extract(r"@([^@\s]+\.[^@\s]+)$").str.to_lowercase().alias("domain")
    named = each.with_columns(domain).drop_nulls("domain")
    return named.group_by("domain").agg(
        pl.col("user_id").n_unique().cast(pl.Int64).alias("users"),
        pl.col("account_id").n_unique().cast(pl.Int64).alias("accounts"),
        pl.col("events").sum(),
    ).sort("domain")  # fmt: skip
