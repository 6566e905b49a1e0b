"""Earlier periods of a contract's term: what lapsed in them, and what moved on to the next.

Where units roll over, the term is one pot. Each period pours in an instalment, the contract's quantity. What a period
leaves is there in the next one, up to the end of the term, where it lapses. Use beyond what the pot holds is paid for
as overage at the time and is no debt of later periods. So for instalments q and uses u of n periods that are over,

    carried_0 = 0,    carried_k = max(0, carried_(k-1) + q - u_k)

which is `S - min(0, least S so far)` with S the running sum of q - u (Lindley's recursion for a waiting line).
Otherwise a period's unused units lapse at its end: max(0, q - u_k).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from consumption.features.metered_frames import of_this_contract
from consumption.features.periods import months_after, periods_passed


def in_one_pot(contracts: pl.DataFrame) -> pl.DataFrame:
    """Contracts with the pot in place of the period where units roll over.

    Adds instalment (a period's units, in millionths), instalments (how many there are in the term) and pot (whether
    they roll over); of a pot, period_start and period_end are the term's and bought all of its instalments.
    """
    pot = pl.col("rolls_over").fill_null(value=False) & pl.col("months").is_not_null() & ~pl.col("level")
    last = pl.col("ends_on") - pl.duration(days=1)
    count = periods_passed(pl.col("starts_on"), last, pl.col("months")) + 1
    rows = contracts.with_columns(pot.alias("pot"), pl.col("bought").alias("instalment"), count.alias("instalments"))
    return rows.with_columns(
        pl.when("pot").then("starts_on").otherwise("period_start").alias("period_start"),
        pl.when("pot").then("ends_on").otherwise("period_end").alias("period_end"),
        pl.when("pot").then(pl.col("bought") * pl.col("instalments")).otherwise("bought").alias("bought"),
    )


def earlier_periods(rows: pl.DataFrame, daily: pl.DataFrame, since: date | None = None) -> pl.DataFrame:
    """Contracts with what the periods before this one left, in millionths.

    Adds lapsed (unused units of earlier periods that are gone) and left (units there to use now). Of a pot, what was
    paid for as overage is taken from `used`. `daily` has a row a contract and day with quantity and the contract's
    columns. Of periods less than three quarters of which lie after `since`, when telemetry begins, nobody knows what
    lapsed: it is not counted.
    """
    past = _by_period(rows, daily).filter(_told(since)).sort("row", "number")
    short = (pl.col("instalment") - pl.col("quantity")).alias("_short")
    sums = past.lazy().with_columns(short).with_columns(pl.col("_short").cum_sum().over("row").alias("_sum"))
    ended = sums.group_by("row").agg(
        pl.col("_short").clip(lower_bound=0).sum().alias("lapsed"),
        (-pl.col("_sum").min()).clip(lower_bound=0).alias("paid"),
    )
    found = rows.join(ended.collect(), on="row", how="left", maintain_order="left").with_columns(
        pl.when("pot").then(0).otherwise("lapsed").fill_null(0).alias("lapsed"),
        pl.when("pot").then("paid").fill_null(0).alias("paid"),
    )
    used = pl.col("used") - pl.col("paid")
    poured = pl.when("pot").then(pl.col("instalment") * (pl.col("passed") + 1)).otherwise("bought")
    return found.with_columns(used.alias("used"), (poured - used).clip(lower_bound=0).alias("left")).drop("paid")


def _by_period(rows: pl.DataFrame, daily: pl.DataFrame) -> pl.DataFrame:
    """A row a contract and period that is over, also those without use: row, number, instalment, quantity."""
    counted = rows.filter(pl.col("months").is_not_null(), ~pl.col("level"), pl.col("passed") > 0)
    periods = counted.select(
        "row", "instalment", "share", "pot", "starts_on", "months",
        pl.int_ranges(0, "passed", dtype=pl.Int32).alias("number"),
    ).explode("number")  # fmt: skip
    number = periods_passed(pl.col("starts_on"), pl.col("day"), pl.col("months")).alias("number")
    used = daily.lazy().filter(pl.col("months").is_not_null()).select("row", "quantity", number)
    sums = used.group_by("row", "number").agg(pl.col("quantity").sum()).collect()
    found = periods.join(sums, on=["row", "number"], how="left").with_columns(pl.col("quantity").fill_null(0))
    begins, ends = (months_after(pl.col("starts_on"), (pl.col("number") + k) * pl.col("months")) for k in (0, 1))
    bounds = begins.alias("begins"), ends.alias("ends")
    return found.select("row", "number", "instalment", "pot", *bounds, of_this_contract("quantity"))


def _told(since: date | None) -> pl.Expr:
    """Whether telemetry tells of the period, or it is one of a pot, which is reckoned from its beginning.

    The first event there is may come some days after telemetry began: three quarters of the period are enough.
    """
    if since is None:
        return pl.lit(value=True)
    missed = (pl.lit(since) - pl.col("begins")).dt.total_days()
    return (4 * missed <= (pl.col("ends") - pl.col("begins")).dt.total_days()) | pl.col("pot")
