"""What telemetry shows early: leading, not proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from consumption.actions.number.arms import LEAST_PARENTS, Interval, compare

WINDOW = 28
AFTER = 56
REACH = 91
"""Accounts that began to count in the quarter before the last eight weeks are looked at."""


@dataclass(frozen=True)
class Leading:
    """Active days of 28 that served accounts gained over held-out ones, a month to two after they were chosen."""

    days: Interval
    served: int
    withheld: int


def looked_at(counted: pl.DataFrame, today: date) -> pl.DataFrame:
    """Accounts whose eight weeks are over, and not for longer than a quarter: rows of `counted`."""
    last = today - timedelta(days=AFTER)
    return counted.filter(pl.col("since") <= last, pl.col("since") > last - timedelta(days=REACH))


def leading(counted: pl.DataFrame, active: pl.DataFrame, today: date) -> Leading | None:
    """`counted`: with top_parent; `active`: account_id, day, one row a day on which an account was active.

    None where too few accounts are in either arm.
    """
    rows = looked_at(counted, today)
    ahead = (pl.col("day") - pl.col("since")).dt.total_days()
    later = ahead.is_between(AFTER - WINDOW, AFTER, closed="left").sum()
    earlier = ahead.is_between(-WINDOW, 0, closed="left").sum()
    days = (
        rows.select("account_id", "since")
        .join(active, on="account_id")
        .group_by("account_id")
        .agg(change=later.cast(pl.Float64) - earlier.cast(pl.Float64))
    )
    told = rows.join(days, on="account_id", how="left").select(
        "account_id",
        "top_parent",
        "arm",
        worth=pl.lit(1.0),
        change=pl.col("change").fill_null(0.0),
        expected=pl.lit(0.0),
    )
    found = compare(told)
    if min(found.served, found.withheld) < LEAST_PARENTS:
        return None
    return Leading(found.fixed(), found.served, found.withheld)


def first_day(today: date) -> date:
    """From which day on activity is asked for."""
    return today - timedelta(days=AFTER + REACH + WINDOW)
