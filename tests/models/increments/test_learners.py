"""The challengers: trees on halves, put straight against what they have not seen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from consumption.models.increments.crossfit import expected
from consumption.models.increments.learners import LEARNERS, Learner, fit_trees
from consumption.models.increments.study import Study, study_of
from consumption.models.rows import Floats


def trial(rows: int = 6_000, size: float = 1.0) -> tuple[Study, Floats]:
    """A call, by lot, that helps where x is high: by `size` or not at all; and the truth."""
    rng = np.random.default_rng(2)
    x, other = rng.normal(size=rows), rng.normal(size=rows)
    called = rng.random(rows) < 0.5
    truth = np.where(x > 0.5, size, 0.0)
    outcome = other + truth * called + rng.normal(size=rows)
    propensity = pl.DataFrame({"call": [0.5] * rows, "none": [0.5] * rows})
    action = pl.Series(np.where(called, "call", "none"))
    features = pl.DataFrame({"x": x, "other": other})
    return study_of(features, action, pl.Series(outcome), propensity, prior=None, seed=0), truth


@pytest.mark.parametrize("learner", LEARNERS)
def test_trees_find_a_step(learner: Learner) -> None:
    """On average right on both sides of it, and apart by about its size."""
    study, truth = trial()
    found = fit_trees(learner, study, expected(study, 0), 0).increments(study.matrix)[:, 0]
    assert found.mean() == pytest.approx(truth.mean(), abs=0.1)
    assert found[truth > 0].mean() - found[truth == 0].mean() == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_spread_tells_how_far_trees_may_be_off(learner: Learner) -> None:
    """95 % intervals hold a step about that often, away from its edge."""
    study, truth = trial()
    effects = fit_trees(learner, study, expected(study, 0), 0)
    off = np.abs(effects.increments(study.matrix)[:, 0] - truth)
    sure = np.abs(study.matrix[:, 0] - 0.5) > 0.3
    assert (off <= 1.96 * effects.spread(study.matrix)[:, 0])[sure].mean() > 0.8


@pytest.mark.parametrize("learner", LEARNERS)
def test_noise_is_put_straight(learner: Learner) -> None:
    """Where an action does nothing, what trees see in it hardly shows."""
    study, _ = trial(size=0.0)
    effects = fit_trees(learner, study, expected(study, 0), 0)
    assert np.abs(effects.increments(study.matrix)).mean() < 0.1


def test_the_scores_of_an_arm_average_to_its_increment() -> None:
    """Doubly robust: over any group, here over all rows and over one side of the step."""
    study, truth = trial()
    scores = expected(study, 0).scores[:, 0]
    assert scores.mean() == pytest.approx(truth.mean(), abs=0.08)
    assert scores[truth > 0].mean() == pytest.approx(1.0, abs=0.12)
