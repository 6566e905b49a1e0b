"""What became of earlier decisions: what people took up, and what still waits on this week's lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import polars as pl

from consumption.actions.catalogue import NONE
from consumption.actions.facts import timestamp
from consumption.actions.week import monday_of

POLICY = "policy"
WORKED_ON = ("accepted", "completed")
_CHANCES = pl.Schema({"account_id": pl.String(), "action": pl.String(), "propensity": pl.Float64()})


def taken_up(decisions: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """What somebody answered or did by themselves: account_id, action, timestamp, worked_on (it took hours).

    A recommendation that nobody has touched has not happened: it neither uses hours nor leaves a customer alone.
    Decisions from elsewhere, and a rep's own, have.
    """
    last = responses.sort("timestamp", "response_id").unique("decision_id", keep="last", maintain_order=True)
    known = decisions.filter(pl.col("action") != NONE).join(
        last.select("decision_id", "response"), on="decision_id", how="left", maintain_order="left"
    )
    by_people = pl.col("decided_by").fill_null("") != POLICY
    happened = known.filter(by_people | pl.col("response").is_not_null())
    worked_on = pl.col("response").is_in(WORKED_ON) | (by_people & pl.col("response").is_null())
    return happened.select("account_id", "action", "timestamp", worked_on=worked_on.fill_null(value=False))


def waiting(decisions: pl.DataFrame, responses: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """This week's decisions that nobody has answered, the last of each account: a list stands until its week ends.

    account_id, action (what a held-out account would have got), chosen_in (first or second pass), propensities.
    """
    monday = monday_of(as_of)
    start = datetime(monday.year, monday.month, monday.day, tzinfo=as_of.tzinfo)
    this_week = decisions.filter(
        pl.col("timestamp").is_between(timestamp(start), timestamp(as_of), closed="left"),
        pl.col("decided_by") == POLICY,
    )
    open_still = this_week.join(responses.select("decision_id").unique(), on="decision_id", how="anti")
    second = pl.col("attributes").str.json_path_match("$.second_pass") == "true"
    last = open_still.sort("timestamp", "decision_id").unique("account_id", keep="last", maintain_order=True)
    return last.select(
        "account_id",
        action=pl.coalesce("would_be", "action"),
        chosen_in=pl.when(second.fill_null(value=False)).then(pl.lit("second")).otherwise(pl.lit("first")),
        propensities=pl.col("propensities").fill_null("{}"),
    ).filter(pl.col("action") != NONE)


def chances(kept: pl.DataFrame) -> pl.DataFrame:
    """How likely each kept account was to get each action when that was decided: account_id, action, propensity."""
    return pl.DataFrame(list(_chances(kept)), schema=_CHANCES, orient="row")


def _chances(kept: pl.DataFrame) -> Iterator[tuple[str, str, float]]:
    for account, text in kept.select("account_id", "propensities").iter_rows():
        yield from ((account, action, float(p)) for action, p in json.loads(text).items() if action != NONE)
