"""The other actions of each account, and why each lost."""

from __future__ import annotations

import polars as pl

from consumption.actions.terms import NONE
from consumption.actions.why import WHY_NOT

SHOWN = 5


def alternatives(pairs: pl.DataFrame, recommendations: pl.DataFrame) -> pl.DataFrame:
    """The best few actions of each account: account_id, action, title, effect, value, hours, eligible, why.

    `why`: empty for the one chosen, else in plain words why not. A withheld action lost for lack of hours,
    as far as anyone can read.
    """
    done = recommendations.select("account_id", "would_be", chosen="action")
    why = (
        pl.when(pl.col("action") == pl.col("chosen")).then(pl.lit(""))
        .when(~pl.col("eligible")).then("why")
        .when(pl.col("resting")).then(pl.lit("It was done not long ago"))
        .when("unseen").then(pl.lit(WHY_NOT["no_hours"]))
        .when(~pl.col("open")).then(pl.lit(WHY_NOT["contacted_recently"]))
        .when(pl.col("value") <= 0).then(pl.lit("It is not worth its hours here"))
        .when(pl.col("chosen") != NONE).then(pl.lit("Another action brings more for the hours there are"))
        .otherwise(pl.lit(WHY_NOT["no_hours"]))
    )  # fmt: skip
    first = pl.col("action") == pl.coalesce("would_be", "chosen")
    rows = pairs.join(done, on="account_id", how="left", maintain_order="left").with_columns(why=why, first=first)
    best = (
        rows.sort("account_id", "first", "open", "value", "action", descending=[False, True, True, True, False])
        .group_by("account_id", maintain_order=True)
        .head(SHOWN)
    )
    return best.select("account_id", "action", "title", "effect", "value", "hours", "eligible", "why")
