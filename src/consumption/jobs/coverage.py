"""Which events kept tiles were made from, so that it can be told which came since."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any

import polars as pl

from consumption.errors import ConsumptionError
from consumption.lake.delta import Lake
from consumption.tables import BUCKET, LINE, LOADED_AT

EVENTS_AT_ONCE = 2_000_000
"""Events that are worked on at once: what bounds memory."""


class LakeChanged(ConsumptionError):
    """Events were deleted, or written outside of ingest, while they were read."""

    status = 503

    def __init__(self) -> None:
        super().__init__("the events in the lake changed while they were read", "run the same command again")


@dataclass(frozen=True)
class Made:
    """What kept tiles are made from: all events loaded until `loaded`, so many rows of each bucket.

    `seen` counts them by the day from which they count. `corrected` are accounts with events that were taken back;
    `readings` are the events that are kept one by one.
    """

    edition: str = ""
    loaded: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    corrected: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)

    @staticmethod
    def noted(note: dict[str, Any]) -> Made:
        """What a note says; nothing, if another version of the program wrote it."""
        return Made(**note) if set(note) == {one.name for one in fields(Made)} else Made()

    def share(self, since: date) -> float:
        """The share of the events that count from a day on or later; 1 where there are none."""
        whole = sum(self.seen.values())
        return sum(n for day, n in self.seen.items() if day >= since.isoformat()) / whole if whole else 1.0

    @property
    def print(self) -> str:
        """SHA-256 of it."""
        return _hashed(asdict(self))

    def before(self, day: date) -> str:
        """SHA-256 of what counts before a day."""
        return _hashed([self.edition, sorted(item for item in self.seen.items() if item[0] < day.isoformat())])


def loaded_events(lake: Lake, files: pl.DataFrame, since: datetime | None = None) -> dict[int, int]:
    """Events of each bucket, loaded after a moment if one is given: by the statistics of files, as far as they tell.

    A bucket that got nothing but marks is there too, with 0.
    """
    first, last = pl.col(f"min.{LOADED_AT}"), pl.col(f"max.{LOADED_AT}")
    late = files if since is None else files.filter(last > since)
    # A file may hold marks beside events (a line below 0), which say that an event was corrected.
    told = (pl.col(f"min.{LINE}") >= 0) if since is None else (pl.col(f"min.{LINE}") >= 0) & (first > since)
    place = pl.col(f"partition.{BUCKET}").alias(BUCKET)
    unclear = late.filter(~told).select(place)[BUCKET].unique()
    counts = late.select(
        place, pl.when(place.is_in(unclear.implode())).then(0).otherwise("num_records").alias("rows")
    )
    rows = lake.scan("events", unclear.to_list()).filter(pl.col(LINE) >= 0)
    new = rows if since is None else rows.filter(pl.col(LOADED_AT) > since)
    read = (
        new.group_by(BUCKET).agg(pl.len().cast(pl.Int64).alias("rows")).collect() if len(unclear) else counts.clear()
    )
    return dict(pl.concat([counts, read]).group_by(BUCKET).agg(pl.col("rows").sum()).sort(BUCKET).iter_rows())


def grouped(rows: dict[int, int]) -> list[list[int]]:
    """Buckets in groups of at most so many rows as are worked on at once."""
    groups: list[list[int]] = []
    held = 0
    for bucket, size in sorted(rows.items()):
        if not groups or held + size > EVENTS_AT_ONCE:
            groups.append([])
            held = 0
        groups[-1].append(bucket)
        held += size
    return groups


def _hashed(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
