"""Time in signals of use: zones, summer time, leap days, midnight edges, parts of days."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.signal import Signal
from consumption.features.signal_set import SIGNALS
from consumption.lake.history import History
from tests.features.small import AS_OF, DAY, JUNE_1, MICROSECOND, RULES, accounts, events, rich, value_of

FAMILIES = ("frequency", "depth", "breadth", "trend", "people", "onboarding")
OURS = [signal for signal in SIGNALS if signal.family in FAMILIES]
HISTORY = History.of(**rich(count=12))
OLD = datetime(2020, 1, 1, tzinfo=UTC)
WINDOWED: list[tuple[str, int]] = [("events_28d", 28), ("active_days_7d", 7), ("active_days_84d", 84),
                                   ("daily_active_users_28d", 28), ("quantity_28d", 28)]  # fmt: skip


def found(as_of: datetime, signals: list[Signal] = OURS) -> pl.DataFrame:
    """The signals of the small rich history."""
    return compute_signals(HISTORY, as_of=as_of, signals=signals, rules=RULES)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Europe/Berlin"])
def test_the_same_moment_in_another_zone_gives_the_same_bits(zone: str) -> None:
    """A moment is a moment, however its clock is set."""
    assert found(AS_OF.astimezone(ZoneInfo(zone))).equals(found(AS_OF))


def test_a_window_is_as_long_over_a_change_of_the_clock() -> None:
    """As of midnight in Berlin on 1 April, after the clock went forward: still 28 times 24 hours."""
    berlin = datetime(2025, 4, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    first = berlin.astimezone(UTC) - 28 * DAY
    seen = events(("acme", first, "open", "ada"), ("acme", first - MICROSECOND, "open", "ada"))
    assert value_of("events_28d", as_of=berlin, events=seen) == 1
    assert value_of("events_trend_28d", as_of=berlin, events=seen) == 0


@pytest.mark.parametrize(("name", "window"), WINDOWED)
def test_the_first_moment_of_a_window_is_in_and_its_end_is_out(name: str, window: int) -> None:
    """Exactly as_of less the window counts, a microsecond earlier does not; nor as_of itself, but the one before."""

    def counted(moment: datetime) -> bool:
        value = value_of(name, events=events(("acme", moment, "open", "ada")))
        return bool(value)

    assert counted(JUNE_1 - window * DAY)
    assert not counted(JUNE_1 - window * DAY - MICROSECOND)
    assert counted(JUNE_1 - MICROSECOND)
    assert not counted(JUNE_1)


def test_two_windows_side_by_side_share_no_moment() -> None:
    """What falls out of a window falls into the one before: a trend counts every event once."""
    edge = JUNE_1 - 28 * DAY
    seen = events(("acme", edge, "open", "ada"), ("acme", edge - MICROSECOND, "open", "bob"))
    assert value_of("events_trend_28d", events=seen) == 0
    assert value_of("lost_users_28d", events=seen) == 1
    assert value_of("new_users_28d", events=seen) == 1
    assert value_of("returned_users_28d", events=seen) == 0


def test_the_29th_of_february_is_a_day_like_others() -> None:
    """As of 1 March 2024 the day before is the 29th; four weeks reach back to 2 February."""
    march = datetime(2024, 3, 1, tzinfo=UTC)
    since = accounts("acme", since=OLD)
    seen = events(
        ("acme", datetime(2024, 2, 29, 12, tzinfo=UTC), "open", "ada"),
        ("acme", datetime(2024, 2, 2, tzinfo=UTC), "open", "ada"),
        ("acme", datetime(2024, 2, 1, 23, 59, tzinfo=UTC), "open", "ada"),
    )
    assert value_of("events_28d", as_of=march, accounts=since, events=seen) == 2
    assert value_of("days_since_last_event", as_of=march, accounts=since, events=seen) == 0
    assert value_of("longest_silence_84d", as_of=march, accounts=since, events=seen) == 84 - 29
    assert value_of("days_between_use_84d", as_of=march, accounts=since, events=seen) == 14


def test_a_year_ago_is_364_days_with_or_without_a_leap_day() -> None:
    """The same weekday: as of Friday 1 March 2024, Friday 3 March 2023; a year on, Friday 1 March 2024 again."""
    for as_of, then in (((2024, 3, 1), (2023, 3, 3)), ((2025, 2, 28), (2024, 3, 1))):
        moment, end = datetime(*as_of, tzinfo=UTC), datetime(*then, tzinfo=UTC)
        assert moment.weekday() == end.weekday()
        seen = events(*(
            ("acme", when, "open", "ada")
            for when in (moment - DAY, end - MICROSECOND, end - 28 * DAY, end, end - 28 * DAY - MICROSECOND)
        ))  # fmt: skip
        since = accounts("acme", since=OLD)
        against = value_of("events_against_last_year_28d", as_of=moment, accounts=since, events=seen)
        assert against == math.log(2 / 3)
        season = value_of("events_trend_last_year_28d", as_of=moment, accounts=since, events=seen)
        assert season == math.log(3 / 2)


def test_a_day_that_has_begun_counts_as_a_day() -> None:
    """As of noon, days are counted from noon to noon: yesterday at one and today at eleven are one day."""
    noon = JUNE_1 + timedelta(hours=12)
    seen = events(
        ("acme", noon - timedelta(hours=23), "open", "ada"), ("acme", noon - timedelta(hours=1), "open", "ada")
    )
    assert value_of("active_days_28d", as_of=noon, events=seen) == 1
    assert value_of("daily_active_users_28d", as_of=noon, events=seen) == 1 / 28


def test_every_account_has_all_signals_on_its_first_day() -> None:
    """Created an hour ago, not heard of yet: no signal fails, trends are unknown, counts are 0."""
    fresh = History.of(accounts=accounts("acme", since=JUNE_1 - timedelta(hours=1)))
    row = compute_signals(fresh, as_of=JUNE_1, signals=OURS, rules=RULES).row(0, named=True)
    assert row["events_28d"] == 0
    assert row["daily_active_users_28d"] == 0
    assert {row[s.name] for s in OURS if s.name.startswith("events_trend")} == {None}
