"""How many accounts there are to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl


def lost_within(losses: pl.DataFrame, dates: Sequence[datetime], horizon: int, lead: int) -> int:
    """Distinct accounts lost within the label windows of these snapshots.

    Where `losses` tell `notice_on`, of snapshots before it: who has given notice is no training row.
    """
    snapshots = pl.DataFrame({"_date": [date.date() for date in dates]}, schema={"_date": pl.Date}).sort("_date")
    lost_on = pl.col("lost_on").cast(pl.Date)
    known = [pl.col("notice_on")] if "notice_on" in losses.columns else []
    # The last snapshot that could have told it: if its window is over before the loss, those of earlier ones are.
    latest = pl.min_horizontal(lost_on - pl.duration(days=lead), *known).alias("_latest")
    told = losses.with_columns(latest).sort("_latest").join_asof(
        snapshots, left_on="_latest", right_on="_date", strategy="backward"
    )  # fmt: skip
    return told.filter(lost_on < pl.col("_date") + pl.duration(days=lead + horizon))["account_id"].n_unique()
