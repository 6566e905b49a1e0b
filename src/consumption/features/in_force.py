"""Which contracts are in force when, and what they are worth a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl

from consumption.features.exact import from_micro, micro
from consumption.lake.history import History
from consumption.tables import RECEIVED_AT, TIMESTAMP


def known_contracts(history: History, as_of: datetime) -> pl.LazyFrame:
    """Contracts as known before `as_of`: as `History.before` has them, but that an end on the very day has come.

    A day a contract stopped on is its first day out of force, so it holds from midnight; a notice takes the day.
    """
    received = history.contracts.filter(pl.col(RECEIVED_AT) < as_of)
    known = replace(history, contracts=received).before(as_of + timedelta(microseconds=1)).contracts
    given = pl.col("notice_given_on")
    return known.with_columns(pl.when(given.cast(TIMESTAMP) < as_of).then(given).alias("notice_given_on"))


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
    """One row an account with a contract in force on the day: account_id, arr."""
    total = from_micro(micro(pl.col("arr")).sum())
    return contracts.filter(in_force(day)).group_by("account_id").agg(total.alias("arr"))
