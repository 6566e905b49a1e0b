"""Frames made of accounts, contracts, people, machines and contacts with the customer."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from consumption.features.exact import micro, over
from consumption.features.in_force import arr_in_force
from consumption.features.known import Known
from consumption.features.meters import entitlements as measured
from consumption.features.reopened import reopened

YEAR_DAYS = 364
_MICROSECONDS_A_DAY = 86_400_000_000


def account(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account: its own columns, as known."""
    return known.accounts.lazy()


def entitlements(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a contract in force, with its use."""
    rows = measured(known).lazy()
    ahead = [(-known.ago(pl.col(f"{name}_on"))).alias(f"{name}_in_days") for name in ("ends", "decision")]
    return rows.with_columns(ahead)


def value(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """One row an account with a contract in force, now or 52 weeks ago."""
    now = arr_in_force(known.contracts, known.day)
    before = arr_in_force(known.contracts, known.day - timedelta(days=YEAR_DAYS)).rename({"arr": "arr_before"})
    return now.join(before, on="account_id", how="full", coalesce=True).lazy()


def interactions(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row an interaction begun in the window, or ever where there is none."""
    again = reopened(known.facts.history, known.as_of)
    joined = known.interactions.lazy().join(again, on="interaction_id", how="left", maintain_order="left")
    rows = joined.with_columns(
        _days(pl.lit(known.as_of) - pl.col("timestamp")).alias("days_ago"),
        _days(pl.col("closed_at") - pl.col("timestamp")).alias("days_open"),
        _days(pl.lit(known.as_of) - pl.col("reopened_at")).alias("reopened_days_ago"),
        pl.col("closed_at").is_null().alias("is_open"),
        micro(pl.col("amount")).alias("amount"),
    )
    if not window:
        return rows
    start = known.as_of - timedelta(days=window + offset)
    return rows.filter(pl.col("timestamp").is_between(start, start + timedelta(days=window), closed="left"))


def contacts(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a person at the customer, with when they were last seen as a user."""
    seen = known.lifetime.users.lazy().select("account_id", "user_id", "last_day", "first_value_day")
    people = known.contacts.lazy().join(seen, on=["account_id", "user_id"], how="left")
    ago = [known.ago(pl.col(f"{name}_on")).alias(f"{name}_days_ago") for name in ("left", "invited", "seat_assigned")]
    return people.with_columns(*ago, known.ago(pl.col("last_day")).alias("last_days_ago")).with_columns(
        (pl.col("left_days_ago") > 0).fill_null(value=False).alias("has_left"),
        pl.col("first_value_day").is_not_null().alias("has_reached_value"),
    )


def assets(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a machine of the installed base, with when it last reported."""
    seen = known.lifetime.assets.lazy().select("account_id", "asset_id", "last_day")
    here = pl.col("removed_on").is_null() | (pl.col("removed_on") > known.day)
    stands = here & (pl.col("installed_on").is_null() | (pl.col("installed_on") <= known.day))
    base = known.assets.lazy().filter(stands).join(seen, on=["account_id", "asset_id"], how="left")
    return base.with_columns(
        known.ago(pl.col("last_day")).alias("last_days_ago"),
        (pl.col("warranty_until") <= known.day).alias("is_out_of_warranty"),
    )


def _days(time: pl.Expr) -> pl.Expr:
    """A length of time in days and parts of a day."""
    return over(time.dt.total_microseconds(), _MICROSECONDS_A_DAY)
