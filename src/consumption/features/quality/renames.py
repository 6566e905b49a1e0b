"""Names that stopped as others began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from consumption.features.quality.finding import Row

# Two weeks on either side show a level; a change nearer to the ends of history cannot be told from chance.
_LEVEL_DAYS = 14
_WITHIN_DAYS = 7
_LEFT_OVER = 0.05
_LEAST_EVENTS = 100
_VOLUME = 2.0
_SAME_ACCOUNTS = 0.6


def renamed(names: pl.DataFrame, spans: pl.DataFrame, by: Sequence[str]) -> Iterator[Row]:
    """Pairs of names: old, new, in (the product, for events), when, before and after (events in two weeks), accounts.

    `names` and `spans` as `Telemetry` has them; the last column of `by` is the name, the others must be equal.
    """
    changes = _changes(names.group_by(*by, "day").agg(pl.col("events").sum()), by)
    within, name = list(by[:-1]), by[-1]
    stops = changes.filter(pl.col("kind") == "stop").rename({name: "old", "day": "stopped", "level": "before"})
    starts = changes.filter(pl.col("kind") == "start").rename({name: "new", "day": "started", "level": "after"})
    stops, starts = stops.drop("kind"), starts.drop("kind")
    pairs = stops.join(starts, on=within) if within else stops.join(starts, how="cross")
    apart = (pl.col("started") - pl.col("stopped")).dt.total_days().abs()
    near = pairs.filter(
        pl.col("old") != pl.col("new"),
        apart <= _WITHIN_DAYS,
        pl.col("after") <= _VOLUME * pl.col("before"),
        pl.col("before") <= _VOLUME * pl.col("after"),
    ).sort("before", "old", "new", descending=[True, False, False])
    for pair in near.iter_rows(named=True):
        same = _same_accounts(spans, pair, by)
        if same >= _SAME_ACCOUNTS:
            yield {
                "old": pair["old"],
                "new": pair["new"],
                "in": pair["product"] if within else "products",
                "on": str(pair["started"]),
                "14 days before": pair["before"],
                "14 days after": pair["after"],
                "same accounts": f"{same:.0%}",
            }


def _changes(daily: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Days on which a name all but stopped or began: the name, day, kind (stop, start), level (events in 14 days)."""
    every = daily.select(pl.date_ranges(pl.col("day").min(), pl.col("day").max()).explode().alias("day"))
    full = daily.select(by).unique().join(every, how="cross").join(daily, on=[*by, "day"], how="left")
    sums = full.sort(*by, "day").with_columns(
        pl.col("events").fill_null(0).cum_sum().over(by).alias("upto"), pl.col("events").fill_null(0)
    )
    total = pl.col("upto")
    levels = sums.with_columns(
        (total.shift(1) - total.shift(_LEVEL_DAYS + 1)).over(by).alias("before"),
        (total.shift(-_LEVEL_DAYS + 1) - total.shift(1)).over(by).alias("after"),
    ).drop_nulls(["before", "after"])
    return pl.concat(
        [_sharpest(levels, by, "stop", "before", "after"), _sharpest(levels, by, "start", "after", "before")]
    )


def _sharpest(levels: pl.DataFrame, by: Sequence[str], kind: str, much: str, little: str) -> pl.DataFrame:
    """The day of each name on which the difference is largest, where next to nothing is on the other side."""
    clear = levels.filter(pl.col(much) >= _LEAST_EVENTS, pl.col(little) <= _LEFT_OVER * pl.col(much))
    # Of days that are equally sharp, a start has events on the day and a stop has none.
    order = [pl.col(much) - pl.col(little), pl.col("events")]
    sharp = clear.sort(*by, *order, "day", descending=[*(False for _ in by), True, kind == "start", False])
    picked = sharp.unique(by, keep="first", maintain_order=True)
    return picked.select(*by, "day", pl.lit(kind).alias("kind"), pl.col(much).alias("level"))


def _same_accounts(spans: pl.DataFrame, pair: dict[str, object], by: Sequence[str]) -> float:
    """Of the accounts that had the old name in its last two weeks, the share that has had the new one since."""
    stopped, started = pair["stopped"], pair["started"]
    assert isinstance(stopped, date) and isinstance(started, date)  # noqa: S101, PT018 - as `_changes` gives them
    mine = spans
    for name in by[:-1]:
        mine = mine.filter(pl.col(name) == pair[name])
    level = timedelta(days=_LEVEL_DAYS)
    # Counts of a few accounts that went on sending the old name belong here too: they had it before.
    old = mine.filter(pl.col(by[-1]) == pair["old"], pl.col("last") >= stopped - level, pl.col("first") < stopped)
    new = mine.filter(pl.col(by[-1]) == pair["new"], pl.col("first") < started + level, pl.col("last") >= started)
    had = old.select("account_id").unique()
    return had.join(new, on="account_id", how="semi").height / max(1, had.height)
