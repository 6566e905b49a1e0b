"""The other actions of each account, and why each lost."""

from __future__ import annotations

import polars as pl

from consumption.actions.terms import NONE
from consumption.actions.why import LOSS, NOT_THEIRS, RESTED, WHY_NOT

SHOWN = 5


def alternatives(pairs: pl.DataFrame, recommendations: pl.DataFrame) -> pl.DataFrame:
    """The best few actions of each account: account_id, action, title, effect, value, hours, eligible, why, told.

    `why`: empty for the one chosen, else in plain words why not. A withheld action lost for lack of hours,
    as far as anyone can read. `told`: whether a rep may read of it. Of an account with a recommendation that is all;
    of any other the best few that take hours, in an order that knows no arm: what runs by itself is always done where
    it is worth anything, so that to read of it, or to miss it in a list, would tell who is held out.
    """
    done = recommendations.select("account_id", "would_be", chosen="action")
    why = (
        pl.when(pl.col("action") == pl.col("chosen")).then(pl.lit(""))
        .when(~pl.col("eligible")).then("why")
        .when(pl.col("resting")).then(pl.lit(RESTED))
        .when("unseen").then(pl.lit(WHY_NOT["no_hours"]))
        .when(~pl.col("open")).then(pl.coalesce("in_touch", pl.lit(WHY_NOT["contacted_recently"])))
        .when(pl.col("value") <= 0).then(pl.lit(LOSS))
        .when(pl.col("chosen") != NONE).then(pl.lit("Another action brings more for the hours there are"))
        .otherwise(pl.lit(WHY_NOT["no_hours"]))
    )  # fmt: skip
    first, nothing = pl.col("action") == pl.coalesce("would_be", "chosen"), pl.col("chosen") == NONE
    # What only waits for another owner fits, and says so before what does not fit at all.
    fits = (pl.col("eligible") | (pl.col("why") == WHY_NOT[NOT_THEIRS])).fill_null(value=False)
    rows = pairs.join(done, on="account_id", how="left", maintain_order="left")
    rows = rows.with_columns(why=why, first=first, fits=fits)
    order = ["account_id", "open", "fits", "value", "action"]
    best = rows.sort(order, descending=[False, True, True, True, False])
    nth = {
        "other": (~pl.col("first")).cast(pl.Int64).cum_sum().over("account_id"),
        "with_hours": (pl.col("hours") > 0).cast(pl.Int64).cum_sum().over("account_id"),
    }
    places = best.with_columns(**nth, firsts=pl.col("first").any().cast(pl.Int64).over("account_id"))
    shown = pl.col("first") | (pl.col("other") <= SHOWN - pl.col("firsts"))
    told = pl.when(nothing).then((pl.col("hours") > 0) & (pl.col("with_hours") <= SHOWN)).otherwise(shown)
    listed = places.with_columns(told=told).filter(shown | pl.col("told"))
    return listed.sort("account_id", "first", descending=[False, True], maintain_order=True).select(
        "account_id", "action", "title", "effect", "value", "hours", "eligible", "why", "told"
    )
