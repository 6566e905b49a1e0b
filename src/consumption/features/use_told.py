"""What use tells labels where contracts do not: who was heard of, and how much was consumed."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from consumption.features.earned import END_OF_TIME
from consumption.features.exact import from_micro, micro
from consumption.features.known import Facts
from consumption.features.rules import UsageRules
from consumption.features.tile_sums import counts
from consumption.lake.history import History

# Four weeks of use stand for a year's, thirteen times.
_CONSUMPTION_DAYS = 28
_PERIODS_A_YEAR = 13
_TEXTS = {"user_id": pl.String(), "event": pl.String()}


def heard(events: pl.LazyFrame, start: datetime, end: datetime) -> pl.DataFrame:
    """One row an account with an event in `[start, end)`: account_id."""
    there = events.filter(pl.col("timestamp").is_between(start, end, closed="left"))
    return there.select("account_id").unique().collect()


def consumed(events: pl.LazyFrame, moment: datetime, rules: UsageRules) -> pl.DataFrame:
    """One row an account with any: account_id, arr: thirteen times the billed quantity of the four weeks before.

    Billed is what the meters of settings that sum up name; where none names an event, every event is.
    """
    start = moment - timedelta(days=_CONSUMPTION_DAYS)
    used = events.filter(pl.col("timestamp").is_between(start, moment, closed="left"))
    billed = sorted({name for meter in rules.meters.values() if meter.how == "sum" for name in meter.events})
    if billed:
        used = used.filter(pl.col("event").is_in(billed))
    year = _PERIODS_A_YEAR * from_micro(micro(pl.col("quantity").fill_null(1.0)).sum())
    return used.group_by("account_id").agg(year.alias("arr")).filter(pl.col("arr") > 0).collect()


def customers_events(history: History, rules: UsageRules) -> pl.LazyFrame:
    """Events but those that settings leave out (`[exclude]`): what our own staff does keeps no customer."""
    if not rules.excludes:
        return history.events
    return history.events.filter(counts(_TEXTS, rules, Facts(END_OF_TIME, history).excluded(rules)))
