"""Contracts with the short gaps before their successors closed."""

from __future__ import annotations

from datetime import date

import polars as pl

from consumption.features.exact import from_micro, micro
from consumption.features.in_force import stops_on


def covered(contracts: pl.DataFrame, gap_days: int) -> pl.DataFrame:
    """One row a contract row: account_id, product, starts_on, stops_on, arr.

    A row lasts until its successor starts, where that is at most `gap_days` after its end. A successor has the same
    contract_id, or the account's same product, or continues nothing else of the account.
    """
    rows = contracts.with_columns(stops_on().alias("stops_on"))
    ended = rows.select("account_id", "product", pl.col("stops_on").alias("starts_on"))
    fresh = rows.join(ended, on=["account_id", "product", "starts_on"], how="anti")
    successors = ((["account_id", "contract_id"], rows), (["account_id", "product"], rows), (["account_id"], fresh))
    for number, (by, candidates) in enumerate(successors):
        rows = _followed(rows, candidates, by, gap_days, f"_next_{number}")
    following = pl.min_horizontal("_next_0", "_next_1", "_next_2")
    return rows.select(
        "account_id", "product", "starts_on", pl.coalesce(following, "stops_on").alias("stops_on"), "arr"
    )


def arr_covered(contracts: pl.DataFrame, day: date, gap_days: int) -> pl.DataFrame:
    """One row an account: account_id, arr in force on the day, short gaps closed."""
    running = (pl.col("starts_on") <= day) & (pl.lit(day) < pl.col("stops_on"))
    total = from_micro(micro(pl.col("arr")).sum())
    return covered(contracts, gap_days).filter(running).group_by("account_id").agg(total.alias("arr"))


def ends(contracts: pl.DataFrame, gap_days: int) -> pl.DataFrame:
    """One row a time that all contracts of an account had ended: account_id, lost_on; the future's known ends too."""
    rows = covered(contracts, gap_days).filter(pl.col("arr") > 0).sort("account_id", "starts_on", "stops_on")
    until = pl.col("stops_on").cum_max().over("account_id")
    then = pl.col("starts_on").shift(-1).over("account_id")
    alone = then.is_null() | (then > until + pl.duration(days=gap_days))
    return rows.filter(alone, until > pl.col("starts_on")).select("account_id", until.alias("lost_on"))


def _followed(rows: pl.DataFrame, candidates: pl.DataFrame, by: list[str], gap_days: int, name: str) -> pl.DataFrame:
    starts = candidates.select(*by, pl.col("starts_on").alias(name)).sort(name)
    return rows.sort("stops_on").join_asof(
        starts, left_on="stops_on", right_on=name, by=by, strategy="forward", tolerance=f"{gap_days}d",
        coalesce=False, check_sortedness=False,
    )  # fmt: skip
