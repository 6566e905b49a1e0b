"""What became of earlier decisions: what people took up, and what still waits on this week's lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import polars as pl

from consumption.actions.facts import timestamp
from consumption.actions.holdout import fraction
from consumption.actions.terms import NONE
from consumption.actions.week import WORKDAYS, monday_of
from consumption.tables import TIMESTAMP

POLICY = "policy"
WORKED_ON = ("accepted", "completed")
SNOOZED = "snoozed"
TAKEN_UP = pl.Schema(
    {
        "account_id": pl.String(),
        "action": pl.String(),
        "timestamp": TIMESTAMP,
        "worked_on": pl.Boolean(),
        "worked_at": TIMESTAMP,
        "withheld": pl.Boolean(),
    }
)
_CHANCES = pl.Schema({"account_id": pl.String(), "action": pl.String(), "propensity": pl.Float64()})


def taken_up(decisions: pl.DataFrame, responses: pl.DataFrame, by_itself: Sequence[str] = ()) -> pl.DataFrame:
    """What somebody answered or did by themselves: account_id, action, timestamp, worked_on, worked_at, withheld.

    `worked_on`: it took hours, those of the week of `worked_at` (when it was started). A recommendation that nobody
    has touched has not happened: it neither uses hours nor leaves a customer alone. Decisions from elsewhere, a rep's
    own, and what is sent `by_itself` have. What was `withheld` from a held-out account rests it as often as served
    ones are taken up, or the arms would be chosen at different times; nobody may read of it.
    """
    if decisions.is_empty():
        return pl.DataFrame(schema=TAKEN_UP)
    last = responses.sort("timestamp", "response_id").unique("decision_id", keep="last", maintain_order=True)
    started = (
        responses.filter(pl.col("response").is_in(WORKED_ON)).group_by("decision_id").agg(pl.col("timestamp").min())
    )
    known = (
        decisions.filter(pl.col("action") != NONE)
        .join(last.select("decision_id", "response"), on="decision_id", how="left", maintain_order="left")
        .join(started.select("decision_id", started="timestamp"), on="decision_id", how="left", maintain_order="left")
    )
    by_people = pl.col("decided_by").fill_null("") != POLICY
    sent = pl.col("action").is_in(list(by_itself))
    happened = known.filter(by_people | sent | pl.col("response").is_not_null())
    worked_on = pl.col("response").is_in(WORKED_ON) | (~sent & by_people & pl.col("response").is_null())
    served = happened.select(
        "account_id",
        "action",
        "timestamp",
        worked_on=worked_on.fill_null(value=False),
        worked_at=pl.max_horizontal("started", "timestamp"),
        withheld=pl.lit(value=False),
    )
    return pl.concat([served, _would_have_been(decisions, responses, by_itself)])


def _would_have_been(decisions: pl.DataFrame, responses: pl.DataFrame, by_itself: Sequence[str]) -> pl.DataFrame:
    """The withheld decisions that would have been taken up, as `taken_up`: a share of them, drawn by their ids."""
    withheld = decisions.filter(pl.col("would_be").is_not_null() & (pl.col("would_be") != NONE))
    if withheld.is_empty():
        return pl.DataFrame(schema=TAKEN_UP)
    sent = pl.col("action").is_in(list(by_itself))
    proposed = decisions.filter((pl.col("decided_by") == POLICY) & (pl.col("action") != NONE) & ~sent)
    touched = proposed.join(responses.select("decision_id").unique(), on="decision_id", how="semi").height
    share = touched / proposed.height if touched else 1.0
    drawn = pl.Series(
        [fraction("taken up", decision) < share for decision in withheld["decision_id"]], dtype=pl.Boolean
    )
    return withheld.filter(drawn | pl.col("would_be").is_in(list(by_itself))).select(
        "account_id",
        action="would_be",
        timestamp="timestamp",
        worked_on=pl.lit(value=False),
        worked_at="timestamp",
        withheld=pl.lit(value=True),
    )


def waiting(decisions: pl.DataFrame, responses: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Cards that stand on this week's lists, the last of each account: a list stands until its week ends.

    This week's decisions that nobody has answered, and snoozed ones whose day came in this week. account_id,
    decision_id, action (what a held-out account would have got), chosen_in (first or second pass), propensities.
    """
    last = responses.sort("timestamp", "response_id").unique("decision_id", keep="last", maintain_order=True)
    mine = decisions.filter((pl.col("decided_by") == POLICY) & (pl.col("timestamp") < timestamp(as_of)))
    answers = last.select("decision_id", "response", until=_until())
    known = mine.join(answers, on="decision_id", how="left", maintain_order="left")
    monday = monday_of(as_of)
    start = datetime(monday.year, monday.month, monday.day, tzinfo=as_of.tzinfo)
    unanswered = pl.col("response").is_null() & (pl.col("timestamp") >= timestamp(start))
    back = (pl.col("response") == SNOOZED) & pl.col("until").is_between(
        monday - timedelta(days=7 - WORKDAYS), as_of.date()
    )
    open_still = known.filter(unanswered | back.fill_null(value=False))
    second = pl.col("attributes").str.json_path_match("$.second_pass") == "true"
    latest = open_still.sort("timestamp", "decision_id").unique("account_id", keep="last", maintain_order=True)
    return latest.select(
        "account_id",
        "decision_id",
        action=pl.coalesce("would_be", "action"),
        chosen_in=pl.when(second.fill_null(value=False)).then(pl.lit("second")).otherwise(pl.lit("first")),
        propensities=pl.col("propensities").fill_null("{}"),
    ).filter(pl.col("action") != NONE)


def _until() -> pl.Expr:
    """The day on which a snoozed card comes back; one that ends on a weekend does so on Monday."""
    return pl.col("attributes").str.json_path_match("$.until").str.to_date("%Y-%m-%d", strict=False)


def chances(kept: pl.DataFrame) -> pl.DataFrame:
    """How likely each kept account was to get each action when that was decided: account_id, action, propensity."""
    return pl.DataFrame(list(_chances(kept)), schema=_CHANCES, orient="row")


def _chances(kept: pl.DataFrame) -> Iterator[tuple[str, str, float]]:
    for account, text in kept.select("account_id", "propensities").iter_rows():
        yield from ((account, action, float(p)) for action, p in json.loads(text).items() if action != NONE)
