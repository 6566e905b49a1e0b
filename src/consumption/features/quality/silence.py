"""Days or hours in which tracking fell silent somewhere, while use went on elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

# Stands for every product, or every region.
EVERYWHERE = ""
# Silence is one event in twenty of what the same weekday usually has, from at most one account in five.
_SILENT_EVENTS, _SILENT_ACCOUNTS = 0.05, 0.20
# Silence everywhere at once might be everybody's holiday: only next to nothing at all is a day that was not loaded.
_SILENT_EVERYWHERE = 0.01
_REST_GOES_ON = 0.5
_LEAST_EVENTS, _LEAST_ACCOUNTS = 50.0, 8.0
_WEEKS = (1, 2, 3, 4)

# From the widest to the narrowest: what a wider silence explains is not told again.
_LEVELS: tuple[tuple[str, ...], ...] = ((), ("product",), ("region",), ("product", "region"))
_PLACE = ["product", "region"]


@dataclass(frozen=True)
class Steps:
    """How time is cut: column, step, steps a week, least steps of a silence, steps of a pause that belongs to it."""

    column: str
    step: timedelta
    week: int
    least: int
    pause: int


# A weekend between two silent days belongs to the silence; silent hours are told from three on.
DAYS = Steps("day", timedelta(days=1), 7, 1, 3)
HOURS = Steps("hour", timedelta(hours=1), 168, 3, 1)


def silences(placed: pl.DataFrame, steps: Steps) -> pl.DataFrame:
    """One row a silence: product, region (empty: every one), first, last, steps, usual, seen, accounts (usual ones).

    `placed`: product, region, events, accounts by step. What a step usually has is the median of the same step in the
    four weeks before, or what it has in the weeks after if that is less: neither a launch nor a retirement is a
    silence.
    """
    if placed.is_empty():
        return _runs(_judged(placed, (), steps).clear(), steps)
    levels = [level for level in _LEVELS if all(placed[name].n_unique() > 1 for name in level)]
    judged = {level: _judged(_busy(placed, level), level, steps) for level in levels}
    silent = {level: frame.filter(_silent(level)) for level, frame in _beside_others(judged).items()}
    return _runs(pl.concat(_unexplained(silent)), steps)


def _busy(placed: pl.DataFrame, level: Sequence[str]) -> pl.DataFrame:
    """The places that ever come near enough events to be judged by themselves: most hours of most places do not."""
    if len(level) < len(_PLACE):
        return placed
    return placed.filter((pl.col("events") >= _LEAST_EVENTS).sum().over(level) >= len(_WEEKS))


def _judged(placed: pl.DataFrame, level: Sequence[str], steps: Steps) -> pl.DataFrame:
    """A row each place of the level and each step from the first to the last: what it has and what it usually has."""
    wide = [pl.lit(EVERYWHERE).alias(name) for name in _PLACE if name not in level]
    summed = placed.with_columns(wide).group_by(*_PLACE, pl.col(steps.column).alias("at")).agg(
        pl.col("events", "accounts").sum()
    )  # fmt: skip
    every = placed.select(
        pl.datetime_ranges(
            pl.col(steps.column).min().cast(pl.Datetime("us")),
            pl.col(steps.column).max().cast(pl.Datetime("us")),
            interval=steps.step,
        ).explode().cast(pl.Datetime("us", "UTC")).cast(placed.schema[steps.column]).alias("at")
    )  # fmt: skip
    full = summed.select(_PLACE).unique().join(every, how="cross").join(summed, on=[*_PLACE, "at"], how="left")
    ordered = full.with_columns(pl.col("events", "accounts").fill_null(0)).sort(*_PLACE, "at")
    return ordered.with_columns(
        _usual("events", steps.week).alias("usual"),
        _usual("accounts", steps.week).alias("usual_accounts"),
        _after("events", steps.week).alias("later"),
    )


def _usual(name: str, week: int) -> pl.Expr:
    before = _middle([pl.col(name).shift(week * k).over(_PLACE) for k in _WEEKS])
    return pl.when(before.is_not_null()).then(pl.min_horizontal(before, _after(name, week)))


def _after(name: str, week: int) -> pl.Expr:
    """The median of the four weeks after; the most there is where fewer have come, null where none has."""
    weeks = [pl.col(name).shift(-week * k).over(_PLACE) for k in _WEEKS]
    return pl.coalesce(_middle(weeks), pl.max_horizontal(weeks))


def _middle(four: list[pl.Expr]) -> pl.Expr:
    """The median of four values; null where one is."""
    middle = (pl.sum_horizontal(four) - pl.min_horizontal(four) - pl.max_horizontal(four)).cast(pl.Float64) / 2
    return pl.when(pl.all_horizontal(one.is_not_null() for one in four)).then(middle)


_Judged = dict[tuple[str, ...], pl.DataFrame]


def _beside_others(judged: _Judged) -> _Judged:
    """With what the rest of everything, and the rest of the region, has and usually has."""
    whole = judged[()].select("at", pl.col("events").alias("all_seen"), pl.col("usual").alias("all_usual"))
    # Only one of the products of a region may be judged by itself: where all fell, it was a holiday there.
    regions = judged.get(("region",), judged[()]).select(
        "region", "at", pl.col("events").alias("near_seen"), pl.col("usual").alias("near_usual")
    )
    return {
        level: frame.join(whole, on="at", how="left").join(regions, on=["region", "at"], how="left")
        for level, frame in judged.items()
    }


def _silent(level: Sequence[str]) -> pl.Expr:
    """Whether a step is silent: of enough use, from nearly all accounts, while the rest went on."""
    usual, events = pl.col("usual"), pl.col("events")
    if not level:
        return (usual >= _LEAST_EVENTS) & pl.col("later").is_not_null() & (events <= _SILENT_EVERYWHERE * usual)
    here = (
        (usual >= _LEAST_EVENTS)
        & (pl.col("usual_accounts") >= _LEAST_ACCOUNTS)
        & (events <= _SILENT_EVENTS * usual)
        & (pl.col("accounts") <= _SILENT_ACCOUNTS * pl.col("usual_accounts"))
    )
    rest = pl.col("all_usual") - usual
    here &= (rest >= _LEAST_EVENTS) & (pl.col("all_seen") - events >= _REST_GOES_ON * rest)
    if level == ("product", "region"):
        near = pl.col("near_usual") - usual
        here &= (near < _LEAST_EVENTS) | (pl.col("near_seen") - events >= _REST_GOES_ON * near)
    return here


def _unexplained(silent: _Judged) -> list[pl.DataFrame]:
    """The silent steps of each level, without those that a silence of a wider place explains."""
    left = []
    for level, frame in silent.items():
        for wider in silent:
            if set(wider) < set(level):
                frame = frame.join(silent[wider], on=["at", *wider], how="anti")  # noqa: PLW2901 - what is left of it
        left.append(frame)
    return left


def _runs(silent: pl.DataFrame, steps: Steps) -> pl.DataFrame:
    """Silent steps of a place that follow each other, as one row."""
    ordered = silent.sort(*_PLACE, "at")
    breaks = (pl.col("at") - pl.col("at").shift(1).over(_PLACE)) > steps.step * steps.pause
    numbered = ordered.with_columns(breaks.fill_null(value=False).cast(pl.Int64).cum_sum().over(_PLACE).alias("run"))
    runs = numbered.group_by(*_PLACE, "run").agg(
        pl.col("at").min().alias("first"),
        pl.col("at").max().alias("last"),
        pl.len().cast(pl.Int64).alias("steps"),
        pl.col("usual").sum(),
        pl.col("events").sum().alias("seen"),
        pl.col("usual_accounts").max().alias("accounts"),
    )
    return runs.filter(pl.col("steps") >= steps.least).drop("run").sort("first", *_PLACE)
