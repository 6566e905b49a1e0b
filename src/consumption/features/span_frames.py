"""Frames of how long an account was there: what a young one can be compared by."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import over
from consumption.features.known import Known

# Less of a window says nothing about the rest of it: weekdays do not cancel.
FEWEST_DAYS = 7


def lived(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """One row an account: the part of the window since it began or was first used; null for less than a week."""
    used = known.lifetime.features.lazy().group_by("account_id").agg(pl.col("first_day").min())
    accounts = known.accounts.lazy().select("account_id", "created_day").join(used, on="account_id", how="left")
    begun = known.ago(pl.min_horizontal("created_day", "first_day")) - offset
    days = begun.clip(0, window)
    return accounts.select("account_id", pl.when(days >= FEWEST_DAYS).then(over(days, window)).alias("part"))
