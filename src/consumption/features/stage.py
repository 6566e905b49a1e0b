"""Stage: where in its journey an account is, and how far it came."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.features.kept_tiles import KeptTiles
from consumption.features.known_at import known_at
from consumption.features.rules import NO_RULES, UsageRules
from consumption.features.signal import signal
from consumption.features.stage_frames import stages, steps
from consumption.lake.history import History

STAGES = ("land", "adopt", "expand", "renew")

JOURNEY = pl.Schema({
    "account_id": pl.String(), "stage": pl.String(), "entered_on": pl.Date(), "step": pl.String(),
    "reached_on": pl.Date(), "due_on": pl.Date(), "is_missed": pl.Boolean(),
})  # fmt: skip


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


def journey(
    history: History, as_of: datetime, rules: UsageRules = NO_RULES, kept: KeptTiles | None = None
) -> pl.DataFrame:
    """JOURNEY: a row an account and step it can take, with the stage the account is in since `entered_on`.

    Sorted by account, due date and step. `reached_on` is null where the step was not reached by then; `is_missed`
    says that its day has passed without. The stage is null of an account that has left. `kept` tiles stand in for
    events, as for signals.
    """
    known = known_at(history, as_of, rules, kept, lifetime=True)
    current = stages(known, 0, 0).select("account_id", "stage", pl.col("entered_day").alias("entered_on"))
    named = steps(known).rename({"reached_day": "reached_on", "due_day": "due_on"})
    rows = named.join(current, on="account_id").with_columns(pl.col("account_id").cast(pl.String))
    return rows.select(JOURNEY.names()).collect().cast(JOURNEY).sort("account_id", "due_on", "step")
