"""Goals: what an account wants to reach, and what of it the customer says it has."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import micro
from consumption.features.known import Known
from consumption.features.signal import signal


def goals(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a goal of an account; confirmed where an `outcome` of that topic was told by the customer."""
    told = known.interactions.lazy().filter(pl.col("channel") == "outcome").select("account_id", _plain("topic"))
    confirmed = told.drop_nulls().unique().with_columns(is_confirmed=pl.lit(value=True))
    return (
        known.goals.lazy()
        .with_columns(_plain("goal").alias("topic"), micro(pl.col("weight").fill_null(1.0)).alias("weight"))
        .join(confirmed, on=["account_id", "topic"], how="left")
        .with_columns(pl.col("is_confirmed").fill_null(value=False))
    )


@signal(unit="count", family="goals", source="goals", label="Goals we know of", silence=0, direction=1)
def goals_known() -> pl.Expr:
    """Goals of the account that are written down."""
    return pl.len()


@signal(unit="share", family="goals", source="goals", label="Goals they say they reached", direction=1,
        driver="low_adoption")  # fmt: skip
def goals_confirmed_share() -> pl.Expr:
    """Weight of the goals on whose topic the customer confirmed an outcome, of the weight of all its goals."""
    return pl.col("weight").filter("is_confirmed").sum() / pl.col("weight").sum()


def _plain(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().str.to_lowercase()
