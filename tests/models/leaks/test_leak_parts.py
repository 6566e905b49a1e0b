"""Label windows stay within their part, and out of the embargo."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from consumption.models.leaks.parts import overlapping
from consumption.models.samples.dataset import TrainingSet


@pytest.mark.parametrize(("days", "subjects"), [(28, []), (27, [("valid",)])])
def test_validation_keeps_four_weeks_from_the_test(data: TrainingSet, days: int, subjects: list[tuple[str]]) -> None:
    """Calibration is fitted on validation: a day less than the embargo is an overlap."""
    begins = pl.lit(max(data.part("valid")["window_end"]) + timedelta(days=days))
    moved = data.rows.with_columns(as_of=pl.when(pl.col("part") == "test").then(begins).otherwise("as_of"))
    assert [leak.subjects for leak in overlapping(replace(data, rows=moved))] == subjects
