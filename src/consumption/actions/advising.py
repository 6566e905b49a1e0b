"""What to do next about single accounts, now: the nightly plan's own values, against the prices of its hours."""

from __future__ import annotations

import polars as pl

from consumption.actions import standing, week
from consumption.actions.choices import pairs_of
from consumption.actions.inputs import Inputs
from consumption.models.belief import Belief

ADVICE = ("account_id", "action", "title", "motion", "effect", "value", "hours", "owner", "open", "worth", "chosen")


def advise(inputs: Inputs, belief: Belief, prices: pl.DataFrame) -> pl.DataFrame:
    """Every action of the accounts of `inputs`, best first: the columns of ADVICE, in milliseconds.

    `worth`: the value (weighed) beyond what its hours bring elsewhere at `prices` (owner, skill, action, price: those
    of the latest plan). `chosen`: the open action worth most, if it is worth anything: what the plan would choose.
    Nothing is logged and nobody is held out here, so this is no decision. `belief`: as of the whole book.
    """
    past = standing.taken_up(inputs.known.decisions, inputs.known.responses, inputs.catalogue.by_itself)
    rows = pairs_of(inputs, belief, past)
    for what, names in (
        (week.owners(inputs.population), ["account_id", "service_line"]),
        (_of(prices, "owner", "skill"), ["owner", "skill"]),
        (_of(prices, "owner"), ["owner"]),
        (_of(prices, "action"), ["action"]),
    ):
        rows = rows.join(what, on=names, how="left")
    an_hour = pl.col("price_owner").fill_null(0.0) + pl.col("price_owner_skill").fill_null(0.0)
    worth = pl.col("weighed") - pl.col("hours") * an_hour - pl.col("price_action").fill_null(0.0)
    ordered = rows.with_columns(worth=worth).sort(
        "account_id", "open", "worth", "action", descending=[False, True, True, False]
    )
    first = pl.col("account_id").is_first_distinct() & pl.col("open") & (pl.col("worth") > 0)
    return ordered.with_columns(chosen=first).select(ADVICE)


def _of(prices: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The prices of one kind of cap: those that name exactly these of owner, skill and action."""
    kinds = ("owner", "skill", "action")
    mine = pl.all_horizontal(pl.col(k).is_not_null() if k in names else pl.col(k).is_null() for k in kinds)
    return prices.filter(mine).select(*names, pl.col("price").alias("_".join(("price", *names))))
