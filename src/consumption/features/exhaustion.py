"""When a contract's units run out, and between which days that is likely to be.

With `left` units there to use and a use of r a day, they last D = left / r days. Use goes up and down: with a
variance of v a day, the use of D days varies by v D, and the rate itself, known from 28 days, by v / 28. The two days
between which the units run out in eight of ten cases are where they are met by a use one t above and one t below the
expected one: the roots of

    (r D - left)² = t² v (D + D² / 28)          t = 1.638, the 90 % point of Student's t with 3 degrees of freedom

v is a seventh of the variance of the last four weeks' use: whole weeks, so that weekdays cancel. Where r² is no more
than t² v / 28 use may as well stop, and there is no later day.
"""

from __future__ import annotations

import polars as pl

from consumption.features.known import Known
from consumption.features.metered_frames import RECENT_DAYS, recent_rate
from consumption.features.periods import months_after

_WEEKS = RECENT_DAYS // 7
_T_SQUARED = 1.6377**2
# Of whole numbers 4 w - sum(w): 16 (4 - 1) times the variance of a week's use, which is seven days'.
_OF_SQUARES = 1 / (_WEEKS * _WEEKS * (_WEEKS - 1) * 7)


def exhaustion(known: Known, rows: pl.DataFrame) -> pl.DataFrame:
    """Contracts with exhaustion_days, exhaustion_low and exhaustion_high: days from now until their units run out.

    At the rate of the recent days, whether or not the period ends before. Unknown for levels, without use, and where
    fewer than seven days tell the rate; the interval where fewer than four weeks do. A pot is filled again by each
    period to come.
    """
    rate = recent_rate()
    flowing = rows.with_columns(pl.when(~pl.col("level") & (rate > 0)).then(rate).alias("_rate"))
    due = flowing.join(_poured(known, flowing), on="row", how="left", maintain_order="left").with_columns(
        pl.coalesce("_due", "left").cast(pl.Float64).alias("_due")
    )
    low, high = _between()
    days = pl.col("_due") / pl.col("_rate")
    return due.with_columns(
        days.alias("exhaustion_days"), low.alias("exhaustion_low"), high.alias("exhaustion_high")
    ).drop("_rate", "_due")  # fmt: skip


def _between() -> tuple[pl.Expr, pl.Expr]:
    rate, due = pl.col("_rate"), pl.col("_due")
    weeks = [pl.col(f"week_{number}") for number in range(_WEEKS)]
    total = pl.sum_horizontal(weeks)
    apart = [(_WEEKS * week - total).cast(pl.Float64) for week in weeks]
    spread = _T_SQUARED * (apart[0] ** 2 + apart[1] ** 2 + apart[2] ** 2 + apart[3] ** 2) * _OF_SQUARES
    slope = rate**2 - spread * (1 / RECENT_DAYS)
    middle = 2 * rate * due + spread
    # The discriminant without its cancelling terms.
    root = (spread * (4 * rate * due + spread + due**2 * (4 / RECENT_DAYS))).sqrt()
    known = pl.col("recent_days") == RECENT_DAYS
    low = pl.when(due > 0).then(2 * due**2 / (middle + root)).otherwise(0.0)
    high = pl.when(due > 0).then(pl.when(slope > 0).then((middle + root) * 0.5 / slope)).otherwise(0.0)
    there = known & rate.is_not_null()
    return pl.when(there).then(low), pl.when(there).then(high)


def _poured(known: Known, rows: pl.DataFrame) -> pl.DataFrame:
    """One row a pot in use: row, _due: units there now and poured in until they run out, or the term ends."""
    ahead = rows.filter(pl.col("pot"), pl.col("_rate").is_not_null()).select(
        "row", "_rate", "left", "instalment", "starts_on", "months", "passed",
        pl.int_ranges(0, pl.col("instalments") - pl.col("passed"), dtype=pl.Int32).alias("more"),
    ).explode("more")  # fmt: skip
    end = months_after(pl.col("starts_on"), (pl.col("passed") + pl.col("more") + 1) * pl.col("months"))
    needed = pl.col("_rate") * (end - pl.lit(known.day)).dt.total_days()
    due = (pl.col("left") + pl.col("instalment") * pl.col("more")).alias("_due")
    runs_out = (due < needed) | (pl.col("more") == pl.col("more").max().over("row"))
    return ahead.filter(runs_out).sort("row", "more").unique("row", keep="first").select("row", due)
