"""Who may get which action today: conditions, cool-downs, contact limits, and those who must not be contacted."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

import polars as pl

from consumption.actions.catalogue import Action, Catalogue
from consumption.actions.facts import timestamp

PAIRS = {"account_id": pl.String, "action": pl.String}


def eligible(catalogue: Catalogue, facts: pl.DataFrame, *, on: date | None = None) -> pl.DataFrame:
    """A row an account and action: account_id, action, eligible, why (a sentence; null where eligible).

    `facts`: a row an account with all that conditions name. What is unknown counts as not eligible. After notice
    only mandatory actions are open. Nobody who asked not to be contacted, or is in a legal dispute, gets any.
    `on`: the day of the plan; what a vendor sponsored until then is over.
    """
    if not catalogue.actions:
        return pl.DataFrame(schema={**PAIRS, "eligible": pl.Boolean, "why": pl.String})
    given = facts.with_columns(pl.lit(None, t).alias(n) for n, t in GUARDS.items() if n not in facts.columns)
    why = given.select("account_id", *(_why(action, on).alias(action.id) for action in catalogue))
    pairs = why.unpivot(index="account_id", variable_name="action", value_name="why")
    return pairs.with_columns(eligible=pl.col("why").is_null()).select(*PAIRS, "eligible", "why")


GUARDS: dict[str, pl.DataType] = {
    "notice_given": pl.Boolean(),
    "do_not_contact": pl.Boolean(),
    "legal_dispute": pl.Boolean(),
    "vendors": pl.List(pl.String()),
}

NEVER = (
    (pl.col("legal_dispute"), "A legal dispute is open"),
    (pl.col("do_not_contact"), "Everyone known there asked not to be contacted"),
)
AFTER_NOTICE = (pl.col("notice_given"), "Notice was given; only the rescue is open")


@lru_cache(maxsize=512)
def _why(action: Action, on: date | None) -> pl.Expr:
    """Why an account may not get an action; null where it may."""
    unfit = (~action.condition.expr, f"Its condition does not hold: {action.eligible}")
    refusals = [*NEVER, unfit] if action.mandatory else [*NEVER, AFTER_NOTICE, unfit]
    if action.vendor is not None:
        owns = pl.col("vendors").list.contains(action.vendor).fill_null(value=False)
        refusals.append((~owns, f"It owns no product of {action.vendor}"))
    if on is not None and action.sponsored_until is not None and on >= action.sponsored_until:
        refusals.append((pl.lit(value=True), f"It was sponsored until {action.sponsored_until}"))
    return pl.coalesce(pl.when(refused).then(pl.lit(sentence)) for refused, sentence in refusals)


def contacted_recently(catalogue: Catalogue, taken_up: pl.DataFrame, as_of: datetime, days: int) -> pl.DataFrame:
    """Pairs of account_id, action for which a contact is too recent; `taken_up`: see `standing`.

    `days`: between contacts, where the action does not say. People and what runs by itself are counted apart: nobody
    should be left alone because of a hint in the product, nor be sent hint after hint.
    """
    actions = catalogue.frame.select(
        "action", itself=pl.col("delivery") == "self_service", gap=pl.col("contact_gap_days").fill_null(days)
    )
    last = (
        taken_up.filter(pl.col("timestamp") < timestamp(as_of))
        .join(actions.select("action", "itself"), on="action", how="left")
        .group_by("account_id", pl.col("itself").fill_null(value=False))
        .agg(pl.col("timestamp").max())
    )
    soon = last.join(actions, on="itself").filter(
        pl.col("timestamp") >= timestamp(as_of) - pl.duration(days=pl.col("gap"))
    )
    return soon.select("account_id", "action").sort("account_id", "action")


def cooling_down(catalogue: Catalogue, taken_up: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Pairs of account_id, action that would come again too soon; `taken_up`: see `standing`."""
    rest = catalogue.frame.select("action", "cooldown_days")
    past = taken_up.filter(pl.col("timestamp") < timestamp(as_of)).join(rest, on="action")
    again = pl.col("timestamp") + pl.duration(days="cooldown_days") > timestamp(as_of)
    return past.filter(again).select("account_id", "action").unique().sort("account_id", "action")
