"""Frames made of events, for expressions to sum up."""

from __future__ import annotations

import polars as pl

from consumption.features.in_force import in_force
from consumption.features.known import Known
from consumption.features.packing import grouped, one_of_each
from consumption.features.tile_sums import ADDED_UP, SUMS, flagged, with_value

WEEKS = 26


def tiles(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a user, asset, product, feature and day of the window."""
    return with_value(known.days(window, offset))


def daily(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a product and day of the window (several, where events were received on different days)."""
    return known.daily(window, offset)


def user_days(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a named user and day of the window."""
    rows = known.user_days(window, offset).collect()
    return grouped(rows, ("account_id", "user_id", "day"), ADDED_UP).lazy()


def visits(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a named user and day of the window, without sums: for what only counts them."""
    return known.user_days(window, offset).filter(pl.col("days") == 1).select("account_id", "user_id", "day")


def users(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a named user active in the window or in the one before it."""
    in_window = pl.col("day") >= known.start(window, offset)
    # Flags and masked columns first: sums of plain columns are what a group-by does fastest.
    masked = {"active_days": "days", **{name: name for name in SUMS}}
    both = known.user_days(2 * window, offset).select(
        "account_id",
        "user_id",
        *(pl.when(in_window).then(column).otherwise(0).alias(name) for name, column in masked.items()),
        *(pl.when(~in_window).then(name).otherwise(0).alias(f"{name}_before") for name in ("days", "events")),
    )
    names = (*masked, "days_before", "events_before")
    rows = grouped(both.collect(), ("account_id", "user_id"), dict.fromkeys(names, "sum"))
    found = rows.lazy().rename({"days_before": "active_days_before"})
    return found.join(_people(known), on=["account_id", "user_id"], how="left").with_columns(
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
    sums = daily(known, window, offset).collect()
    rows = grouped(sums, ("account_id", "day"), ADDED_UP).lazy()
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
    rows = known.parts(window, offset).select("account_id", "user_id", "event", "events", "quantity").collect()
    # A user counts in one row of each feature.
    counts = one_of_each(rows, ("account_id", "user_id", "event")) & rows["user_id"].is_not_null()
    names = ("events", "quantity", "users")
    sums = grouped(
        rows.with_columns(counts.cast(pl.Int64).alias("users")), ("account_id", "event"), dict.fromkeys(names, "sum")
    )
    # Whether an event is value or an error is the same for all of its rows: asked after summing up.
    used = with_value(flagged(sums, known.rules).lazy())
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


def weeks(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account: lists of its last 26 weeks, newest first; null for weeks it did not live whole."""
    week = ((known.ago(pl.col("day")) - 1) // 7).alias("week")
    names = ("events", "value_events")
    used = known.daily(7 * WEEKS).select("account_id", week, *names).collect()
    sums = grouped(used, ("account_id", "week"), dict.fromkeys(names, "sum"))
    lived = (known.ago(pl.col("created_day")) // 7).alias("lived")
    accounts = known.accounts.select("account_id", lived).with_row_index("place")
    cells = pl.DataFrame({"week": range(WEEKS)}, schema={"week": pl.Int64})
    grid = accounts.select("lived").join(cells, how="cross", maintain_order="left_right")
    at = sums.join(accounts, on="account_id").with_columns(pl.col("place").cast(pl.Int64) * WEEKS + pl.col("week"))
    nothing = pl.zeros(grid.height, pl.Int64, eager=True)
    counts = [nothing.clone().scatter(at["place"], at[name]).alias(name) for name in names]
    in_life = pl.when(pl.col("week") < pl.col("lived"))
    lists = grid.with_columns(counts).select(in_life.then(name).alias(name) for name in names)
    shaped = [lists[name].reshape((accounts.height, WEEKS)).arr.to_list().alias(name) for name in names]
    return accounts.select("account_id").with_columns(shaped).lazy()


def lifetime(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account: everything it ever did."""
    ever = known.lifetime.accounts.lazy()
    all_accounts = known.accounts.lazy().select("account_id", "tenure_days", "created_day")
    return all_accounts.join(ever, on="account_id", how="left").with_columns(
        pl.col(SUMS).fill_null(0),
        known.ago(pl.col("last_day")).alias("last_days_ago"),
        known.ago(pl.col("first_day")).alias("first_days_ago"),
        known.ago(pl.col("last_value_day")).alias("last_value_days_ago"),
        known.ago(pl.col("first_value_day")).alias("first_value_days_ago"),
    )
