"""When accounts were lost, and since when anybody could tell: what the choice of a horizon asks."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from consumption.features.coverage import ends
from consumption.features.labels import ASK_TELEMETRY, LabelRules, applicable
from consumption.features.tiles import day_of
from consumption.features.use_told import customers_events
from consumption.lake.history import History
from consumption.tables import RECEIVED_AT, TIMESTAMP


def losses(history: History, as_of: datetime, rules: LabelRules) -> pl.DataFrame:
    """One row a loss of an account that was certain before `as_of`: account_id, lost_on, sorted.

    With contracts, all had ended and none had followed within the gap; where silence or use tells, no event came for
    as long as labels look ahead; else a churn outcome.
    """
    source = applicable(history, rules).source
    if source in ASK_TELEMETRY:
        return _fell_silent(history, as_of, rules)
    if source == "contracts":
        certain = day_of(as_of) - timedelta(days=rules.gap_days)
        lost = ends(history.before(as_of).contracts.collect(), rules.gap_days).filter(pl.col("lost_on") <= certain)
    else:
        churned = history.before(as_of).outcomes.filter(pl.col("kind") == "churn")
        lost = churned.select("account_id", pl.col("occurred_on").alias("lost_on")).collect()
    return lost.sort("account_id", "lost_on")


def _fell_silent(history: History, as_of: datetime, rules: LabelRules) -> pl.DataFrame:
    """The day after the last event of accounts of which none came since, for the length of a label window."""
    events = customers_events(history.before(as_of), rules.usage)
    last = events.group_by("account_id").agg(pl.col("timestamp").max())
    silent = last.filter(pl.col("timestamp") < as_of - timedelta(days=rules.horizon_days))
    day = pl.col("timestamp").dt.date() + pl.duration(days=1)
    return silent.select("account_id", day.alias("lost_on")).sort("account_id").collect()


def labelled_from(history: History, rules: LabelRules) -> datetime | None:
    """The moment after which an account may have a label: a contract has begun and is known, or an account is there.

    None where there never is one.
    """
    table, begins = ("contracts", "starts_on") if applicable(history, rules).source == "contracts" else (
        "accounts", "created_at")  # fmt: skip
    there = pl.max_horizontal(pl.col(begins).cast(TIMESTAMP), pl.col(RECEIVED_AT))
    found: datetime | None = history.frame(table).select(there.min()).collect().item()
    return found
