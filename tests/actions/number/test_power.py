"""What a book can prove, said beforehand."""

from __future__ import annotations

import math

import polars as pl
import pytest

from consumption.actions.number.power import beforehand, can_prove, detectable, spread_of
from consumption.actions.recommend import recommend
from tests.actions.books import book


def test_six_hundred_accounts_prove_eleven_percent() -> None:
    """2.80 x .29 x sqrt(1 / 60 + 1 / 540) is .1106: the sentence a lead reads before anything is proven."""
    assert detectable(600, 0.10) == pytest.approx(2.8016 * 0.29 * math.sqrt(1 / 60 + 1 / 540), abs=1e-4)
    assert "600: 11%" in beforehand(0.10)


def test_without_a_hold_out_nothing_can_be_proven() -> None:
    """Who serves everybody compares with nobody, and is told so."""
    assert detectable(600, 0.0) == math.inf
    assert "cannot be proven" in beforehand(0.0)


def test_more_customers_or_more_held_out_prove_less_effect() -> None:
    """Four times the customers halve the effect; a fifth held out beats a tenth."""
    assert detectable(2_400, 0.1) == pytest.approx(detectable(600, 0.1) / 2)
    assert detectable(600, 0.2) < detectable(600, 0.1)


def test_the_spread_follows_from_the_probabilities() -> None:
    """If one in ten leaves and nobody else moves, the change varies by sqrt(.1 x .9) = .3."""
    ranked = pl.DataFrame(
        {"p_churn": [0.1] * 5}
        | {c: [0.0] * 5 for c in ("p_contraction", "p_expansion", "s_contraction", "s_expansion")}
    )
    assert spread_of(ranked) == pytest.approx(0.3)


def test_only_customers_that_can_count_are_counted_on() -> None:
    """Exempt ones are not, nor more than plans reach in half a year; unequal sizes tell less than equal ones."""
    inputs = book(300, owners=6)
    members = recommend(inputs).members
    counting = members.filter(pl.col("arm") != "exempt")["top_parent"].n_unique()
    can = can_prove(members, inputs.ranked, 0.10, chosen_a_week=4)
    assert (can.customers, can.reached) == (counting, 104)
    assert can.counting_as < can.reached
    assert can.effect == pytest.approx(detectable(can.counting_as, 0.10, spread_of(inputs.ranked)))
    assert f"{can.effect:.0%} of ARR can be proven after half a year" in can.text
