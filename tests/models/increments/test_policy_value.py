"""What serving accounts by increments is worth, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from consumption.models.increments.policy_value import served
from consumption.models.rows import Floats


def of(increments: list[list[float]], scores: list[list[float]], chance: list[list[float]] | None = None) -> Floats:
    """What each account adds; every action had a chance unless said otherwise."""
    reach = np.ones(np.shape(scores), dtype=bool) if chance is None else np.array(chance) > 0
    return served(np.array(increments), np.array(scores), reach)


def test_whoever_gains_most_is_served_first() -> None:
    """Of two accounts the first is served by three quarters of the policies, the second by one quarter."""
    assert of([[2.0], [1.0]], [[8.0], [4.0]]) == pytest.approx([6.0, 1.0])
    assert of([[1.0], [2.0]], [[8.0], [4.0]]) == pytest.approx([2.0, 3.0])


def test_an_account_gets_its_best_action() -> None:
    """The score that counts is that of the action with the largest increment."""
    assert of([[1.0, 3.0]], [[10.0, 4.0]]) == pytest.approx([2.0])


def test_whom_nothing_helps_is_left_alone() -> None:
    """No policy serves an account whose increments are all negative, whatever its score."""
    assert of([[-1.0, -2.0]], [[10.0, 10.0]]) == pytest.approx([0.0])


def test_nobody_is_given_what_had_no_chance() -> None:
    """The log says nothing of it: the best action that had one counts, and without any the account is left alone."""
    assert of([[1.0, 3.0]], [[10.0, 4.0]], chance=[[0.2, 0.0]]) == pytest.approx([5.0])
    assert of([[1.0, 3.0]], [[10.0, 4.0]], chance=[[0.0, 0.0]]) == pytest.approx([0.0])
