"""Accounts whose use or contracts may count for some others: by a parent, or because one was merged into another."""

from __future__ import annotations

import polars as pl


def family(accounts: pl.DataFrame, some: pl.Series) -> pl.Series:
    """Some accounts, all below them, and all above any of these; sorted.

    `accounts` has account_id, parent_id and merged_into, any number of versions: what belonged together once does.
    What signals of `some` are made from is all there; others of the family may lack some of theirs.
    """
    named = linked(accounts)
    if named.is_empty():
        return some.unique().sort()
    links = [
        named.select("account_id", pl.col(name).alias("to")).drop_nulls() for name in ("parent_id", "merged_into")
    ]
    up = pl.concat(links).unique()
    down = up.select(pl.col("to").alias("account_id"), pl.col("account_id").alias("to"))
    return _reached(up, _reached(down, some.unique())).sort()


def linked(accounts: pl.DataFrame) -> pl.DataFrame:
    """Of rows of accounts, those that name another one: all that `family` looks at."""
    if all(accounts[name].null_count() == accounts.height for name in ("parent_id", "merged_into")):
        return accounts.clear()
    return accounts.filter(pl.any_horizontal(pl.col("parent_id", "merged_into").is_not_null()))


def _reached(links: pl.DataFrame, start: pl.Series) -> pl.Series:
    found = fresh = start
    while not fresh.is_empty():
        ahead = links.filter(pl.col("account_id").is_in(fresh.implode()))["to"].unique()
        fresh = ahead.filter(~ahead.is_in(found.implode()))
        found = pl.concat([found, fresh])
    return found
