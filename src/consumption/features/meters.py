"""What contracts in force have used of what was bought, through meters."""

from __future__ import annotations

import polars as pl

from consumption.features.exact import micro
from consumption.features.exhaustion import exhaustion
from consumption.features.in_force import decision_on, in_force, stops_on
from consumption.features.known import Known
from consumption.features.metered_frames import (
    LEAST_DAYS,
    RECENT_DAYS,
    first_told,
    flows,
    levels,
    of_this_contract,
    share_of_use,
)
from consumption.features.outcome_terms import guarantees, measured_terms
from consumption.features.periods import months_of, period_bounds, periods_passed
from consumption.features.rollover import earlier_periods, in_one_pot

_WEEKS = RECENT_DAYS // 7
_WEEK = [f"week_{number}" for number in range(_WEEKS)]
_SUMS = ["used", *_WEEK, "measured_used"]
_THING = ["account_id", "product", "unit"]
_FLOWING = [
    "row", "account_id", "product", "unit", "since", "until", "starts_on", "months", "period_start", "measured_start",
]  # fmt: skip


def entitlements(known: Known) -> pl.DataFrame:
    """One row a contract in force, with what was used of it.

    Beside the contract's own columns: level (a level as of now, not a sum over the period), period_start and
    period_end, elapsed (share of the period), decision_on; in millionths: bought, used, recent (used in the last 28
    days, in whatever period or earlier term they lie; recent_days says how many of them tell), projected (use at the
    end of the period at the recent rate; null where fewer than seven days tell it), left (to use now), lapsed (left
    unused in earlier periods of the term), yearly (ARR), price and over_price (of one unit; of a level, for a year);
    exhaustion_days, _low and _high (see `exhaustion`); and the guarantee (see `guarantees`).

    A contract whose units roll over is one pot for its whole term, filled by an instalment a period (see `rollover`).
    """
    contracts = _terms(known)
    daily = flows(known, contracts.filter(~pl.col("level")).select(_FLOWING))
    sums = pl.concat([_summed(known, daily), _level_sums(known, contracts)])
    rows = contracts.join(sums, on="row", how="left", maintain_order="left")
    rows = rows.with_columns(of_this_contract(name).fill_null(0) for name in _SUMS)
    rows = _recently(known, rows.with_columns(pl.sum_horizontal(_WEEK).alias("recent")))
    rows = earlier_periods(rows, daily, known.rules.telemetry_since)
    found = guarantees(known, exhaustion(known, rows.with_columns(_projected(known))))
    return found.drop("row", "share", "told", *_SUMS[1:])


def _terms(known: Known) -> pl.DataFrame:
    """Contracts in force, numbered, with the part of the term that their quantity is for."""
    running = known.contracts.filter(in_force(known.day)).with_row_index("row")
    level = [unit for unit in running["unit"].unique().to_list() if known.rules.meter(unit).level]
    listed = pl.Series(level, dtype=pl.String).implode()
    today = pl.lit(known.day)
    rows = running.with_columns(
        pl.col("unit").is_in(listed, nulls_equal=True).alias("level"),
        months_of(pl.col("period")).alias("months"),
        decision_on().alias("decision_on"),
        micro(pl.col("quantity")).alias("bought"),
        micro(pl.col("arr")).alias("yearly"),
    ).with_columns(periods_passed(pl.col("starts_on"), today, pl.col("months")).alias("passed"))
    first, end = period_bounds(pl.col("passed"), pl.col("months"))
    rows = measured_terms(known, rows.with_columns(first.alias("period_start"), end.alias("period_end")))
    rows = in_one_pot(rows.with_columns(_prices()))
    elapsed = (today - pl.col("period_start")) / (pl.col("period_end") - pl.col("period_start"))
    asked = pl.when(pl.col("months").is_not_null() & ~pl.col("level")).then("starts_on")
    since = pl.min_horizontal("period_start", "measured_start", asked, pl.lit(known.start(RECENT_DAYS)))
    return rows.with_columns(
        elapsed.alias("elapsed"), since.alias("since"), today.alias("until"), share_of_use().alias("share")
    )  # fmt: skip


