"""Hours of the day that moved, and clocks that only change to summer time."""

from __future__ import annotations

import numpy as np
import pytest

from consumption.features.quality.shifts import Rhythm, moved


def office(starts: int, events: float = 100.0) -> Rhythm:
    """Nine working hours from one hour on, most of them busy."""
    rhythm = np.zeros(24)
    rhythm[:9] = np.array([3, 8, 10, 9, 4, 7, 9, 8, 3]) * events
    return np.roll(rhythm, starts)


@pytest.mark.parametrize(("hours", "found"), [(0, 0), (1, 0), (2, 0), (6, 6), (-7, -7), (12, 12)])
def test_only_a_clear_move_is_one(hours: int, found: int) -> None:
    """Summer time is an hour, and nobody calls two a mistake; six are a zone that was read wrongly."""
    assert moved(office(8), office(8 + hours)) == found


def test_another_rhythm_is_no_move() -> None:
    """Machines that run around the clock are not an office seven hours later."""
    assert moved(office(8), np.full(24, 100.0)) == 0
    night = np.zeros(24)
    night[[0, 12]] = 3_000
    assert moved(office(8), night) == 0


def test_few_events_tell_nothing() -> None:
    """Under five hundred events a month, the pattern is chance."""
    assert moved(office(8, events=1), office(14, events=1)) == 0
