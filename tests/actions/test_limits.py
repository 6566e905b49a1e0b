"""Counts by action: so many a week, whoever they go to and on whichever day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from consumption.actions.recommend import recommend
from consumption.actions.rules import HoldoutRules, PolicyRules, PriorityRules
from consumption.actions.whatif import Book
from tests.actions.books import MONDAY, answered, book, decided, knowing, small_catalogue
from tests.actions.test_keeping import next_day

NOBODY = HoldoutRules(share=0.0)
PLAIN = PolicyRules(plans=4, explore=0.0)


def done_of(made: pl.DataFrame, action: str) -> int:
    """How many get an action."""
    return int((made["action"] == action).sum())


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_a_limit_holds_over_the_week(share: float) -> None:
    """Three of x a week: three on Monday; one is started, two stay on Tuesday, and no third comes to them."""
    rules = HoldoutRules(share=share, always_served=0.0)
    given = book(30, owners=2, catalogue=small_catalogue("x 1 true"), limits={"x": 3}, policy=PLAIN, holdout=rules)
    monday = recommend(given)
    listed = monday.recommendations.filter(pl.col("action") == "x")
    assert listed.height == 3
    started = answered((listed["recommendation_id"][0], "accepted"), at=MONDAY + timedelta(hours=9))
    tuesday = next_day(given, monday, started)
    assert done_of(recommend(tuesday).recommendations, "x") == 2
    assert done_of(Book.of(tuesday).week().cards, "x") == 2


def test_accounts_that_are_always_covered_keep_within_what_cards_leave_of_a_limit() -> None:
    """Two cards stand, and two is the limit: who must always be covered gets no third."""
    given = book(30, owners=1, catalogue=small_catalogue("x 2 true"), limits={"x": 2}, policy=PLAIN, holdout=NOBODY)
    monday = recommend(given)
    reached = monday.recommendations.filter(pl.col("action") == "x")["account_id"].to_list()
    others = tuple(account for account in given.population["account_id"] if account not in reached)[:3]
    tuesday = replace(next_day(given, monday), priorities=PriorityRules(always=others))
    assert done_of(recommend(tuesday).recommendations, "x") == 2


def test_what_ran_by_itself_this_week_counts_and_last_weeks_does_not() -> None:
    """A limit of two: one was begun on Monday, two in the week before; one is left on Tuesday."""
    past = decided(
        ("acct-00000", MONDAY, "x", None), ("acct-00001", MONDAY - timedelta(days=5), "x", None),
        ("acct-00002", MONDAY - timedelta(days=6), "x", None), by="rep",
    )  # fmt: skip
    given = book(
        30, owners=1, catalogue=small_catalogue("x 1 true"), limits={"x": 2}, policy=PLAIN, holdout=NOBODY,
        known=knowing(decisions=past),
    )  # fmt: skip
    assert done_of(recommend(replace(given, as_of=MONDAY + timedelta(days=1))).recommendations, "x") == 1
