"""How many accounts a rep can take on in a week."""

from __future__ import annotations

import polars as pl

from consumption.actions.catalogue import Catalogue, WrongCatalogue
from consumption.config import Workspace
from consumption.jobs.opening import catalogue_of, lake_of
from consumption.lake.history import History
from consumption.models.judging.evaluation import USUAL_CAPACITY

# Leads, engineers and admins are of the team to look; who has no role is a rep.
REP = "rep"


def accounts_a_week(workspace: Workspace, history: History | None = None) -> int:
    """A rep's hours of a week by the mean hours of an action: the `k` that lists are judged by.

    Hours are the mean over the reps in `people` who have any, one of whom none are told counting as settings say
    (`[capacity] hours_per_week`), and those of settings where there are none; actions that need nobody's time do not
    count. At least 1; the usual number where there are no hours, or no catalogue that can be read. Lists are longer
    where an owner has many accounts: a tenth of them (`lengths.list_length`). `history`: all that was known at the
    moment, what is known now if not given.
    """
    people = (history or lake_of(workspace).history()).people
    hours = _hours(people.lazy().collect(), workspace.settings.capacity.hours_per_week)
    try:
        each = _mean_hours(catalogue_of(workspace))
    except WrongCatalogue:  # said where actions are planned; models can be trained without
        return USUAL_CAPACITY
    return max(1, round(hours / each)) if hours and each else USUAL_CAPACITY


def _hours(people: pl.DataFrame, usual: float) -> float:
    reps = people.filter(pl.col("role").fill_null(REP) == REP)
    each = reps.unique("email", keep="first", maintain_order=True)["hours_week"].fill_null(usual)
    mean = each.filter(each > 0.0).mean()
    return mean if isinstance(mean, float) else usual


def _mean_hours(catalogue: Catalogue) -> float:
    """Of the actions that take somebody's time, the journey with it."""
    hours = catalogue.frame["hours"]
    mean = hours.filter(hours > 0.0).mean()
    return mean if isinstance(mean, float) else 0.0
