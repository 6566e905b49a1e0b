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
measured period that was over: of its term, or, while the first of its term runs, of the term that it renewed (with
the same account, product and unit, stopped no more than 84 days before; if several, of the same contract). That
term's penalty counts then.

Silence is no use: where telemetry told of the account's product and unit before the period, or in it, a period
without any has used nothing, and missed its guarantee. Where nothing told of it yet nobody knows how the guarantee
stands.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from consumption.features.exact import micro
from consumption.features.in_force import in_force, stops_on
from consumption.features.known import Known
from consumption.features.metered_frames import (
    LEAST_DAYS,
    first_told,
    flows,
    levels,
    machines,
    of_this_contract,
    recent_rate,
)
from consumption.features.periods import months_of, period_bounds, periods_passed

# Nothing runs more than round the clock.
RUN_HOURS = "hour"
_HOURS_A_DAY = 24
# A later contract for the same thing renews one that stopped no longer ago.
_RENEWED_DAYS = 84
_THING = ["account_id", "product", "unit"]


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

    All is unknown where no telemetry told of the contract's unit yet. Where fewer than seven days tell the recent
    rate only a guarantee that is reached is known to be kept.
    """
    counted = machines(known, rows.filter(pl.col("unit") == RUN_HOURS, pl.col("needed").is_not_null()))
    found = rows.join(counted, on="row", how="left", maintain_order="left")
    gone, left = (
        pl.max_horizontal((a - b).dt.total_days(), 0)
        for a, b in ((pl.lit(known.day), pl.col("measured_start")), (pl.col("measured_end"), pl.lit(known.day)))
    )
    rate = pl.when(~pl.col("level")).then(recent_rate())
    found = found.with_columns(
        left.alias("_left"), rate.alias("_rate"), pl.when(pl.col("told").is_not_null()).then("measured_used")
    )  # fmt: skip
    short = pl.col("needed") - pl.col("measured_used")
    due = pl.when("level").then("needed").otherwise(pl.col("needed") * gone / (gone + pl.col("_left")))
    at_this_rate = pl.when("level").then(short > 0).otherwise(short > pl.col("_rate") * pl.col("_left"))
    known_rate = pl.col("recent_days") >= LEAST_DAYS
    missed = pl.when(short <= 0).then(statement=False).when(known_rate).then(at_this_rate)
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

    `contracts` are all of the accounts, their penalty in money; it comes back in millionths, null where nobody knows
    whether it was missed, since no telemetry told of the contract's unit until the period was over. Asked are the
    contracts in force on the day; while the first measured period of a term runs, the term that it renewed. What
    telemetry tells is all that `known` knows, be it from after the day.
    """
    terms = _last_over(contracts.with_row_index("row"), day)
    level = [unit for unit in terms["unit"].unique().to_list() if known.rules.meter(unit).level]
    listed = pl.Series(level, dtype=pl.String).implode()
    rows = terms.with_columns(pl.col("unit").is_in(listed, nulls_equal=True).alias("level"))
    rows = rows.with_columns(_needed(_measured_months()).alias("needed"))
    sums = flows(known, rows.filter(~pl.col("level"))).group_by("row").agg(pl.col("quantity").sum().alias("used"))
    begun = contracts.group_by(_THING).agg(pl.col("starts_on").min().alias("since"))
    asked = rows.drop("since").join(begun, on=_THING, nulls_equal=True)
    found = rows.join(pl.concat([sums, levels(known, rows.filter("level"))]), on="row", how="left").join(
        first_told(known, asked), on="row", how="left"
    )  # fmt: skip
    used = pl.when(pl.col("told").is_not_null()).then(pl.col("used").fill_null(0)).alias("used")
    short = (of_this_contract("used") < pl.col("needed")) | pl.col("used").is_null()
    missed = found.with_columns(used).filter(pl.col("needed").is_not_null(), short)
    penalty = pl.when(pl.col("used").is_not_null()).then(micro(pl.col("penalty")))
    return missed.select(pl.col("account_id").cast(pl.String), penalty.alias("penalty"))


