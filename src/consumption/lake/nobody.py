"""Events that nobody did: what a person used stays their account's, without who it was and when in a day."""

from __future__ import annotations

import polars as pl

from consumption.lake.anonymous import PERSONAL
from consumption.tables import RECEIVED_AT

# Meters read events of one kind, of an account and machine, in order of time.
IN_ORDER = ("account_id", "asset_id", "event")
_ID = "event_id"
_THEIRS, _DAY, _AFTER, _KEPT = "_theirs", "_day", "_after", "_kept"
_AT_ONCE, _VERSIONS, _KNOWN = "_at_once", "_versions", "_known"


def near(theirs: pl.Expr) -> pl.Expr:
    """Whether a row is `theirs`, or may be read before or after one of theirs, on the same day."""
    return theirs.any().over(*IN_ORDER, pl.col("timestamp").dt.date())


def of_nobody(events: pl.DataFrame, theirs: pl.Expr, readings: pl.Expr) -> pl.DataFrame:
    """The rows, those that are `theirs` without the person; other rows stay as they are, to the microsecond.

    Their time becomes midnight. That of `readings` becomes that of the reading before them on the day, of the same
    kind, account and machine, which is not theirs, or midnight, and a microsecond for each of theirs since: their
    place in the order, which is all that meters read. When such a row was received becomes the same, if it was on the
    day it happened; of an event with several versions, which must all be there, it becomes its place among them.
    """
    day = pl.col("timestamp").dt.truncate("1d")
    rows = _placed_among_versions(events.with_columns(theirs.alias(_THEIRS), day.alias(_DAY)))
    rows = rows.sort("timestamp", _THEIRS, maintain_order=True)
    before = pl.when(~pl.col(_THEIRS)).then("timestamp").forward_fill().over(*IN_ORDER, _DAY)
    rows = rows.with_columns(pl.coalesce(before, _DAY).alias(_AFTER))
    place = pl.col("timestamp").rank("dense").over(*IN_ORDER, _AFTER, _THEIRS)
    in_order = pl.col(_AFTER) + pl.duration(microseconds=place)
    rows = rows.with_columns(pl.when(readings).then(in_order).otherwise(_DAY).alias(_KEPT))
    known = pl.when(_VERSIONS).then(_KNOWN).otherwise(_KEPT)
    told = [
        pl.when(_THEIRS).then(_KEPT).otherwise("timestamp").alias("timestamp"),
        pl.when(_AT_ONCE).then(known).otherwise(RECEIVED_AT).alias(RECEIVED_AT),
        *(pl.when(~pl.col(_THEIRS)).then(name).alias(name) for name in PERSONAL["events"]),
    ]
    return rows.with_columns(told).select(events.columns)


def _placed_among_versions(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, with whether theirs were received at once, are one of several versions, and then known since when.

    That is when the version before them became known on that day, of those whose time stays, or midnight, and a
    microsecond for each of theirs since. It is never later than it was: no version overtakes another, and what was
    received at one moment still is.
    """
    day = pl.col(RECEIVED_AT).dt.truncate("1d")
    at_once = pl.col(_THEIRS) & (day == pl.col(_DAY))
    versions = pl.col(_ID).is_not_null() & (pl.len().over(_ID) > 1)
    rows = rows.with_columns(at_once.alias(_AT_ONCE), versions.alias(_VERSIONS))
    rows = rows.sort(RECEIVED_AT, _AT_ONCE, maintain_order=True)
    stays = pl.when(~pl.col(_AT_ONCE)).then(RECEIVED_AT).forward_fill().over(_ID, day)
    rows = rows.with_columns(pl.coalesce(stays, day).alias(_AFTER))
    place = pl.col(RECEIVED_AT).rank("dense").over(_ID, _AFTER) - 1
    return rows.with_columns((pl.col(_AFTER) + pl.duration(microseconds=place)).alias(_KNOWN)).drop(_AFTER)
