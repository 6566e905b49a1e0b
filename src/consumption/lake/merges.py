"""Which account survived a merge: its rows are where those of the other count from when the merge was known."""

from __future__ import annotations

import polars as pl

# A chain of merges longer than this is a circle, which leads nowhere.
GENERATIONS = 20

MOVED = pl.Schema({"account_id": pl.String(), "to": pl.String()})


def survivors(accounts: pl.LazyFrame) -> pl.DataFrame:
    """One row an account that was merged into another: account_id, to: the account at the end of the chain.

    `accounts` are rows as known at one moment. An account merged in a circle, into itself, or into one that is not
    known stays as it is.
    """
    merged = accounts.filter(pl.col("merged_into").is_not_null(), pl.col("merged_into") != pl.col("account_id"))
    steps = merged.select("account_id", pl.col("merged_into").alias("to")).collect()
    if steps.is_empty():
        return steps.cast(MOVED)
    known = accounts.select(pl.col("account_id").alias("to"))
    steps = steps.lazy().join(known, on="to", how="semi").collect()
    moved = steps
    for _ in range(GENERATIONS):
        further = moved.join(steps.rename({"account_id": "to", "to": "_next"}), on="to", how="left")
        if further["_next"].null_count() == further.height:
            return moved.select(MOVED.names()).sort("account_id")
        moved = further.select("account_id", pl.coalesce("_next", "to").alias("to"))
    ended = ~pl.col("to").is_in(steps["account_id"].implode())
    return moved.filter(ended).select(MOVED.names()).sort("account_id")


def moved_to(rows: pl.LazyFrame, moved: pl.DataFrame) -> pl.LazyFrame:
    """The rows, with those of merged accounts under the account that survived."""
    order = rows.collect_schema().names()
    found = rows.join(moved.lazy(), on="account_id", how="left", maintain_order="left")
    return found.with_columns(pl.coalesce("to", "account_id").alias("account_id")).select(order)
