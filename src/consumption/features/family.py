"""Accounts whose use or contracts may count for some others: by a parent, or because one was merged into another."""

from __future__ import annotations

import polars as pl


def family(accounts: pl.DataFrame, some: pl.Series) -> pl.Series:
    """Some accounts, all below them, and all above any of these; sorted.

    `accounts` has account_id, parent_id and merged_into, any number of versions: what belonged together once does.
    What signals of `some` are made from is all there; others of the family may lack some of theirs.
    """
    links = [
        accounts.select("account_id", pl.col(name).alias("to")).drop_nulls() for name in ("parent_id", "merged_into")
    ]
    up = pl.concat(links).unique()
    down = up.select(pl.col("to").alias("account_id"), pl.col("account_id").alias("to"))
    return _reached(up, _reached(down, some.unique())).sort()


def _reached(links: pl.DataFrame, start: pl.Series) -> pl.Series:
    found = fresh = start
    while not fresh.is_empty():
        ahead = links.filter(pl.col("account_id").is_in(fresh.implode()))["to"].unique()
        fresh = ahead.filter(~ahead.is_in(found.implode()))
        found = pl.concat([found, fresh])
    return found
