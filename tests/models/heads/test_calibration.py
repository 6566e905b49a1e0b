"""From log odds to a probability: how much few rows may say, and how much many."""

from __future__ import annotations

import numpy as np
import pytest

from consumption.models.heads.calibration import fit_calibration
from consumption.models.logistic import probability
from consumption.models.rows import Floats, Strings


def rows(
    count: int, *, slope: float = 1.0, level: float = 0.0, seed: int = 0
) -> tuple[Floats, Floats, Floats, Strings]:
    """Raw log odds, what happened by `slope` times these and `level`, weights, and no segment."""
    random = np.random.default_rng(seed)
    raw = random.normal(-1.0, 1.5, size=count)
    happened = (random.random(count) < probability(slope * raw + level)).astype(float)
    return raw, happened, np.ones(count), np.full(count, None, dtype=object)


def test_few_rows_leave_the_slope_near_one() -> None:
    """Twelve rows that would say it is 3 or more are believed little; a thousand that say .5 nearly wholly."""
    raw = np.array([-2.0, -1.5, -1.0, -0.8, -0.5, -0.3, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0])
    apart = fit_calibration(raw, (raw > 0).astype(float), np.ones(12), np.full(12, None, dtype=object))
    assert 1.0 < apart.slope < 1.6
    assert fit_calibration(*rows(900, slope=0.5, level=-0.5)).slope == pytest.approx(0.5, abs=0.12)


def test_a_segment_of_few_rows_is_told_apart_by_little() -> None:
    """A quarter more than was said, in log odds: of 50 rows a fifth of that is believed, of 1,800 nine tenths."""
    for count, share in ((50, 0.2), (1_800, 0.9)):
        raw = np.zeros(count)
        happened = np.tile([1.0, 1.0, 1.0, 0.0, 0.0], count // 5)  # log odds .405 where 0 was said
        segments = np.concatenate([np.full(count, "a", dtype=object), np.full(count, "b", dtype=object)])
        both = fit_calibration(
            np.tile(raw, 2), np.concatenate([happened, 1.0 - happened]), np.ones(2 * count), segments
        )
        assert both.segments["a"] == pytest.approx(share * 0.4, rel=0.03)
        assert both.segments["b"] == pytest.approx(-both.segments["a"], rel=1e-6)


def test_no_segment_is_moved_by_more_than_one_in_log_odds() -> None:
    """However surprising its few rows are."""
    raw, segments = np.full(600, -4.0), np.array(["a"] * 100 + ["b"] * 500, dtype=object)
    happened = np.concatenate([np.ones(100), np.zeros(500)])
    found = fit_calibration(raw, happened, np.ones(600), segments)
    assert found.segments["a"] <= 100 / 300


def test_a_thousand_positives_draw_the_curve_themselves() -> None:
    """Isotonic from there on; one fewer, and two numbers have to do."""
    raw, happened, weights, nobody = rows(4_000)
    assert fit_calibration(raw, happened, weights, nobody).knots is not None
    few = np.flatnonzero(happened)[:999]
    keep = np.concatenate([few, np.flatnonzero(happened == 0)])
    assert fit_calibration(raw[keep], happened[keep], weights[keep], nobody[keep]).knots is None
