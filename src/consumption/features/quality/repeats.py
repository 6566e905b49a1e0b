"""Rows that are equal to others, within a load and between loads."""

from __future__ import annotations

import polars as pl

_SAID = ("account_id", "timestamp", "event", "user_id", "asset_id", "product", "quantity")


def repeats(events: pl.DataFrame) -> pl.DataFrame:
    """One row a load with any: loaded_at, repeated (rows that an earlier load has too), twins (copies within it).

    Rows are equal if they say the same; their ids, which a second export may make anew, do not count. An earlier
    load with the same row three times accounts for three of them.
    """
    # A hash of the whole row: two different rows of one account share it once in many million lakes.
    said = pl.struct(pl.col(name).to_physical() for name in _SAID).hash().alias("row")
    hashed = events.select("loaded_at", said)
    equal = hashed.filter(pl.col("row").is_duplicated())
    counted = equal.group_by("row", "loaded_at").agg(pl.len().cast(pl.Int64).alias("here")).sort("row", "loaded_at")
    before = pl.col("here").cum_max().shift(1).over("row").fill_null(0)
    told = counted.with_columns(
        pl.min_horizontal("here", before).alias("repeated"), (pl.col("here") - 1).alias("twins")
    )
    return told.group_by("loaded_at").agg(pl.col("repeated", "twins").sum())
