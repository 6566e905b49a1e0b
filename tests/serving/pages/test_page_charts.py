"""Charts: pictures that say what the table beside them says, and fetch nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from consumption.serving.charts import INKS, Theme, Week, spark_path, weekly_chart, weeks_of

WEEKS = [Week(date(2026, 5, 25) + timedelta(weeks=i), 30 - i, 400 - 9 * i, 90 - 3 * i) for i in range(26)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_is_drawn_in_the_colours_of_its_theme(theme: Theme) -> None:
    """Each theme has its own picture; neither paints a ground of its own."""
    svg = weekly_chart(WEEKS, theme=theme).decode()
    assert INKS[theme].people in svg
    assert 'fill="white"' not in svg


def test_a_chart_fetches_nothing() -> None:
    """No font, picture or script from anywhere: only the names of XML's own vocabularies are addresses."""
    svg = weekly_chart(WEEKS).decode()
    assert set(re.findall(r"https?://[^\"' ]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<script" not in svg
    assert "@import" not in svg


def test_a_narrow_chart_is_drawn_for_a_phone() -> None:
    """A wide one made small would have text nobody can read."""
    wide, narrow = (
        int(re.findall(r'width="(\d+)"', weekly_chart(WEEKS, size=size).decode())[0]) for size in ("wide", "narrow")
    )
    assert wide > 680
    assert narrow < 380


def test_the_same_numbers_are_drawn_once() -> None:
    """Rendering costs; a second look does not."""
    assert weekly_chart(WEEKS) is weekly_chart(list(WEEKS))


def test_a_chart_of_one_week_or_none_is_still_a_chart() -> None:
    """New accounts have little to show."""
    assert weekly_chart(WEEKS[:1]).startswith(b"<svg")
    assert weekly_chart([]).startswith(b"<svg")


def test_weeks_come_oldest_first_with_gaps_as_nothing() -> None:
    """Whatever order a brief has them in; what is missing counts as none."""
    weeks = weeks_of([{"week": "2026-11-16", "active_users": 3}, {"week": "2026-11-09", "events": 7}])
    assert weeks == (Week(date(2026, 11, 9), 0, 7, 0), Week(date(2026, 11, 16), 3, 0, 0))


def test_a_sparkline_goes_from_left_to_right_and_from_zero() -> None:
    """Its foot is zero, so half as high is half as many."""
    assert spark_path([10, 5, 0]) == "M0.0 0.0 L50.0 10.0 L100.0 20.0"
    assert not spark_path([3])
