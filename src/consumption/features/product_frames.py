"""Frames with a row a product: what each product owned is worth and how it is used, and what goes with it."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import micro
from consumption.features.in_force import in_force
from consumption.features.known import Known

_KEY = ["account_id", "product"]


def products_in_use(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a product owned, with its use in the window and in the one before it.

    `is_named` says whether any of the account's events of that time name a product, or there was none.
    """
    worth = known.contracts.lazy().filter(in_force(known.day)).group_by(_KEY).agg(
        micro(pl.col("arr")).sum().alias("worth")
    )  # fmt: skip
    in_window = pl.col("day") >= known.start(window, offset)
    sums = [
        pl.col("events").filter(in_window).sum(),
        pl.col("events").filter(~in_window).sum().alias("events_before"),
        pl.col("value_events").filter(in_window).sum(),
    ]
    used = known.daily(2 * window, offset).group_by(_KEY).agg(sums)
    named = used.group_by("account_id").agg(pl.col("product").is_not_null().any().alias("is_named"))
    return (
        worth.join(used.filter(pl.col("product").is_not_null()), on=_KEY, how="left")
        .join(named, on="account_id", how="left")
        .with_columns(
            pl.col("events", "events_before", "value_events").fill_null(0),
            pl.col("is_named").fill_null(value=True),
        )
    )


def complements(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a product that goes with one the account owns, as `products` say."""
    owned = known.contracts.lazy().filter(in_force(known.day)).select(_KEY).unique()
    pairs = known.products.lazy().select("product", pl.col("complements").str.split(";").alias("complement"))
    listed = pairs.explode("complement").with_columns(pl.col("complement").str.strip_chars())
    beside = listed.filter(pl.col("complement").str.len_chars() > 0)
    mine = owned.select(
        "account_id", pl.col("product").cast(pl.String).alias("complement"), is_owned=pl.lit(value=True)
    )
    return (
        owned.join(beside, on="product")
        .select("account_id", "complement")
        .unique()
        .join(mine, on=["account_id", "complement"], how="left")
        .with_columns(pl.col("is_owned").fill_null(value=False))
    )
