"""Frames of the features an account bought, which of them are milestones, and when it used each."""

from __future__ import annotations

import polars as pl

from consumption.features.in_force import in_force
from consumption.features.known import Known
from consumption.features.span_frames import began_untold


def bought_features(known: Known, _window: int, _offset: int) -> pl.LazyFrame:
    """A row a feature that the products owned entitle to; where that names no milestone, also every value event.

    Milestones are core features and value events. `waited` is the days from the account's beginning to the first
    use, or so far, and null where the account began before telemetry did; days are null for a feature that was never
    used.
    """
    used = known.lifetime.features.lazy().select("account_id", "event", "first_day", "last_day")
    begun = known.accounts.lazy().select("account_id", "created_day")
    rows = _listed(known).join(used, on=["account_id", "event"], how="left").join(begun, on="account_id", how="left")
    waited = pl.coalesce("first_day", pl.lit(known.day)) - pl.min_horizontal("created_day", "first_day")
    return rows.select(
        "account_id",
        "event",
        "is_bought",
        "is_core",
        "is_milestone",
        pl.when(~began_untold(known)).then(waited.dt.total_days()).alias("waited"),
        known.ago(pl.col("first_day")).alias("first_days_ago"),
        known.ago(pl.col("last_day")).alias("last_days_ago"),
    )


def _listed(known: Known) -> pl.LazyFrame:
    """One row an account and feature: account_id, event, is_bought, is_core, is_milestone."""
    value = sorted(known.rules.value_events)
    event = pl.col("feature").cast(known.lifetime.features.schema["event"])
    counts = pl.col("is_core") | pl.col("feature").is_in(value)
    features = _of_products(known).select("product", event.alias("event"), "is_core", counts.alias("counts"))
    owned = known.contracts.lazy().filter(in_force(known.day)).select("account_id", "product").unique()
    bought = owned.join(features, on="product").group_by("account_id", "event").agg(
        pl.lit(value=True).alias("is_bought"), pl.col("is_core").any(), pl.col("counts").any().alias("is_milestone")
    )  # fmt: skip
    told = bought.filter("is_milestone").select("account_id").unique()
    declared = pl.LazyFrame({"feature": value}, schema={"feature": pl.String}).select(
        event.alias("event"), is_bought=False, is_core=False, is_milestone=True
    )
    others = known.accounts.lazy().select("account_id").join(told, on="account_id", how="anti")
    return pl.concat([bought, others.join(declared, how="cross")])


def _of_products(known: Known) -> pl.LazyFrame:
    """One row a product and feature of it: product, feature, is_core."""
    lists = [
        known.products.lazy().select(
            "product", pl.col(column).str.split(";").alias("feature"), pl.lit(core).alias("is_core")
        )
        for column, core in (("core_features", True), ("entitled_features", False))
    ]
    features = pl.concat(lists).explode("feature").with_columns(pl.col("feature").str.strip_chars())
    return features.filter(pl.col("feature").str.len_chars() > 0)
