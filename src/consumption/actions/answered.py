"""What follows from the last answer to a decision: who is left alone, what rests until when, whose hours it took."""

from __future__ import annotations

from functools import cache, lru_cache

import polars as pl

from consumption.actions.grid import rows_of
from consumption.actions.meaning import MEANINGS, understood

SNOOZED, REPLACED = "snoozed", "replaced"
WORKED_ON = [response for (response, code), said in MEANINGS.items() if said.hours and not code]


def answers_to(decisions: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """The last answer to each decision, in their order, and who worked on it since when; nulls where nobody said."""
    if responses.is_empty():
        return responses[rows_of(decisions["decision_id"], ())]
    answers = responses.sort("timestamp", "response_id").group_by("decision_id").agg(_last())
    return answers[rows_of(decisions["decision_id"], answers["decision_id"])]


def followed(decisions: pl.DataFrame, answers: pl.DataFrame, known: tuple[str, ...]) -> pl.DataFrame:
    """Decisions as their answers left them, as `standing.TAKEN_UP`; `answers`: see `answers_to`, a row each.

    What was done in an action's place is the one that was done, where it is one of the `known`.
    """
    rows = decisions[["account_id", "action", "timestamp"]]
    return rows.hstack(understood(answers).get_columns()).select(_followed(known))


def last_answers(responses: pl.DataFrame) -> pl.DataFrame:
    """The last response to each decision."""
    return responses.sort("timestamp", "response_id").unique("decision_id", keep="last", maintain_order=True)


@cache
def _last() -> list[pl.Expr]:
    """The last answer to a decision, and when it was first worked on and who took it over."""
    worked_on = pl.col("response").is_in(WORKED_ON)
    return [
        pl.col("response", "reason", "actor").last(),
        until().last().alias("day"),
        pl.col("timestamp").last().alias("answered"),
        pl.col("action").last().alias("instead"),
        pl.col("timestamp").filter(worked_on).min().alias("started"),
        said("handed_to").filter(worked_on).drop_nulls().last().alias("worked_by"),
    ]


@lru_cache(maxsize=64)
def _followed(known: tuple[str, ...]) -> list[pl.Expr]:
    other = ((pl.col("response") == REPLACED) & pl.col("instead").is_in(list(known))).fill_null(value=False)
    pause = pl.col("answered").dt.date() + pl.duration(days="pause_days")
    waits = pl.when("action_waits").then("day").when(pl.col("pause_days") > 0).then(pause)
    return [
        pl.col("account_id"),
        pl.when(other).then("instead").otherwise("action").alias("action"),
        pl.max_horizontal("answered", "timestamp").alias("timestamp"),
        pl.col("alone", "cools"),
        pl.when("until").then("day").alias("alone_until"),
        waits.alias("back_on"),
        pl.when("not_theirs").then("actor").alias("not_theirs"),
        pl.col("hours").alias("worked_on"),
        pl.max_horizontal("started", "timestamp").alias("worked_at"),
        pl.col("worked_by"),
        pl.lit(value=False).alias("withheld"),
        pl.col("nothing"),
    ]


@cache
def until() -> pl.Expr:
    """The day on which a snoozed card comes back; one that ends on a weekend does so on Monday."""
    return said("until").str.to_date("%Y-%m-%d", strict=False)


@cache
def said(name: str) -> pl.Expr:
    """What an answer or a decision says besides, as text; null where it does not."""
    return pl.col("attributes").str.json_path_match(f"$.{name}")