def _prices() -> tuple[pl.Expr, pl.Expr]:
    """Price of one unit, and of one beyond those bought, in millionths.

    Where the contract names none, the price is its yearly value over the units of a year; a unit beyond those bought
    costs as much as one of them unless the contract says otherwise. A level is held and not used up: its prices are
    those of a year, twelve times that of a month where the contract's period is one.
    """
    days = (pl.col("ends_on") - pl.col("starts_on")).dt.total_days()
    level, periods = pl.col("level"), 12 / pl.col("months")
    times = pl.when(level).then(periods).fill_null(1.0)
    a_year = pl.when(level).then(1.0).otherwise(pl.coalesce(periods, 365 / days))
    # A contract at nothing a year does not say what its units cost.
    worth = (pl.col("quantity") > 0) & (pl.col("arr") > 0)
    reckoned = pl.when(worth).then(pl.col("arr") / (pl.col("quantity") * a_year))
    price = pl.coalesce(pl.col("unit_price") * times, reckoned)
    return micro(price).alias("price"), micro(pl.coalesce(pl.col("overage_price") * times, price)).alias("over_price")


def _summed(known: Known, daily: pl.DataFrame) -> pl.DataFrame:
    """One row a contract with use: row, used in its period, in each of the last weeks, in its measured period.

    The last weeks tell a rate, and do so whatever they belong to; nothing of them is used up in a period to come.
    """
    in_period = pl.col("day") >= pl.col("period_start")
    measured = (pl.col("day") >= pl.col("measured_start")).fill_null(value=False)
    week = (known.ago(pl.col("day")) - 1) // 7
    tests = {
        "used": in_period,
        **{name: week == number for number, name in enumerate(_WEEK)},
        "measured_used": measured,
    }
    masked = [pl.when(test).then("quantity").otherwise(0).alias(name) for name, test in tests.items()]
    return daily.lazy().select("row", *masked).group_by("row").agg(pl.col(_SUMS).sum()).collect()


def _level_sums(known: Known, contracts: pl.DataFrame) -> pl.DataFrame:
    """The same for levels: what is used now, was used in the whole of the last weeks too."""
    used = levels(known, contracts.filter("level"))
    none = [pl.lit(0, dtype=pl.Int64).alias(name) for name in _WEEK[1:]]
    now = [pl.col("used").alias(name) for name in (_WEEK[0], "measured_used")]
    return used.with_columns(*now, *none).select("row", *_SUMS)


def _recently(known: Known, rows: pl.DataFrame) -> pl.DataFrame:
    """Contracts with recent_days, the days that `recent` tells of, and told, since when telemetry tells of them.

    28 days, or those since the first contract of the account, product and unit that was in force in them, or since
    the first use in them, whichever was earlier. `told` is sought only for guarantees: whether telemetry of the unit
    told of anything since the first contract's first day, be it of a term long over.
    """
    start = known.start(RECENT_DAYS)
    lately = pl.col("starts_on").filter(stops_on() > start)
    first = known.contracts.group_by(_THING).agg(
        pl.col("starts_on").min().alias("_first"), lately.min().alias("_begun")
    )  # fmt: skip
    found = rows.join(first, on=_THING, how="left", nulls_equal=True, maintain_order="left")
    young = found.filter(pl.col("_begun") > start).with_columns(pl.lit(start).alias("since"))
    promised = found.filter(pl.col("needed").is_not_null()).with_columns(pl.col("_first").alias("since"))
    used = first_told(known, young).rename({"told": "_used"})
    for told in (used, first_told(known, promised)):
        found = found.join(told, on="row", how="left", maintain_order="left")
    days = known.ago(pl.min_horizontal("_begun", "_used"))
    recent = pl.min_horizontal(days, RECENT_DAYS).alias("recent_days")
    return found.with_columns(recent).drop("_first", "_begun", "_used")


def _projected(known: Known) -> pl.Expr:
    """Use so far and, for each day that is left, a day's share of the recent use; a level stays as it is.

    Null where fewer than seven days tell how much is used: nothing is idle yet because a contract has just begun.
    """
    left = (pl.col("period_end") - pl.lit(known.day)).dt.total_days()
    more = pl.col("recent") * left / pl.col("recent_days")
    expected = pl.when("level").then("used").otherwise(pl.col("used") + more.round().cast(pl.Int64, strict=False))
    return pl.when(pl.col("recent_days") >= LEAST_DAYS).then(expected).alias("projected")
