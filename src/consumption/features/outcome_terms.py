"""Outcome contracts: a level of use that is guaranteed, and a penalty where it is missed.

The guarantee is a share of what was bought: a contract of 1,000 hours a quarter with .92 guaranteed needs 920 of them
by the end of each quarter. It is measured over a period of its own (`measured_over`; the contract's period where it
names none), counted from the term's first day; what is bought for it is in proportion. A guarantee of a level (of
people, machines, the reading of a gauge) holds where that level is reached on the period's last day.

Use is expected to come evenly: after half of a quarter, 460 of the 920. At the recent rate of r a day the guarantee
is missed if what is still needed is more than r times the days left. It is lost, and no effort helps, from the day
when the machines could not reach it even by running round the clock: with h a day at most, n units needed and l days
left, that is in (h l - n) / (h - r) days. Where nothing limits the rate, it is lost with the period.

What such a contract earned, for labels, is its yearly value less its penalty, if it missed its guarantee in the last
measured period of its term that was over; a period that no telemetry tells of has missed nothing.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from consumption.features.exact import micro
from consumption.features.known import Known
from consumption.features.metered_frames import RECENT_DAYS, flows, levels, machines, of_this_contract, share_of_use
from consumption.features.periods import months_of, period_bounds, periods_passed

# Nothing runs more than round the clock.
RUN_HOURS = "hour"
_HOURS_A_DAY = 24


def has_guarantee() -> pl.Expr:
    """Whether a contract guarantees a level."""
    return (pl.col("kind") == "outcome") & (pl.col("guaranteed") > 0)


def measured_terms(known: Known, contracts: pl.DataFrame) -> pl.DataFrame:
    """Contracts with the period that their guarantee is now measured over; null where there is no guarantee.

    Adds measured_start, measured_end, and needed (units, in millionths); expects months, period_start, period_end
    and bought, all of the contract's own period.
    """
    over = _measured_months()
    passed = periods_passed(pl.col("starts_on"), pl.lit(known.day), over)
    first, end = period_bounds(passed, over)
    rows = contracts.with_columns(
        pl.when(has_guarantee()).then(first).alias("measured_start"),
        pl.when(has_guarantee()).then(end).alias("measured_end"),
    )
    return rows.with_columns(_needed(over).alias("needed"))


def _measured_months() -> pl.Expr:
    return months_of(pl.coalesce("measured_over", "period"))


def _needed(over: pl.Expr) -> pl.Expr:
    """Units that the guarantee asks for over its period."""
    days = [(pl.col(f"{name}_end") - pl.col(f"{name}_start")).dt.total_days() for name in ("measured", "period")]
    part = pl.coalesce(over / pl.col("months"), days[0] / days[1])
    whole = pl.when(over.eq_missing(pl.col("months")) | pl.col("level")).then(1.0).otherwise(part)
    needed = pl.col("guaranteed") * pl.col("bought") * whole
    return pl.when(has_guarantee()).then(needed.round().cast(pl.Int64, strict=False))


def guarantees(known: Known, rows: pl.DataFrame) -> pl.DataFrame:
    """Contracts in force with how their guarantee stands; all null where there is none.

    Adds attainment (of what the guarantee asks for by now), needed_pace (the rate that would still reach it, over the
    recent rate), is_missed (whether it is missed at the recent rate), lost_in_days, and penalty (in millionths).

    `lost_in_days` is when, at the recent rate, no rate would reach it any more. Machines can at most run round the
    clock: for the unit `hour`, those that ran in the last four weeks. Nothing limits other units, and a level can
    change on the last day: they are lost with the period. Unknown where the guarantee is kept at the recent rate.
    """
    counted = machines(known, rows.filter(pl.col("unit") == RUN_HOURS, pl.col("needed").is_not_null()))
    found = rows.join(counted, on="row", how="left", maintain_order="left")
    gone, left = (
        pl.max_horizontal((a - b).dt.total_days(), 0)
        for a, b in ((pl.lit(known.day), pl.col("measured_start")), (pl.col("measured_end"), pl.lit(known.day)))
    )
    rate = pl.col("measured_recent") / pl.min_horizontal(gone, RECENT_DAYS)
    found = found.with_columns(left.alias("_left"), pl.when(~pl.col("level")).then(rate).alias("_rate"))
    short = pl.col("needed") - pl.col("measured_used")
    due = pl.when("level").then("needed").otherwise(pl.col("needed") * gone / (gone + pl.col("_left")))
    missed = pl.when("level").then(short > 0).otherwise(short > pl.col("_rate") * pl.col("_left"))
    pace = short.clip(lower_bound=0) / pl.col("_left") / pl.col("_rate")
    return found.with_columns(
        (pl.col("measured_used") / due).alias("attainment"),
        pace.alias("needed_pace"),
        missed.alias("is_missed"),
        micro(pl.col("penalty")).alias("penalty"),
        pl.when(missed).then(_lost_in(short)).alias("lost_in_days"),
    ).drop("_left", "_rate", "machines")


def _lost_in(short: pl.Expr) -> pl.Expr:
    """Days until the units still needed, less those used at the recent rate, pass what machines could run."""
    most = pl.col("machines") * _HOURS_A_DAY
    more = most - pl.col("_rate")
    days = pl.when(more > 0).then((most * pl.col("_left") - short) / more)
    return pl.min_horizontal(pl.coalesce(days, pl.col("_left")).clip(lower_bound=0), pl.col("_left").cast(pl.Float64))


def missed_penalties(known: Known, contracts: pl.DataFrame, day: date) -> pl.DataFrame:
    """One row a contract that missed its guarantee in the last measured period over on `day`: account_id, penalty.

    `contracts` are those in force on the day, their penalty in money; it comes back in millionths. What telemetry
    tells is all that `known` knows, be it from after the day. A term whose first measured period is not over yet has
    missed nothing, and nobody knows of a period that no telemetry tells of.
    """
    over = _measured_months()
    counted = contracts.with_row_index("row").with_columns(
        micro(pl.col("quantity")).alias("bought"),
        months_of(pl.col("period")).alias("months"),
        (periods_passed(pl.col("starts_on"), pl.lit(day), over) - 1).alias("_over"),
    ).with_columns(share_of_use().alias("share"))  # fmt: skip
    terms = counted.filter(has_guarantee(), pl.col("_over") >= 0, pl.col("penalty") > 0)
    own = period_bounds(periods_passed(pl.col("starts_on"), pl.lit(day), pl.col("months")), pl.col("months"))
    first, end = period_bounds(pl.col("_over"), over)
    level = [unit for unit in terms["unit"].unique().to_list() if known.rules.meter(unit).level]
    rows = terms.with_columns(
        pl.col("unit").is_in(pl.Series(level, dtype=pl.String).implode(), nulls_equal=True).alias("level"),
        own[0].alias("period_start"), own[1].alias("period_end"),
        first.alias("measured_start"), end.alias("measured_end"), first.alias("since"), end.alias("until"),
    ).with_columns(_needed(over).alias("needed"))  # fmt: skip
    sums = flows(known, rows.filter(~pl.col("level"))).group_by("row").agg(pl.col("quantity").sum().alias("used"))
    found = rows.join(pl.concat([sums, levels(known, rows.filter("level"))]), on="row", how="left")
    missed = found.filter(of_this_contract("used") < pl.col("needed"))
    return missed.select(pl.col("account_id").cast(pl.String), micro(pl.col("penalty")).alias("penalty"))
