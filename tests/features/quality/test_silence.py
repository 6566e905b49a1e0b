"""What is a silence of tracking, and what only looks like one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
import pytest

from consumption.features.quality.finding import NOTE
from consumption.features.quality.silence import DAYS, EVERYWHERE, HOURS, silences

from .small import changed, found

MONDAY = date(2026, 1, 5)
WEEKS = 20
PLACES = [(product, region) for product in ("desk", "lab") for region in ("north", "south")]


class Step(NamedTuple):
    """A product, a region, and a day counted from the first Monday."""

    product: str
    region: str
    day: int


def days(share: Callable[[Step], float]) -> pl.DataFrame:
    """A hundred events of ten accounts a working day and place, or the share of them that is asked for."""
    rows: list[dict[str, Any]] = []
    for product, region in PLACES:
        for number in range(7 * WEEKS):
            usual = 0.0 if number % 7 > 4 else share(Step(product, region, number))
            if usual:
                rows.append({
                    "product": product, "region": region, "day": MONDAY + timedelta(days=number),
                    "events": round(100 * usual), "accounts": round(10 * min(1, usual)),
                })  # fmt: skip
    return pl.DataFrame(rows)


def told(frame: pl.DataFrame) -> list[tuple[str, str, int, int]]:
    """Product, region, first day (counted from the first Monday) and how many days of each silence."""
    return [
        (row["product"], row["region"], (row["first"] - MONDAY).days, row["steps"])
        for row in silences(frame, DAYS).iter_rows(named=True)
    ]


def within(number: int, first: int, count: int) -> bool:
    """Whether a day is one of so many from the first on."""
    return first <= number < first + count


def test_one_product_in_one_region() -> None:
    """Monday to Wednesday of the eleventh week, while all else goes on."""
    frame = days(lambda at: 0 if at[:2] == ("lab", "north") and within(at.day, 70, 3) else 1)
    assert told(frame) == [("lab", "north", 70, 3)]


def test_one_product_everywhere_is_one_silence() -> None:
    """What explains all of its regions is told once."""
    assert told(days(lambda at: 0 if at.product == "lab" and within(at.day, 70, 1) else 1)) == [
        ("lab", EVERYWHERE, 70, 1)
    ]


def test_one_region_as_a_whole_is_one_silence() -> None:
    """All products of a region, once: its tracking, or a holiday there."""
    assert told(days(lambda at: 0 if at.region == "north" and within(at.day, 70, 1) else 1)) == [
        (EVERYWHERE, "north", 70, 1)
    ]


def test_a_weekend_within_a_silence_does_not_cut_it() -> None:
    """Thursday to Tuesday is one silence of four days; on Saturday nothing is usual, so nothing is missing."""
    assert told(days(lambda at: 0 if at.product == "lab" and within(at.day, 73, 6) else 1)) == [
        ("lab", EVERYWHERE, 73, 4)
    ]


def test_a_day_that_was_not_loaded_is_silent_everywhere() -> None:
    """Nothing at all from anywhere is a gap, a tenth of the usual might be a holiday."""
    assert told(days(lambda at: 0 if at.day == 70 else 1)) == [(EVERYWHERE, EVERYWHERE, 70, 1)]
    assert told(days(lambda at: 0.1 if at.day == 70 else 1)) == []


def test_a_holiday_of_a_region_is_no_silence_of_one_of_its_products() -> None:
    """One product falls to a twentieth, the other to a tenth: both fell."""
    fell = {"lab": 0.05, "desk": 0.1}
    assert told(days(lambda at: fell[at.product] if at.region == "north" and at.day == 70 else 1)) == []


def test_where_everything_falls_nothing_is_silent() -> None:
    """On the day before a holiday of all, one product stands still and the other is at a third: that is how it is."""
    fell = {"lab": 0.03, "desk": 0.3}
    assert told(days(lambda at: fell[at.product] if at.day == 70 else 1)) == []


def test_a_region_that_is_silent_for_a_day_is_a_note() -> None:
    """It may have had a holiday: nobody is alarmed, but somebody should look."""
    north = pl.col("account_id").str.slice(1).cast(pl.Int64) % 2 == 0
    tables = changed("events", lambda e: e.filter(~(north & (pl.col("timestamp").dt.date() == date(2026, 3, 3)))))
    (finding,) = found(tables, "silent_tracking")
    assert finding.severity is NOTE
    assert finding.rows[0]["where"] == "all of north"


@pytest.mark.parametrize("there", [lambda n: n < 70, lambda n: n >= 70])
def test_a_product_that_ends_or_begins_is_not_silent(there: Callable[[int], bool]) -> None:
    """What never comes back was retired, what was never there before was launched."""
    assert told(days(lambda at: 1 if at.product == "desk" or there(at.day) else 0)) == []


def test_a_silence_that_goes_on_is_told_at_once() -> None:
    """Where no week has come since, the weeks before are enough."""
    last = 7 * WEEKS - 7
    assert told(days(lambda at: 0 if at[:2] == ("lab", "north") and at.day >= last else 1)) == [
        ("lab", "north", last, 5)
    ]


def test_one_heavy_account_that_stops_is_not_a_silence() -> None:
    """Nearly all events are gone, but most accounts are still there: that is use, not tracking."""
    frame = days(lambda at: 0.04 if at[:2] == ("lab", "north") and at.day == 70 else 1)
    still = pl.when(pl.col("events") == 4).then(8).otherwise("accounts").alias("accounts")
    assert told(frame.with_columns(still)) == []
    assert told(frame) == [("lab", "north", 70, 1)]


def test_too_little_use_to_judge_is_not_judged() -> None:
    """Thirty events a day may well be none on one of them."""
    assert (
        told(days(lambda at: 0 if at.day == 70 and at.product == "lab" else (0.3 if at.product == "lab" else 1)))
        == []
    )


def test_hours_are_silent_from_three_on() -> None:
    """Two hours without events may be chance; three in a row, while the other product went on, are not."""

    def hours(silent: range) -> pl.DataFrame:
        start = datetime(2026, 1, 5, tzinfo=UTC)
        return pl.DataFrame([
            {
                "product": product, "region": "north", "hour": start + timedelta(hours=hour),
                "events": 60, "accounts": 12,
            }
            for product in ("desk", "lab")
            for hour in range(24 * 7 * 10)
            if 8 <= hour % 24 < 16 and not (product == "lab" and hour in silent)
        ])  # fmt: skip

    tuesday = 24 * 36 + 10
    assert silences(hours(range(tuesday, tuesday + 2)), HOURS).height == 0
    (row,) = silences(hours(range(tuesday, tuesday + 3)), HOURS).to_dicts()
    assert (row["product"], row["first"].hour, row["steps"], row["usual"]) == ("lab", 10, 3, 180.0)
