"""Money of contracts in the workspace's one currency, at the rates of a moment.

All money is told in one currency (`currency` in settings). Contracts may name another; the table `rates` says what
one of it is worth, from which day on. A snapshot uses the last rate that was valid before it and known then, each
amount rounded once to whole millionths; a label tells both of its ends at the rate of its snapshot. Money without a
rate is unknown and counts nowhere; `consumption doctor` names it. Invoices and yearly spend are in the one currency.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.features.exact import from_micro, micro
from consumption.features.in_force import in_force
from consumption.features.tiles import day_of
from consumption.lake.history import History

# Columns of `contracts` that are money. Invoices and yearly spend are told in the workspace's currency.
MONEY = ("arr", "unit_price", "overage_price", "penalty")


def in_base(contracts: pl.DataFrame, rates: pl.DataFrame, base: str | None) -> pl.DataFrame:
    """Contracts with their money in the currency `base`, each amount rounded once, to whole millionths.

    `rates` are those known at the moment; the last one that was valid before it counts. Money without a rate is
    unknown (null), and its contract keeps its own currency. A contract that names no currency is in `base`; without
    a `base` all money is taken as it stands.
    """
    own = pl.col("currency").str.strip_chars().str.to_uppercase()
    if base is None or contracts.filter(own != base).is_empty():
        return contracts
    foreign = (own != base).fill_null(value=False)
    rated = contracts.with_columns(own.alias("_code")).join(
        latest_rates(rates), left_on="_code", right_on="currency", how="left", maintain_order="left"
    )
    money = [
        pl.when(foreign).then(from_micro(micro(pl.col(name) * pl.col("rate")))).otherwise(name).alias(name)
        for name in MONEY
    ]
    code = pl.when(foreign & pl.col("rate").is_null()).then("_code").otherwise(pl.lit(base)).alias("currency")
    return rated.with_columns(*money, code).select(contracts.columns)


def latest_rates(rates: pl.DataFrame) -> pl.DataFrame:
    """One row a currency: currency, rate, the last that was valid; what is no positive number is no rate."""
    usable = rates.filter(pl.col("rate").is_finite() & (pl.col("rate") > 0))
    code = pl.col("currency").str.strip_chars().str.to_uppercase()
    ordered = usable.select(code, "valid_on", "rate").sort("currency", "valid_on", "rate")
    return ordered.unique("currency", keep="last", maintain_order=True).select("currency", "rate")


def without_rate(history: History, as_of: datetime, base: str | None) -> pl.DataFrame:
    """One row a currency of contracts in force for which no rate was known: currency, contracts, accounts; sorted.

    Their money counts nowhere: for whoever tells people what is missing.
    """
    known = history.before(as_of)
    contracts, rates = pl.collect_all([known.contracts, known.rates])
    running = in_base(contracts.filter(in_force(day_of(as_of))), rates, base)
    foreign = running.filter(pl.col("currency") != base) if base else running.clear()
    accounts = pl.col("account_id").n_unique().cast(pl.Int64).alias("accounts")
    return foreign.group_by("currency").agg(pl.len().cast(pl.Int64).alias("contracts"), accounts).sort("currency")
