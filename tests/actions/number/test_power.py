"""What a book can prove, said beforehand, held against books that are lived through."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from consumption.actions.number.arms import compare
from consumption.actions.number.power import (
    HORIZONS,
    WEEKS,
    CanProve,
    Followed,
    Pace,
    Sized,
    beforehand,
    can_prove,
    moves_of,
    planned_sum,
    spread_of,
)
from consumption.actions.recommend import recommend
from tests.actions.books import book

DAY = date(2026, 1, 5)


def proven(
    customers: int, share: float, effect: float, *, since: np.ndarray[Any, Any] | None = None, weeks: int = WEEKS
) -> float:
    """The share of 150 books in which the total proves this effect of half a year after so many weeks.

    In half a year 7 in 100 leave, and 18 move by 30 %; `since`: the week each customer came to count (0 if None).
    """
    rng, held = np.random.default_rng(5), round(customers * share)
    arm = np.array(["holdout"] * held + ["treated"] * (customers - held))
    came = np.zeros(customers) if since is None else since
    counts, followed = came < weeks, np.clip((weeks - came) / WEEKS, 0.0, None)
    happens = np.array([0.07, 0.09, 0.09])
    found = 0
    for _ in range(150):
        drawn = rng.random(customers)
        step = followed[:, None] * happens.cumsum()
        moved = np.select([drawn < step[:, n] for n in range(3)], [-1.0, -0.3, 0.3], 0.0)
        moved += np.where(arm == "treated", effect * np.minimum(followed, 1.0), 0.0)
        ids = np.arange(customers)
        rows = pl.DataFrame(
            {"account_id": ids, "top_parent": ids, "arm": arm, "worth": 1.0, "change": moved, "expected": 0.0}
        ).filter(pl.Series(counts))
        said = compare(rows)
        found += said.missing is None and said.anytime(planned_sum(customers, share)).low > 0
    return found / 150


@pytest.mark.parametrize(("customers", "share"), [(600, 0.1), (2_000, 0.2)])
def test_what_is_said_to_be_provable_is_proven_in_four_books_of_five(customers: int, share: float) -> None:
    """By the interval that the total will have, not by one look; half of that effect hardly ever is."""
    effect = Sized(customers, share).detectable(Followed(customers))
    assert 0.70 <= proven(customers, share, effect) <= 0.90
    assert proven(customers, share, effect / 2) < 0.30


def test_what_a_book_can_prove_by_a_day_is_proven_by_then() -> None:
    """With twenty new customers a week, of whom those who came last have hardly been followed by then."""
    pace = Pace(DAY, DAY, 0, 20.0)
    for weeks in (26, 52):
        effect = Sized(800, 0.2).detectable(pace.at(weeks, 800))
        came = np.random.default_rng(6).permutation(np.arange(800) / 20.0)
        assert 0.70 <= proven(800, 0.2, effect, since=came, weeks=weeks) <= 0.92


def test_one_look_would_promise_too_much() -> None:
    """2.80 x .29 x sqrt(1 / 60 + 1 / 540) is 11 %, for one look: looked at every week, it is proven by few books."""
    one_look = 2.8016 * 0.29 * math.sqrt(1 / 60 + 1 / 540)
    assert one_look == pytest.approx(0.11, abs=0.001)
    assert Sized(600, 0.1).detectable(Followed(600)) == pytest.approx(0.156, abs=0.003)
    assert proven(600, 0.1, one_look) < 0.60
    assert "300: 22%, 600: 16%, 2,000: 8%, 10,000: 4%" in beforehand(0.10)


def test_what_no_book_has_to_gain_is_nothing() -> None:
    """Sixty customers would have to keep more than all there is to lose: that is said as nothing."""
    assert Sized(60, 0.5).detectable(Followed(60)) > 0.25
    assert CanProve(60, 30, 5.0, 1.0, ((DAY, None),)).text.endswith("nothing can be proven by 2026-01-05")
    assert "600: nothing" in beforehand(0.02)
    assert Sized(150, 0.1).detectable(Followed(150)) == math.inf


def test_without_a_hold_out_nothing_can_be_proven() -> None:
    """Who serves everybody compares with nobody, and is told so."""
    assert Sized(600, 0.0).detectable(Followed(600)) == math.inf
    assert "cannot be proven" in beforehand(0.0)
    inputs = book(60, owners=2)
    members = pl.DataFrame({"account_id": inputs.ranked["account_id"]}).with_columns(
        top_parent="account_id", arm=pl.lit("treated")
    )
    assert "nothing can be proven" in can_prove(members, inputs.ranked, Pace(DAY, DAY, 0, 9.0)).text


def test_the_spread_follows_from_the_probabilities() -> None:
    """If one in ten leaves and nobody else moves, the change varies by sqrt(.1 x .9) = .3, and one in ten moves."""
    ranked = pl.DataFrame(
        {"p_churn": [0.1] * 5}
        | {c: [0.0] * 5 for c in ("p_contraction", "p_expansion", "s_contraction", "s_expansion")}
    )
    assert spread_of(ranked) == pytest.approx(0.3)
    assert moves_of(ranked) == pytest.approx(0.1)


def test_only_customers_that_can_count_are_counted_on() -> None:
    """Exempt ones are in neither arm, accounts of one parent are one, and equal sizes tell more than unequal ones."""
    inputs = book(300, owners=6)
    members = recommend(inputs).members
    counting = members.filter(pl.col("arm") != "exempt")
    assert counting.height < members.height
    can = can_prove(members, inputs.ranked, Pace(DAY, DAY, 0, 4.0))
    assert can.customers == counting["top_parent"].n_unique()
    assert can.held == counting.filter(pl.col("arm") == "holdout")["top_parent"].n_unique()
    assert can.alike < 1.0
    pairs = members.with_columns(top_parent=pl.format("p{}", pl.int_range(pl.len()) // 2), arm=pl.lit("treated"))
    assert can_prove(pairs, inputs.ranked, Pace(DAY, DAY, 0, 4.0)).customers == 150


def test_who_comes_to_count_is_spread_over_the_weeks() -> None:
    """Ten a week for half a year: 260, followed 13 weeks on average; a book of 130 is through after 13 weeks."""
    early = Pace(DAY, DAY, 0, 10.0).at(26, 1_000)
    assert (early.customers, early.variance, early.effect) == (260.0, 0.5, 0.5)
    through = Pace(DAY, DAY, 0, 10.0).at(26, 130)
    assert (through.customers, through.variance, through.effect) == (130.0, 0.75, 0.75)
    assert Pace(DAY, DAY, 0, 10.0).at(104, 130).effect == 1.0
    running = Pace(DAY, DAY + timedelta(weeks=13), 200, 5.0).at(26, 1_000)
    assert running.customers == 265.0


def test_only_days_to_come_are_spoken_of() -> None:
    """What could have been proven half a year ago is by now proven or not."""
    members = pl.DataFrame({"account_id": [f"a{n}" for n in range(2_000)]}).with_columns(
        top_parent="account_id",
        arm=pl.when(pl.int_range(pl.len()) % 5 == 0).then(pl.lit("holdout")).otherwise(pl.lit("treated")),
    )
    ranked = members.select("account_id", weight=pl.lit(1.0), p_churn=pl.lit(0.1)).with_columns(
        p_contraction=pl.lit(0.1), p_expansion=pl.lit(0.1), s_contraction=pl.lit(0.3), s_expansion=pl.lit(0.3)
    )
    today = DAY + timedelta(weeks=30)
    by = can_prove(members, ranked, Pace(DAY, today, 900, 30.0)).by
    assert [day for day, _ in by] == [DAY + timedelta(weeks=w) for w in HORIZONS[1:]]
    effects = [effect for _, effect in by]
    assert None not in effects
    half = can_prove(members, ranked, Pace(DAY, today, 900, 30.0), horizon_days=91).by
    assert half[0][1] is None or half[0][1] > (effects[0] or 0.0)
