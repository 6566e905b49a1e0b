"""What serving accounts by increments is worth, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from consumption.models.increments.policy_value import served


def test_whoever_gains_most_is_served_first() -> None:
    """Of two accounts the first is served by three quarters of the policies, the second by one quarter."""
    assert served(np.array([[2.0], [1.0]]), np.array([[8.0], [4.0]])) == pytest.approx([6.0, 1.0])
    assert served(np.array([[1.0], [2.0]]), np.array([[8.0], [4.0]])) == pytest.approx([2.0, 3.0])


def test_an_account_gets_its_best_action() -> None:
    """The score that counts is that of the action with the largest increment."""
    assert served(np.array([[1.0, 3.0]]), np.array([[10.0, 4.0]])) == pytest.approx([2.0])


def test_whom_nothing_helps_is_left_alone() -> None:
    """No policy serves an account whose increments are all negative, whatever its score."""
    assert served(np.array([[-1.0, -2.0]]), np.array([[10.0, 10.0]])) == pytest.approx([0.0])
