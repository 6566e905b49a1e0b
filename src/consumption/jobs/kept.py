"""The tiles that are kept in the lake, as they were at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from consumption.features.kept_tiles import KeptTiles
from consumption.jobs.coverage import Made
from consumption.lake.delta import bucket_of
from consumption.tables import BUCKET


@dataclass(frozen=True)
class Kept:
    """What is kept, as it was at one moment: whoever writes on does not change it."""

    made: Made
    tiles: pl.LazyFrame
    daily: pl.LazyFrame
    readings: pl.LazyFrame
    lifetimes: pl.LazyFrame
    lifetimes_day: date | None
    made_for: str
    buckets: int

    def of(self, buckets: Sequence[int], accounts: pl.Series, foreign: pl.Series) -> KeptTiles:
        """The tiles of these accounts: all of the buckets, and `foreign` ones that belong with them."""
        near = sorted({*buckets, *bucket_of(foreign, self.buckets)})
        place = pl.col(BUCKET)
        mine = place.is_in(list(buckets)) | pl.col("account_id").is_in(foreign.implode())
        # First by bounds, which files and their parts are told apart by.
        wanted = place.is_between(near[0], near[-1]) & (mine if len(foreign) else place.is_in(near))
        return KeptTiles(
            accounts=accounts,
            rows=self.tiles.filter(wanted).drop(BUCKET),
            readings=self.readings.filter(wanted).drop(BUCKET),
            daily=self.daily.filter(wanted).drop(BUCKET),
            lifetimes=self.lifetimes.filter(wanted).drop(BUCKET),
            lifetimes_day=self.lifetimes_day,
            made_for=self.made_for,
            corrected=tuple(self.made.corrected),
        )
