"""Daily rhythms that are the same but for the hour they begin at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from consumption.features.quality.finding import Row

HOURS = 24
# Summer time moves by one hour; two products of one region may well begin at 7 and at 9.
LEAST_SHIFT = 3
_LIKE_AFTER, _LIKE_BEFORE = 0.9, 0.5
_LEAST_EVENTS = 500
_RECENT_DAYS = 84

Rhythm = npt.NDArray[np.float64]


def between_months(hours: pl.DataFrame) -> Iterator[Row]:
    """Places whose rhythm moved from one month to the next: product, region, when, by."""
    monthly = _rhythms(hours.with_columns(pl.col("hour").dt.truncate("1mo").dt.date().alias("when")), "when")
    previous: dict[tuple[str, str], Rhythm] = {}
    for (product, region, when), rhythm in monthly.items():
        shift = moved(previous.get((product, region)), rhythm)
        if shift:
            yield {
                "product": product,
                "region": region,
                "against": "the month before",
                "from": f"{when:%B %Y}",
                "by": f"{shift:+d} hours",
            }
        previous[product, region] = rhythm


def between_products(hours: pl.DataFrame, as_of: datetime) -> Iterator[Row]:
    """Products whose rhythm is that of the same region's others, moved: product, region, by."""
    recent = hours.filter(pl.col("hour") >= as_of - timedelta(days=_RECENT_DAYS))
    by_place = _rhythms(recent.with_columns(pl.lit("now").alias("when")), "when")
    for (product, region, _), rhythm in by_place.items():
        others = [r for (p, g, _), r in by_place.items() if g == region and p != product]
        # With two products nobody can say which of them is moved, so the smaller one is named.
        if not others or rhythm.sum() > sum(float(r.sum()) for r in others):
            continue
        shift = moved(np.sum(others, axis=0), rhythm)
        if shift:
            yield {
                "product": product,
                "region": region,
                "against": "other products there",
                "from": "the last 12 weeks",
                "by": f"{shift:+d} hours",
            }


def moved(before: Rhythm | None, now: Rhythm) -> int:
    """By how many hours, -11 to 12, a rhythm is later than the one before; 0 where it is not clearly moved."""
    if before is None or min(before.sum(), now.sum()) < _LEAST_EVENTS:
        return 0
    if not before.std() or not now.std():
        return 0
    like = [float(np.corrcoef(np.roll(before, shift), now)[0, 1]) for shift in range(HOURS)]
    best = int(np.argmax(like))
    shift = best if best <= HOURS // 2 else best - HOURS
    clear = like[best] >= _LIKE_AFTER and like[0] <= _LIKE_BEFORE
    return shift if clear and abs(shift) >= LEAST_SHIFT else 0


def _rhythms(hours: pl.DataFrame, when: str) -> dict[tuple[str, str, object], Rhythm]:
    """Events by hour of the day of each place and time, in order of place and time."""
    keys = ["product", "region", when]
    summed = hours.group_by(*keys, pl.col("hour").dt.hour().alias("of_day")).agg(pl.col("events").sum())
    found: dict[tuple[str, str, object], Rhythm] = {}
    for product, region, at, of_day, events in summed.sort(*keys, "of_day").iter_rows():
        found.setdefault((product, region, at), np.zeros(HOURS))[of_day] = events
    return found
