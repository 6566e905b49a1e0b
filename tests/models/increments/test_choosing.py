"""How likely each action was chosen where nobody wrote it down."""

from __future__ import annotations

import numpy as np
import pytest

from consumption.models.encoding import Matrix
from consumption.models.increments.choosing import LEAST_CHANCE, chances_of_choice, crossfitted_chances
from consumption.models.increments.evidence import Ints


def chosen(rows: int = 6_000) -> tuple[Matrix, Matrix, Ints]:
    """Drivers, true chances of two actions and none, and what was chosen; the second driver decides."""
    rng = np.random.default_rng(0)
    drivers = np.column_stack([np.ones(rows), rng.random(rows)])
    odds = np.exp(np.column_stack([-2 + 2 * drivers[:, 1], np.full(rows, -1.5), np.zeros(rows)]))
    chances = odds / odds.sum(axis=1, keepdims=True)
    taken = np.minimum((rng.random(rows) > chances.cumsum(axis=1).T).sum(axis=0), 2)
    return drivers, chances, np.where(taken == 2, -1, taken)


def test_the_chances_follow_what_decided() -> None:
    """A logistic choice is found again, and what is left of the rows adds up to nothing."""
    drivers, chances, taken = chosen()
    found = chances_of_choice(drivers, taken, actions=2)
    assert np.abs(found - chances[:, :2]).mean() < 0.02
    assert found.mean(axis=0) == pytest.approx([(taken == a).mean() for a in range(2)], abs=1e-3)


def test_an_action_that_nobody_chose_had_no_chance() -> None:
    """It has a column, all zero."""
    drivers, _, taken = chosen(500)
    found = chances_of_choice(drivers, taken, actions=4)
    assert found.shape == (500, 4)
    assert not found[:, 2:].any()


def test_each_row_is_told_by_rows_that_are_not_it() -> None:
    """Cross-fitted chances follow the truth, add up to 1 and stay off 0."""
    drivers, chances, taken = chosen()
    found = crossfitted_chances(drivers[:, 1:], taken, actions=2, seed=0)
    assert np.abs(found - chances).mean() < 0.02
    assert found.sum(axis=1) == pytest.approx(np.ones(len(taken)))
    assert found.min() >= LEAST_CHANCE / 1.02
