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
    fits = given.select("account_id", _GUARD, _NOTICE, *(_fits(action, on) for action in catalogue))
    pairs = fits.unpivot(index=["account_id", "guard", "notice"], variable_name="action", value_name="fits")
    unfit = pl.when(~pl.col("fits")).then("sentence")
    why = pl.coalesce("guard", pl.when(~pl.col("duty")).then("notice"), unfit)
    told = pairs.join(_sentences(catalogue, on), on="action", how="left", maintain_order="left")
    return told.select(*PAIRS, why=why).select(*PAIRS, pl.col("why").is_null().alias("eligible"), "why")


GUARDS: dict[str, pl.DataType] = {
    "notice_given": pl.Boolean(),
    "do_not_contact": pl.Boolean(),
    "legal_dispute": pl.Boolean(),
    "vendors": pl.List(pl.String()),
}
_GUARD = (
    pl.when("legal_dispute").then(pl.lit("A legal dispute is open"))
    .when("do_not_contact").then(pl.lit("Everyone known there asked not to be contacted"))
    .alias("guard")
)  # fmt: skip
_NOTICE = pl.when("notice_given").then(pl.lit("Notice was given; only the rescue is open")).alias("notice")


@lru_cache(maxsize=512)
def _fits(action: Action, on: date | None) -> pl.Expr:
    """Whether an action fits an account, guards aside."""
    fits = action.condition.expr
    if action.vendor is not None:
        fits &= pl.col("vendors").list.contains(action.vendor).fill_null(value=False)
    if _over(action, on):
        fits &= pl.lit(value=False)
    return fits.alias(action.id)


@lru_cache(maxsize=8)
def _sentences(catalogue: Catalogue, on: date | None) -> pl.DataFrame:
    """action, sentence (why it does not fit where it does not), duty (whether it must be done)."""
    rows = [(action.id, _sentence(action, on), action.mandatory) for action in catalogue]
    return pl.DataFrame(rows, schema={"action": pl.String, "sentence": pl.String, "duty": pl.Boolean}, orient="row")


def _sentence(action: Action, on: date | None) -> str:
    if _over(action, on):
        return f"It was sponsored until {action.sponsored_until}"
    condition = f"Its condition does not hold: {action.eligible}"
    return condition if action.vendor is None else f"{condition}; or it owns no product of {action.vendor}"


def _over(action: Action, on: date | None) -> bool:
    """Whether nobody pays for it any more."""
    return on is not None and action.sponsored_until is not None and on >= action.sponsored_until


def contacted_recently(catalogue: Catalogue, taken_up: pl.DataFrame, as_of: datetime, days: int) -> pl.DataFrame:
    """Pairs of account_id, action for which a contact is too recent; `taken_up`: see `standing`.

    `days`: between contacts, where the action does not say. People and what runs by itself are counted apart: nobody
    should be left alone because of a hint in the product, nor be sent hint after hint. An account that was put off to
    a day is left alone by people until then.
    """
    itself = pl.col("action").is_in(catalogue.by_itself).alias("itself")
    actions = catalogue.frame.select("action", itself, gap=pl.col("contact_gap_days").fill_null(days) * _DAY)
    past = taken_up.filter(pl.col("timestamp") < timestamp(as_of))
    last = past.filter("alone").group_by("account_id", itself).agg(_age(as_of).min())
    soon = last.join(actions, on="itself").filter(pl.col("age") <= pl.col("gap")).select("account_id", "action")
    if taken_up["alone_until"].null_count() == taken_up.height:
        return soon
    put_off = past.filter(pl.col("alone_until") > as_of.date()).select("account_id")
    later = put_off.join(actions.filter(~pl.col("itself")).select("action"), how="cross")
    return pl.concat([soon, later]).unique()


def cooling_down(catalogue: Catalogue, taken_up: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Pairs of account_id, action that would come again too soon; `taken_up`: see `standing`."""
    rest = catalogue.frame.select("action", rest=pl.col("cooldown_days") * _DAY)
    past = taken_up.filter(pl.col("timestamp") < timestamp(as_of)).join(rest, on="action")
    again = pl.col("cools") & (_age(as_of) < pl.col("rest"))
    waits = (pl.col("back_on") > as_of.date()).fill_null(value=False)
    return past.filter(again | waits).select("account_id", "action").unique()


_DAY = 86_400_000_000


def _age(as_of: datetime) -> pl.Expr:
    """How long ago, in microseconds."""
    return (timestamp(as_of) - pl.col("timestamp")).dt.total_microseconds().alias("age")


def refused_by(taken_up: pl.DataFrame) -> pl.DataFrame:
    """account_id, owner: whose list an account must not stand on again, because they said that it is not theirs."""
    return taken_up.filter(pl.col("not_theirs").is_not_null()).select("account_id", owner="not_theirs").unique()
