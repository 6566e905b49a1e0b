"""Intervals that hold at every look."""

from __future__ import annotations

import math

import numpy as np
import pytest

from consumption.actions.number.sequence import half_width


def test_the_boundary_is_worked_by_hand() -> None:
    """With alpha .05 rho^2 is (5.9915 + log 5.9915 + 1) / 100 = .08782, so at 100 the sum may lie 30.4 away."""
    rho2 = (-2 * math.log(0.05) + math.log(-2 * math.log(0.05)) + 1) / 100
    assert rho2 == pytest.approx(0.08782, abs=1e-5)
    grown = 100 * rho2 + 1
    assert half_width(100.0, 100.0) == pytest.approx(math.sqrt(2 * grown / rho2 * math.log(math.sqrt(grown) / 0.05)))
    assert half_width(100.0, 100.0) == pytest.approx(30.3, abs=0.1)


def test_it_is_tightest_where_it_was_planned() -> None:
    """No other plan gives a shorter interval at that variance; far off, it only costs length."""
    best = half_width(50.0, 50.0)
    assert all(half_width(50.0, 50.0 * times) > best for times in (0.1, 0.5, 2.0, 10.0))
    assert half_width(50.0, 500.0) < 2 * best


def test_fifty_two_looks_raise_few_false_alarms() -> None:
    """Where nothing happens, a year of weekly looks says otherwise in under 5 % of books; 1.96 does in about 30 %."""
    rng = np.random.default_rng(1)
    sums = rng.normal(size=(4_000, 52)).cumsum(axis=1)
    variances = np.arange(1.0, 53.0)
    widths = np.array([half_width(v, 26.0) for v in variances])
    assert (np.abs(sums) > widths).any(axis=1).mean() < 0.05
    assert 0.25 < (np.abs(sums) > 1.96 * np.sqrt(variances)).any(axis=1).mean() < 0.38
