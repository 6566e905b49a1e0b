"""From log odds to a probability: how much few rows may say, and how much many."""

from __future__ import annotations

import numpy as np
import pytest

from consumption.models.heads.calibration import NO_CALIBRATION, Calibration, fit_calibration
from consumption.models.logistic import log_odds, probability
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
    assert found.segments["a"] == pytest.approx(100 / 300)


def test_a_thousand_positives_draw_the_curve_themselves() -> None:
    """Isotonic from there on; one fewer, and two numbers have to do."""
    raw, happened, weights, nobody = rows(4_000)
    assert fit_calibration(raw, happened, weights, nobody).knots is not None
    few = np.flatnonzero(happened)[:999]
    keep = np.concatenate([few, np.flatnonzero(happened == 0)])
    assert fit_calibration(raw[keep], happened[keep], weights[keep], nobody[keep]).knots is None


def test_a_curve_of_its_own_reaches_from_nothing_to_all() -> None:
    """A thousand positives are enough; where all of them lie on one side, that side is certain."""
    raw, nobody = np.repeat([-1.0, 1.0], 1_000), np.full(2_000, None, dtype=object)
    found = fit_calibration(raw, (raw > 0).astype(float), np.ones(2_000), nobody)
    assert found.knots is not None
    assert found.apply(np.array([-1.0, 1.0]), nobody[:2]) == pytest.approx([0.0, 1.0], abs=1e-5)


def test_a_probability_is_the_curve_and_the_shift_of_its_segment() -> None:
    """.5 x 1 + .2, and .3 more in segment a; halfway between knots; without either as it was said."""
    raw, segments = np.array([1.0, 1.0]), np.array(["a", None], dtype=object)
    line = Calibration(0.5, 0.2, {"a": 0.3})
    assert line.apply(raw, segments) == pytest.approx(probability(np.array([1.0, 0.7])))
    curve = Calibration(segments={"a": 0.3}, knots=((0.0, 2.0), (0.2, 0.6)))
    halfway = log_odds(np.array([0.4]))[0]
    assert curve.apply(raw, segments) == pytest.approx(probability(np.array([halfway + 0.3, halfway])))
    assert NO_CALIBRATION.apply(raw, segments) == pytest.approx(probability(raw))


@pytest.mark.parametrize(("happens", "slope"), [(1.0, 3.0), (-1.0, 0.1)])
def test_no_slope_is_steeper_than_three_or_turned_round(happens: float, slope: float) -> None:
    """Whatever nine hundred rows say that leave no doubt."""
    raw = np.repeat([-1.0, 1.0], 450)
    found = fit_calibration(raw, (happens * raw > 0).astype(float), np.ones(900), np.full(900, None, dtype=object))
    assert found.slope == pytest.approx(slope)


@pytest.mark.parametrize(("positives", "intercept"), [(1, -3.0), (999, 3.0)])
def test_no_level_is_moved_by_more_than_three(positives: int, intercept: float) -> None:
    """One of a thousand where half were expected, or all but one."""
    happened = (np.arange(1_000) < positives).astype(float)
    found = fit_calibration(np.zeros(1_000), happened, np.ones(1_000), np.full(1_000, None, dtype=object))
    assert found.intercept == pytest.approx(intercept)
