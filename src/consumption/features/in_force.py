"""Which contracts are in force when, and what they are worth a year."""

from __future__ import annotations

from datetime import date

import polars as pl

from consumption.features.exact import from_micro, micro


def in_force(day: date) -> pl.Expr:
    """Whether a contract is in force on a day: from its first day on, until it stopped or its term ended."""
    return (pl.col("starts_on") <= day) & (pl.lit(day) < stops_on())


def stops_on() -> pl.Expr:
    """The first day a contract is no longer in force, as far as known."""
    return pl.coalesce("ended_on", "ends_on")


def decision_on() -> pl.Expr:
    """The day a contract is decided by: its end, or the last day for notice where it renews itself."""
    notice = pl.when(pl.col("auto_renews").fill_null(value=False)).then(pl.col("notice_days")).fill_null(0)
    return pl.col("ends_on") - pl.duration(days=notice)


def arr_in_force(contracts: pl.DataFrame, day: date) -> pl.DataFrame:
    """One row an account with a contract in force on the day: account_id, arr; null where no worth is known."""
    known = pl.col("arr").is_not_null()
    total = pl.when(known.any()).then(from_micro(micro(pl.col("arr")).sum()))
    return contracts.filter(in_force(day)).group_by("account_id").agg(total.alias("arr"))
