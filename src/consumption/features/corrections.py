"""Events that were corrected: each version counts from when it was known until the next one was."""

from __future__ import annotations

import polars as pl

from consumption.lake.history import VERSION_ORDER
from consumption.tables import LINE, RECEIVED_AT

SIGN = "sign"

_ID = "event_id"
_EVENT = ["account_id", _ID]


def corrected(events: pl.LazyFrame) -> pl.Series:
    """Ids of the events of which there are several versions: ingest leaves a mark (a line below 0) beside them."""
    return events.filter(pl.col(LINE) < 0).select(_ID).unique().collect()[_ID]


def signed(events: pl.LazyFrame, ids: pl.Series) -> pl.LazyFrame:
    """Events with a `sign`: 1 for what counts from `received_at` on, -1 for what is taken back then.

    `ids` are those that were corrected. Sums over rows known at a moment are sums over the versions valid then.
    """
    if ids.is_empty():
        return events.with_columns(pl.lit(1, dtype=pl.Int64).alias(SIGN))
    versions = pl.col(_ID).is_in(ids.implode())
    alone = events.filter(~versions.fill_null(value=False)).with_columns(pl.lit(1, dtype=pl.Int64).alias(SIGN))
    return pl.concat([alone, changes(events.filter(versions).collect()).lazy()])


def changes(versions: pl.DataFrame) -> pl.DataFrame:
    """Of all versions of some events: each version when it came, and what it replaced, taken back at that time."""
    rows = versions.sort(*_EVENT, *VERSION_ORDER)
    follows = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in _EVENT).fill_null(value=False)
    came = rows.filter(pl.col(LINE) >= 0).with_columns(pl.lit(1, dtype=pl.Int64).alias(SIGN))
    # The row before a version, with the time at which that version took its place.
    before = rows.with_columns(
        follows.shift(-1).fill_null(value=False).alias("_replaced"), pl.col(RECEIVED_AT).shift(-1).alias("_at")
    ).filter(pl.col("_replaced"), pl.col(LINE) >= 0)
    gone = before.with_columns(pl.col("_at").alias(RECEIVED_AT), pl.lit(-1, dtype=pl.Int64).alias(SIGN))
    return pl.concat([came, gone.drop("_replaced", "_at")])


def latest(events: pl.LazyFrame) -> pl.LazyFrame:
    """Events as they were told last: one row an id, in the account that it came to."""
    ids = corrected(events)
    if ids.is_empty():
        return events
    versions = pl.col(_ID).is_in(ids.implode()).fill_null(value=False)
    told = events.filter(versions).sort(*_EVENT, *VERSION_ORDER)
    last = told.unique(_EVENT, keep="last", maintain_order=True).filter(pl.col(LINE) >= 0)
    return pl.concat([events.filter(~versions), last])
