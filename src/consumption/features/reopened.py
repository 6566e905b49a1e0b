"""When an interaction that had been closed was open again, as its versions tell."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from consumption.lake.history import VERSION_ORDER, History
from consumption.tables import RECEIVED_AT


def reopened(history: History, as_of: datetime) -> pl.LazyFrame:
    """One row an interaction reopened before `as_of`: interaction_id, reopened_at (when it was last known to be).

    A version says so that knows no closing, where the version before it did; or a closing that came only after that
    first one was known. `reopened_at` is when that version was received. A first closing that is only put right, to a
    time before it was known, opens nothing again.
    """
    columns = ("interaction_id", "closed_at", RECEIVED_AT)
    versions = history.interactions.filter(pl.col(RECEIVED_AT) < as_of)
    if not history.sorted_keys:
        versions = versions.sort("interaction_id", *VERSION_ORDER)
    rows = versions.select(columns)
    closed, received = (pl.col(name).shift(1) for name in columns[1:])
    same = pl.col("interaction_id") == pl.col("interaction_id").shift(1)
    open_again = pl.col("closed_at").is_null() | (pl.col("closed_at") > pl.max_horizontal(closed, received))
    again = rows.filter(same & (closed < pl.col(RECEIVED_AT)) & open_again)
    return again.group_by("interaction_id").agg(pl.col(RECEIVED_AT).max().alias("reopened_at"))
