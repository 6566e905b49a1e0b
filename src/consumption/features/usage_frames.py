"""Frames made of events, for expressions to sum up."""

from __future__ import annotations

import polars as pl

from consumption.features.in_force import in_force
from consumption.features.known import Known
from consumption.features.tiles import SUMS, with_value

WEEKS = 26


def tiles(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a user, asset, product, feature and day of the window."""
    return with_value(known.days(window, offset))


def daily(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a product and day of the window (several, where events were received on different days)."""
    return known.daily(window, offset)


def user_days(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a named user and day of the window."""
    return known.user_days(window, offset).group_by("account_id", "user_id", "day").agg(pl.col(SUMS).sum())


def users(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a named user active in the window or in the one before it."""
    in_window = pl.col("day") >= known.start(window, offset)
    # Flags and masked columns first: sums of plain columns are what a group-by does fastest.
    both = user_days(known, 2 * window, offset).with_columns(
        in_window.cast(pl.Int64).alias("active_days"),
        (~in_window).cast(pl.Int64).alias("active_days_before"),
        pl.when(~in_window).then("events").otherwise(0).alias("events_before"),
        *(pl.when(in_window).then(name).otherwise(0).alias(name) for name in SUMS),
    )
    sums = pl.col("active_days", "active_days_before", *SUMS, "events_before").sum()
    rows = both.group_by("account_id", "user_id").agg(sums)
    return rows.join(_people(known), on=["account_id", "user_id"], how="left").with_columns(
        (pl.col("first_days_ago") <= window + offset).alias("is_new")
    )


def everyone(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a named user ever seen."""
    return _people(known, "events")


def _people(known: Known, *more: str) -> pl.LazyFrame:
    return known.lifetime.users.lazy().select(
        "account_id",
        "user_id",
        *more,
        known.ago(pl.col("first_day")).alias("first_days_ago"),
        known.ago(pl.col("last_day")).alias("last_days_ago"),
        known.ago(pl.col("first_value_day")).alias("first_value_days_ago"),
    )


def days(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a day of the window with events."""
    rows = daily(known, window, offset).group_by("account_id", "day").agg(pl.col(SUMS).sum())
    # One number sorts faster than two columns.
    by_account = pl.col("account_id").to_physical().cast(pl.Int64) * 1_000_000 + pl.col("day").to_physical()
    ordered = rows.sort(by_account).join(
        known.accounts.lazy().select("account_id", "created_day"), on="account_id", how="left", maintain_order="left"
    )
    same = pl.col("account_id") == pl.col("account_id").shift(1)
    begins = pl.max_horizontal(pl.lit(known.start(window, offset)), "created_day")
    before = pl.when(same).then(pl.col("day").shift(1)).otherwise(begins - pl.duration(days=1))
    return ordered.with_columns(
        known.ago(pl.col("day")).alias("days_ago") - offset,
        ((pl.col("day") - before).dt.total_days() - 1).clip(lower_bound=0).alias("gap"),
        same.fill_null(value=False).alias("is_return"),
    )


def features(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a feature (event name) used in the window."""
    used = tiles(known, window, offset).group_by("account_id", "event").agg(
        pl.col(SUMS).sum(), pl.col("user_id").drop_nulls().n_unique().alias("users")
    )  # fmt: skip
    ever = known.lifetime.features.lazy().select("account_id", "event", "first_day")
    return used.join(ever, on=["account_id", "event"], how="left").with_columns(
        known.ago(pl.col("first_day")).alias("first_days_ago")
    )


def owned(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a product that is owned, or used in the window."""
    bought = known.contracts.lazy().filter(in_force(known.day)).select("account_id", "product").unique()
    used = daily(known, window, offset).filter(pl.col("product").is_not_null()).group_by("account_id", "product").agg(
        pl.col(SUMS).sum()
    )  # fmt: skip
    both = bought.with_columns(is_owned=True).join(used, on=["account_id", "product"], how="full", coalesce=True)
    return both.with_columns(
        pl.col("is_owned").fill_null(value=False), pl.col("events").is_not_null().alias("is_used")
    )


def entitled(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a feature that the products owned entitle to."""
    names = {"core_features": True, "entitled_features": False}
    listed = pl.concat(
        known.products.lazy()
        .select("product", pl.col(column).str.split(";").alias("feature"), pl.lit(core).alias("is_core"))
        .explode("feature")
        for column, core in names.items()
    ).with_columns(pl.col("feature").str.strip_chars())
    mine = owned(known, window, offset).filter("is_owned").select("account_id", "product").join(listed, on="product")
    seen = known.days(window, offset).select("account_id", "event").unique()
    used = seen.select("account_id", pl.col("event").cast(pl.String).alias("feature"))
    may_use = mine.filter(pl.col("feature").str.len_chars() > 0).group_by("account_id", "feature").agg(
        pl.col("is_core").any()
    )  # fmt: skip
    return may_use.join(used.with_columns(is_used=True), on=["account_id", "feature"], how="left").with_columns(
        pl.col("is_used").fill_null(value=False)
    )


def weeks(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account: lists of its last 26 weeks, newest first; null for weeks it did not live whole."""
    sums = daily(known, 7 * WEEKS, 0).group_by("account_id", ((known.ago(pl.col("day")) - 1) // 7).alias("week")).agg(
        pl.col("events", "value_events").sum()
    )  # fmt: skip
    grid = known.accounts.lazy().select("account_id", "created_day").join(
        pl.LazyFrame({"week": range(WEEKS)}, schema={"week": pl.Int64}), how="cross"
    )  # fmt: skip
    lived = known.ago(pl.col("created_day")) >= 7 * (pl.col("week") + 1)
    filled = grid.join(sums, on=["account_id", "week"], how="left").sort("account_id", "week")
    counts = [pl.when(lived).then(pl.col(name).fill_null(0)).alias(name) for name in ("events", "value_events")]
    return filled.select("account_id", *counts).group_by("account_id", maintain_order=True).agg(pl.all())


def lifetime(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account: everything it ever did."""
    ever = known.lifetime.features.lazy().group_by("account_id").agg(
        pl.col("first_day", "first_value_day").min(),
        pl.col("last_day", "last_value_day").max(),
        pl.col(SUMS).sum(),
        pl.len().alias("features"),
    )  # fmt: skip
    all_accounts = known.accounts.lazy().select("account_id", "tenure_days", "created_day")
    return all_accounts.join(ever, on="account_id", how="left").with_columns(
        pl.col(SUMS).fill_null(0),
        known.ago(pl.col("last_day")).alias("last_days_ago"),
        known.ago(pl.col("first_day")).alias("first_days_ago"),
        known.ago(pl.col("last_value_day")).alias("last_value_days_ago"),
        known.ago(pl.col("first_value_day")).alias("first_value_days_ago"),
    )