def _last_over(contracts: pl.DataFrame, day: date) -> pl.DataFrame:
    """Terms with a guarantee and a penalty, and the measured period of each that was the last one over on a day.

    Adds bought, months, share, since and until, and the bounds of the measured period and of the contract's own.
    """
    over = _measured_months()
    ended = (stops_on() <= day) & (stops_on() >= pl.col("ends_on"))
    # Of a term that is over, its last period too, be it cut short.
    whole = periods_passed(pl.col("starts_on"), pl.min_horizontal(stops_on(), pl.lit(day)), over) - 1
    final = periods_passed(pl.col("starts_on"), pl.col("ends_on") - pl.duration(days=1), over)
    counted = contracts.with_columns(
        micro(pl.col("quantity")).alias("bought"),
        months_of(pl.col("period")).alias("months"),
        pl.when(ended).then(final).otherwise(whole).alias("_over"),
        stops_on().alias("_stop"),
    )
    counted = counted.with_columns((ended | (pl.col("_over") >= 0).fill_null(value=False)).alias("_is_over"))
    promised = counted.filter(has_guarantee())
    now = promised.filter(in_force(day))
    asked = pl.concat([now.filter("_is_over")["row"], _renewed(now.filter(~pl.col("_is_over")), promised)])
    first, end = period_bounds(pl.col("_over"), over)
    terms = promised.filter(pl.col("row").is_in(asked.implode()), pl.col("penalty") > 0).with_columns(
        first.alias("measured_start"), end.alias("measured_end"), first.alias("since"), end.alias("until")
    )  # fmt: skip
    own = period_bounds(
        periods_passed(pl.col("starts_on"), pl.col("measured_start"), pl.col("months")), pl.col("months")
    )
    terms = terms.with_columns(own[0].alias("period_start"), own[1].alias("period_end"))
    return terms.join(_shares(terms, counted), on="row", how="left", maintain_order="left")


def _renewed(now: pl.DataFrame, promised: pl.DataFrame) -> pl.Series:
    """Rows of the terms that these contracts renewed: of the same contract, if there is one, and the latest."""
    past = promised.filter("_is_over").select(
        "row", *_THING, "_stop", pl.col("contract_id").alias("_id"), pl.col("starts_on").alias("_began")
    )  # fmt: skip
    pairs = now.select(pl.col("row").alias("_next"), "contract_id", "starts_on", *_THING)
    since = pl.col("starts_on") - pl.duration(days=_RENEWED_DAYS)
    before = pairs.join(past, on=_THING, nulls_equal=True).filter(
        pl.col("_stop").is_between(since, pl.col("starts_on")), pl.col("_began") < pl.col("starts_on")
    )
    same = (pl.col("_id") == pl.col("contract_id")).alias("_same")
    latest = before.with_columns(same).sort("_next", "_same", "_began", "_id")
    return latest.unique("_next", keep="last", maintain_order=True)["row"].unique()


def _shares(terms: pl.DataFrame, contracts: pl.DataFrame) -> pl.DataFrame:
    """A row a term that others stood beside on its measured period's last day: row, share (see `share_of_use`)."""
    last = (pl.col("measured_end") - pl.duration(days=1)).alias("_on")
    others = contracts.select(
        *_THING, "_stop", pl.col("row").alias("_other"), pl.col("bought").alias("_beside"),
        pl.col("starts_on").alias("_began"),
    )  # fmt: skip
    beside = terms.select("row", *_THING, "bought", last).join(others, on=_THING, nulls_equal=True).filter(
        pl.col("_began") <= pl.col("_on"), pl.col("_on") < pl.col("_stop")
    )  # fmt: skip
    whole = pl.col("_beside").sum()
    several = (pl.len() > 1) & (whole > 0)
    return beside.group_by("row").agg(pl.when(several).then(pl.col("bought").first() / whole).alias("share"))
