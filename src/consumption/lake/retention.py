"""Old rows that no longer tell who a person is: the account's history stays, its people's goes."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.lake.delta import Lake
from consumption.tables import ATTRIBUTES, BUCKET, LAKE, RECEIVED_AT, TIMESTAMP

# What tells a person from others, and what anybody may have written down about one.
_PERSONAL = {"events": ("user_id", ATTRIBUTES), "interactions": ("user_id", "text", ATTRIBUTES)}


def forget_people(lake: Lake, before: datetime) -> dict[str, int]:
    """Make rows of events and interactions that happened before a moment anonymous; how many of each were.

    An event stays a line of its account, so that all that is counted by account stays right; its time becomes its
    day, lest it tell who was at work. Older versions of the tables go, and what was made from them.
    """
    done = {name: _forget(lake, name, before) for name in _PERSONAL}
    if any(done.values()):
        lake.forget_kept()
    return done


def any_people(lake: Lake, before: datetime) -> bool:
    """Whether a row that happened before a moment tells who a person is."""
    return any(
        lake.scan(name).filter(_old(name, before)).select(pl.len()).collect(engine="streaming").item()
        for name in _PERSONAL
    )


def _old(name: str, before: datetime) -> pl.Expr:
    happened = LAKE[name].happened or "timestamp"
    personal = pl.any_horizontal(pl.col(column).is_not_null() for column in _PERSONAL[name])
    return (pl.col(happened) < pl.lit(before, dtype=TIMESTAMP)) & personal


def _forget(lake: Lake, name: str, before: datetime) -> int:
    with lake.lock(name):
        old = _old(name, before)
        counts = lake.scan(name).filter(old).group_by(BUCKET).len().collect(engine="streaming")
        for bucket in counts[BUCKET].sort():
            rows = lake.scan(name, [bucket])
            lake.place(name).rewrite(rows.with_columns(_anonymous(name, old)), where=f"{BUCKET} = {bucket}")
        if counts.height:
            lake.place(name).forget_past()
    return int(counts["len"].sum())


def _anonymous(table: str, old: pl.Expr) -> list[pl.Expr]:
    gone = [pl.when(~old).then(pl.col(column)).alias(column) for column in _PERSONAL[table]]
    if table != "events":
        return gone
    day = pl.col("timestamp").dt.truncate("1d")
    # Known when it happened: still so, and as known at any midnight the row counts from the same day on.
    at_once = old & (pl.col(RECEIVED_AT) == pl.col("timestamp"))
    times = {"timestamp": old, RECEIVED_AT: at_once}
    return [*gone, *(pl.when(when).then(day).otherwise(pl.col(name)).alias(name) for name, when in times.items())]
