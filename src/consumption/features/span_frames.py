"""Frames of how long an account was there: what a young one can be compared by."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import over
from consumption.features.known import Known

# Less of a window says nothing about the rest of it: weekdays do not cancel.
FEWEST_DAYS = 7


def beginnings(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account: waited, the days from its beginning to its first event, or so far; 0 if used before.

    Null for an account that began before telemetry did: it may have been used long before the first event there is.
    """
    used = known.lifetime.accounts.lazy().select("account_id", "first_day")
    rows = known.accounts.lazy().select("account_id", "created_day", "tenure_days").join(
        used, on="account_id", how="left"
    )  # fmt: skip
    waited = (pl.col("tenure_days") - known.ago(pl.col("first_day")).fill_null(0)).clip(lower_bound=0)
    return rows.select("account_id", pl.when(~began_untold(known)).then(waited).alias("waited"))


def began_untold(known: Known) -> pl.Expr:
    """Whether an account, by its created_day, began before telemetry did."""
    since = known.rules.telemetry_since
    return pl.lit(value=False) if since is None else pl.col("created_day") < since


def lived(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """One row an account: the part of the window since it began or was first used; null for less than a week."""
    used = known.lifetime.accounts.lazy().select("account_id", "first_day")
    accounts = known.accounts.lazy().select("account_id", "created_day").join(used, on="account_id", how="left")
    begun = known.ago(pl.min_horizontal("created_day", "first_day")) - offset
    days = begun.clip(0, window)
    return accounts.select("account_id", pl.when(days >= FEWEST_DAYS).then(over(days, window)).alias("part"))
