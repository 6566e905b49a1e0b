"""What has become known since a model was trained: outcomes that it cannot have learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from consumption.config import Workspace
from consumption.features.labels import label, told_by
from consumption.features.population import population
from consumption.jobs.opening import label_rules, lake_of, signals_of, usage_rules
from consumption.jobs.snapshots import snapshots
from consumption.lake.history import History
from consumption.models import served
from consumption.models.model import Model, StaleModel
from consumption.models.motion import Motion
from consumption.models.samples.dataset import labelled
from consumption.models.samples.split import USUAL_WINDOWS

# Snapshots that are closer than this tell nearly the same of the same accounts.
APART = timedelta(days=USUAL_WINDOWS.every)


@dataclass(frozen=True, eq=False)
class Day:
    """What there is on a day, the same for both motions.

    `rows`: accounts in force to score; those that gave notice are none: no model learned from such, no list has them.
    """

    workspace: Workspace
    as_of: datetime
    told: History
    rows: pl.DataFrame


def ranks(day: Day, motion: Motion) -> Model | None:
    """The trained model that ranks; None where there is none, or it can be used no longer."""
    if served.pointer(day.workspace.models, motion) is None:
        return None
    return _served(day, motion)


def leaver(day: Day, motion: Motion) -> Model | None:
    """The help model by whose churn lists of `expand` go; None for `help`, or where it can be used no longer."""
    return None if motion == "help" else _served(day, "help")


def label_days(workspace: Workspace, model: Model) -> timedelta:
    """From a snapshot to the day on which all of its labels are known."""
    rules = label_rules(workspace, model.about.horizon_days)
    return timedelta(days=rules.lead_days + rules.horizon_days + max(USUAL_WINDOWS.late, rules.gap_days))


def moments_known_since(day: Day, model: Model, since: datetime) -> list[datetime]:
    """Kept snapshots whose labels were known only after `since`, four weeks apart, the oldest first."""
    length = label_days(day.workspace, model)
    there = sorted(moment for moment, _ in lake_of(day.workspace).snapshots())
    found: list[datetime] = []
    for moment in there:
        if since < moment + length <= day.as_of and (not found or moment >= found[-1] + APART):
            found.append(moment)
    return found


def last_known_since(day: Day, model: Model, since: datetime) -> datetime | None:
    """The latest of all such snapshots."""
    length = label_days(day.workspace, model)
    there = (moment for moment, _ in lake_of(day.workspace).snapshots())
    return max((moment for moment in there if since < moment + length <= day.as_of), default=None)


def known_rows(day: Day, model: Model, moments: Sequence[datetime]) -> pl.DataFrame:
    """Labelled rows of these snapshots, by all that is known today: those that a training would learn from."""
    rules = label_rules(day.workspace, model.about.horizon_days)
    history = told_by(day.told, rules).collect()
    names = [signal.name for signal in signals_of(day.workspace)]
    frames = [
        labelled(
            snapshot,
            label(history, moment, rules),
            population(day.told, moment, currency=day.workspace.settings.currency),
            names,
        )
        for moment, snapshot in snapshots(day.workspace, moments).items()
    ]
    rows = pl.concat(frames, how="vertical_relaxed")
    return rows.filter(~pl.col("moved_in_lead") & ~pl.col("notice_given"))


def _served(day: Day, motion: Motion) -> Model | None:
    workspace = day.workspace
    try:
        return served.load_served(workspace.models, motion, signals_of(workspace), usage_rules(workspace))
    except StaleModel:
        return None
