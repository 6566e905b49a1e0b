"""Who is ranked on a day: customers that can still be lost, by what their labels look at."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.features.labels import ASK_TELEMETRY, in_use
from consumption.features.population import population
from consumption.jobs.as_seen import horizon_of
from consumption.jobs.opening import label_rules, lake_of
from consumption.lake.history import History


def to_rank(workspace: Workspace, told: History, as_of: datetime) -> pl.DataFrame:
    """The POPULATION of a moment, of those that a model may be asked about.

    Where silence or use tells who was lost, those that were silent before have been lost already: no model has seen
    one, and lists of the day would begin with all of them. `told` may be without events; it has every account.
    """
    people = population(told, as_of, currency=workspace.settings.currency)
    if workspace.settings.labels.source not in ASK_TELEMETRY:
        return people
    events = lake_of(workspace).history()
    there = in_use(events, people.select("account_id"), as_of, label_rules(workspace, horizon_of(workspace)))
    return people.join(there, on="account_id", how="semi")
