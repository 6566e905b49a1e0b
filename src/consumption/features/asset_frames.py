"""Frames made of machines and what they reported."""

from __future__ import annotations

import polars as pl

from consumption.features.account_frames import assets
from consumption.features.known import Known
from consumption.features.metered_frames import of_events, rises
from consumption.features.outcome_terms import RUN_HOURS
from consumption.features.tile_sums import with_value

_KEY = ["account_id", "asset_id"]


def machines(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a machine of the installed base: on how many days of the window it reported, and ran; its run-hours.

    Run-hours are what the meter of the unit `hour` reads (in millionths); unknown where settings name no such meter.
    A machine that reports 0 of them stands still; one that reports nothing may do anything.
    """
    rows = known.days(window, offset).filter(pl.col("asset_id").is_not_null())
    reported = with_value(rows).group_by(_KEY).agg(
        pl.col("day").n_unique().cast(pl.Int64).alias("reported_days"), pl.col("error_events").sum()
    )  # fmt: skip
    base = assets(known, 0, 0).select(_KEY).join(reported, on=_KEY, how="left")
    found = base.join(_ran(known, window, offset), on=_KEY, how="left")
    counts = [pl.col(name).fill_null(0) for name in ("reported_days", "error_events")]
    if RUN_HOURS not in known.rules.meters:
        return found.with_columns(counts)
    return found.with_columns(*counts, pl.col("ran_days", "run_hours").fill_null(0))


def _ran(known: Known, window: int, offset: int) -> pl.LazyFrame:
    """A row a machine with readings: account_id, asset_id, ran_days, run_hours."""
    meter = known.rules.meters.get(RUN_HOURS)
    if meter is None or meter.level:
        rows = known.days(0)
    elif meter.how == "counter":
        since = known.assets.lazy().select("account_id", pl.lit(known.start(window, offset)).alias("since")).unique()
        rows = rises(known, meter, since).filter(pl.col("day") < known.start(0, offset))
    else:
        rows = of_events(known.days(window, offset), meter)
    ran = rows.group_by(*_KEY, "day").agg(pl.col("quantity").sum()).filter(pl.col("asset_id").is_not_null())
    return ran.group_by(_KEY).agg(
        (pl.col("quantity") > 0).sum().cast(pl.Int64).alias("ran_days"), pl.col("quantity").sum().alias("run_hours")
    )  # fmt: skip
