"""Events that nobody did: what a person used stays their account's, without who it was and when in a day."""

from __future__ import annotations

import polars as pl

from consumption.lake.anonymous import PERSONAL
from consumption.tables import RECEIVED_AT

# Meters read events of one kind, of an account and machine, in order of time.
IN_ORDER = ("account_id", "asset_id", "event")
_THEIRS, _DAY, _AFTER, _KEPT = "_theirs", "_day", "_after", "_kept"


def near(theirs: pl.Expr) -> pl.Expr:
    """Whether a row is `theirs`, or may be read before or after one of theirs, on the same day."""
    return theirs.any().over(*IN_ORDER, pl.col("timestamp").dt.date())


def of_nobody(events: pl.DataFrame, theirs: pl.Expr, readings: pl.Expr) -> pl.DataFrame:
    """The rows, those that are `theirs` without the person; other rows stay as they are, to the microsecond.

    Their time becomes midnight. That of `readings` becomes that of the reading before them on the day, of the same
    kind, account and machine, which is not theirs, or midnight, and a microsecond for each of theirs since: their
    place in the order, which is all that meters read. When such a row was received becomes the same, if it was on the
    day it happened.
    """
    day = pl.col("timestamp").dt.truncate("1d")
    rows = events.with_columns(theirs.alias(_THEIRS), day.alias(_DAY)).sort("timestamp", _THEIRS, maintain_order=True)
    before = pl.when(~pl.col(_THEIRS)).then("timestamp").forward_fill().over(*IN_ORDER, _DAY)
    rows = rows.with_columns(pl.coalesce(before, _DAY).alias(_AFTER))
    place = pl.col("timestamp").rank("dense").over(*IN_ORDER, _AFTER, _THEIRS)
    in_order = pl.col(_AFTER) + pl.duration(microseconds=place)
    rows = rows.with_columns(pl.when(readings).then(in_order).otherwise(_DAY).alias(_KEPT))
    at_once = pl.col(RECEIVED_AT).dt.truncate("1d") == pl.col(_DAY)
    told = [
        pl.when(_THEIRS).then(_KEPT).otherwise("timestamp").alias("timestamp"),
        pl.when(pl.col(_THEIRS) & at_once).then(_KEPT).otherwise(RECEIVED_AT).alias(RECEIVED_AT),
        *(pl.when(~pl.col(_THEIRS)).then(name).alias(name) for name in PERSONAL["events"]),
    ]
    return rows.with_columns(told).select(events.columns)
