"""What no unbiased estimator gets below, in logs whose truth is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from consumption.models.offpolicy import evaluate
from offpolicy_world import NAMES, World, world


def dr_of_truth(made: World) -> float:
    """The increment by DR when it is told the true expected rewards, off the truth, as a share of it."""
    rows, taken = np.arange(made.log.height), made.log["action"].replace_strict({n: i for i, n in enumerate(NAMES)})
    apart = made.policy.to_numpy() - made.nothing.to_numpy()
    left = made.log["reward"].to_numpy() - made.means[rows, taken.to_numpy()]
    weight = apart[rows, taken.to_numpy()] / made.log["propensity"].to_numpy()
    return float(((apart * made.means).sum(axis=1) + weight * left).mean() / made.increment - 1)


def test_the_least_error_is_that_of_dr_that_knows_what_to_expect() -> None:
    """Over sixty logs the mean size of its error is what each log says beforehand."""
    made = [world(2_000, seed) for seed in range(60)]
    errors = [abs(dr_of_truth(one)) for one in made]
    assert np.mean(errors) == pytest.approx(np.mean([one.least_error for one in made]), rel=0.25)


def test_four_times_the_rows_halve_the_least_error() -> None:
    """It is luck, and shrinks as luck does."""
    few, many = (np.mean([world(rows, seed).least_error for seed in range(8)]) for rows in (2_000, 8_000))
    assert few / many == pytest.approx(2.0, rel=0.15)


def test_the_worth_of_a_policy_is_found_well_within_the_increments_error() -> None:
    """The same log that cannot tell the increment tells the worth."""
    made = world(4_000, 3)
    found = evaluate(made.log, made.policy).row(by_predicate=pl.col("estimator") == "dr", named=True)
    assert abs(found["value"] / made.worth - 1) < 0.4 < made.least_error
