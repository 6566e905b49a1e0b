"""How long before a loss a list held the account."""

from __future__ import annotations

import polars as pl

from consumption.models.rows import Floats
from consumption.models.scored import LOST_ON

# A loss listed this many days before it could still be turned.
EARLY_DAYS = 30
LOSS = ("account_id", LOST_ON)


def first_seen(scored: pl.DataFrame, listed: pl.DataFrame) -> tuple[Floats, Floats]:
    """`lost` and `early` of `Ordered`, a row a scored row; all 0 where nobody knows when accounts were lost.

    A loss counts once, whatever the number of snapshots before it, and only if one lies EARLY_DAYS before it: no list
    could have been earlier than the first.
    """
    rows = leads(scored, listed).with_columns(
        early=(pl.col("listed") & (pl.col("days_ahead") >= EARLY_DAYS)).any().over(LOSS),
        could=(pl.col("days_ahead") >= EARLY_DAYS).any().over(LOSS),
        first=pl.col("as_of").rank("ordinal").over(LOSS) == 1,
    )
    counts = pl.col("days_ahead").is_not_null() & pl.col("first") & pl.col("could")
    told = rows.select(lost=pl.when(counts).then("dollars").otherwise(0.0), early="early")
    lost = told["lost"].to_numpy()
    return lost, lost * told["early"].fill_null(value=False).to_numpy()


def leads(scored: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Scored rows with `listed` (on its list) and `days_ahead`: days from the snapshot to the loss, null without."""
    rows = scored if LOST_ON in scored.columns else scored.with_columns(pl.lit(None, dtype=pl.Date).alias(LOST_ON))
    ahead = (pl.col(LOST_ON).cast(pl.Date) - pl.col("as_of").dt.date()).dt.total_days()
    return pl.concat([rows, listed], how="horizontal").with_columns(
        listed=pl.col("place") <= pl.col("length"), days_ahead=pl.when(pl.col("happened") > 0).then(ahead)
    )
