"""What contracts in force use by the meter of their unit, as far as a check needs to know."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from consumption.features.rules import Meter, UsageRules

# A level counts who was active in four weeks; a sum is taken over twelve.
LEVEL_DAYS, SUM_DAYS = 28, 84

_ROW = ["account_id", "contract_id", "starts_on"]


def metered(known: pl.DataFrame, contracts: pl.DataFrame, rules: UsageRules, day: date) -> pl.DataFrame:
    """One row a contract (of accounts whose events these are): its key, product, unit, quantity, period, used, heard.

    `used`: users or assets of the last 28 days, or the quantity of the last 84 in millionths; null for readings
    (`last`, `counter`). `heard`: events that its meter counts in the last 84 days. An event without a product counts
    for every contract of its account, as it does for signals.
    """
    recent = known.filter(pl.col("day") >= day - timedelta(days=SUM_DAYS))
    parts = [
        _of_unit(recent, contracts, unit, rules.meter(unit), day)
        for unit in contracts["unit"].unique().sort().to_list()
    ]
    counted = pl.concat(parts) if parts else _none(contracts)
    columns = [*_ROW, "product", "unit", "quantity", "period", "arr"]
    return (
        contracts.select(columns)
        .join(counted, on=_ROW, how="left")
        .with_columns(pl.col("heard").fill_null(0))
        .sort(_ROW)
    )


def _of_unit(rows: pl.DataFrame, contracts: pl.DataFrame, unit: str | None, meter: Meter, day: date) -> pl.DataFrame:
    terms = contracts.filter(pl.col("unit").eq_missing(pl.lit(unit, dtype=pl.String)))
    coded = terms.select(
        pl.col("account_id").cast(rows.schema["account_id"]),
        "contract_id",
        "starts_on",
        pl.col("product").cast(rows.schema["product"]).alias("of"),
    )
    if meter.events:
        rows = rows.filter(pl.col("event").cast(pl.String).is_in(list(meter.events)))
    own = (pl.col("product") == pl.col("of")) | (pl.col("product").cast(pl.String) == "(no product)")
    counted = rows.lazy().join(coded.lazy(), on="account_id").filter(own).group_by(_ROW).agg(
        _used(meter, day).alias("used"), pl.len().cast(pl.Int64).alias("heard")
    )  # fmt: skip
    return counted.collect().with_columns(pl.col("account_id").cast(pl.String))


def _used(meter: Meter, day: date) -> pl.Expr:
    now = pl.col("day") >= day - timedelta(days=LEVEL_DAYS)
    if meter.how == "sum":
        return pl.col("quantity").sum()
    if meter.how in {"last", "counter"}:
        return pl.lit(None, dtype=pl.Int64)
    column = "user_id" if meter.how == "distinct_users" else "asset_id"
    return pl.col(column).filter(now).drop_nulls().n_unique().cast(pl.Int64)


def _none(contracts: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.Int64)
    return contracts.select(*_ROW, nothing.alias("used"), nothing.alias("heard")).clear()
