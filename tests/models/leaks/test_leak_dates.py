"""Which training dates are made again in search of leaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from consumption.models.leaks.rebuilt import DATES, _dates

FIRST = datetime(2025, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("number", [1, 2, 12])
def test_the_date_that_is_tested_on_is_always_made_again(number: int) -> None:
    """The last one, beside others drawn from those before it; what leaks there flatters every figure."""
    snapshots = {FIRST + timedelta(days=28 * n): pl.DataFrame() for n in range(number)}
    drawn = [_dates(snapshots, np.random.default_rng(seed), DATES) for seed in range(8)]
    assert all(dates[-1] == max(snapshots) for dates in drawn)
    assert all(len(set(dates)) == min(DATES, number) for dates in drawn)
    assert len({dates[0] for dates in drawn}) > 1 or number <= DATES
