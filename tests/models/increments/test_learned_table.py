"""What was learned is told in the words the catalogue uses."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from consumption.models.increments.learned_table import describe
from consumption.models.increments.learning import Posterior, judged
from tests.models.trial_quarters import before, quarter, truth


def told(posterior: Posterior, action: str, outcome: str) -> dict[str, Any]:
    """One row of the table."""
    table = describe(posterior, judged(posterior, []))
    return table.filter((pl.col("action") == action) & (pl.col("outcome") == outcome)).row(0, named=True)


def test_there_is_a_row_for_each_action_and_outcome() -> None:
    """In the order of the catalogue."""
    table = describe(before(), judged(before(), []))
    assert table.select("action", "outcome").rows()[:4] == [
        ("training", "churn"), ("training", "contraction"), ("training", "expansion"), ("call", "churn"),
    ]  # fmt: skip
    assert table.height == 6


def test_what_was_claimed_is_told_as_it_was_said() -> None:
    """Cuts the odds of churn by 40 % where things get in the way."""
    row = told(before(), "training", "churn")
    assert row["where"] == "friction"
    assert row["prior_odds"] == pytest.approx(-0.40)
    assert row["learned_odds"] == pytest.approx(-0.40)
    assert (row["accounts"], row["used"]) == (0, False)


def test_what_nobody_claimed_is_told_for_everybody() -> None:
    """The constant stands for an account without any driver."""
    row = told(before(), "call", "expansion")
    assert (row["where"], row["prior_odds"]) == ("constant", 0.0)


def test_the_interval_holds_what_was_learned_and_narrows() -> None:
    """Bounds in odds, the lower one first, and closer the more is known."""
    first = told(before(), "call", "churn")
    later = told(before().update(quarter(truth(call=0.5))), "call", "churn")
    for row in (first, later):
        assert row["low"] < row["learned_odds"] < row["high"]
    assert later["high"] - later["low"] < first["high"] - first["low"]
    assert later["accounts"] == pytest.approx(2_000, abs=200)
    assert later["learned_odds"] < first["learned_odds"]
