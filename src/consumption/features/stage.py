"""Stage: where in its journey an account is, and how far it came."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.features.known import Facts, Known
from consumption.features.rules import NO_RULES, UsageRules
from consumption.features.signal import signal
from consumption.features.stage_frames import stages, steps
from consumption.features.tiles import Tiles
from consumption.lake.history import History

STAGES = ("land", "adopt", "expand", "renew")


@signal(unit="word", family="stage", source="stages", label="Stage")
def stage() -> pl.Expr:
    """Where it is in its journey: land, adopt, expand or renew.

    It lands until a first value event, adopts until three people, or machines, had one, and expands from then on; it
    renews in the 91 days before a contract is decided, or with notice given.
    """
    return pl.col("stage")


@signal(unit="days", family="stage", source="stages", label="Days in this stage")
def stage_days() -> pl.Expr:
    """Days since the present stage was entered."""
    return pl.col("stage_days")


@signal(unit="count", family="stage", source="stages", label="Steps of the journey taken", direction=1,
        driver="low_adoption")  # fmt: skip
def steps_passed() -> pl.Expr:
    """Steps of the journey reached, of those that the account can take (`stage_frames.STEPS`)."""
    return pl.col("passed")


@signal(unit="count", family="stage", source="stages", label="Steps of the journey missed", direction=-1,
        driver="low_adoption")  # fmt: skip
def steps_missed() -> pl.Expr:
    """Steps of the journey not reached though their day has passed."""
    return pl.col("missed")


def stage_rows(history: History, as_of: datetime, rules: UsageRules = NO_RULES) -> pl.DataFrame:
    """One row a customer: account_id, stage, entered_on, sorted by account."""
    rows = stages(_known(history, as_of, rules), 0, 0).drop_nulls("stage")
    columns = (pl.col("account_id").cast(pl.String), "stage", pl.col("entered_day").alias("entered_on"))
    return rows.select(columns).collect().sort("account_id")


def journey(history: History, as_of: datetime, rules: UsageRules = NO_RULES) -> pl.DataFrame:
    """A row an account and step it can take: account_id, step, reached_on, due_on, is_missed.

    Sorted by account and due date; `reached_on` is null where it was not.
    """
    rows = steps(_known(history, as_of, rules)).with_columns(pl.col("account_id").cast(pl.String))
    named = rows.rename({"reached_day": "reached_on", "due_day": "due_on"})
    return named.collect().sort("account_id", "due_on", "step")


def _known(history: History, as_of: datetime, rules: UsageRules) -> Known:
    facts = Facts(as_of, history)
    return Known.at(facts, Tiles.of(history, as_of, rules, facts.excluded(rules)), rules)
