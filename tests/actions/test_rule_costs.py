"""What [priorities] cost fits the week that is printed above it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from consumption.actions.amounts import Unit
from consumption.actions.changes import Changes
from consumption.actions.inputs import Inputs
from consumption.actions.recommend import recommend
from consumption.actions.rule_costs import RuleCosts, rule_costs
from consumption.actions.rules import PolicyRules, PriorityRules
from consumption.actions.whatif import Book
from tests.actions.books import book

TWO = PriorityRules(motion={"expand": 3.0}, least_hours={"expand": 0.9})
NONE, WEIGHT, FLOOR = PriorityRules(), replace(TWO, least_hours={}), replace(TWO, motion={})


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """240 accounts, three owners, and what the lead wants beyond money."""
    return book(240, policy=PolicyRules(plans=6), priorities=TWO)


@pytest.fixture(scope="module")
def listed(inputs: Inputs) -> Book:
    """The same day after half of a list was shown that was made before anybody wanted that."""
    made = recommend(replace(inputs, priorities=NONE))
    shown = made.recommendations.filter(pl.col("rank") <= 2).select(
        "account_id", "action", decision_id="recommendation_id", chosen_in=pl.lit("first"), propensities=pl.lit("{}")
    )
    return Book.of(replace(inputs, members=made.members), shown)


def test_all_rules_together_cost_what_the_printed_week_lacks(listed: Book) -> None:
    """Beside the same cards, in the same hours: the week without any rule, less the one that is printed."""
    week = listed.week()
    costs = rule_costs(listed, week)
    assert costs.without == listed.week(Changes(priorities=NONE)).money
    assert costs.together == pytest.approx(costs.without - week.money)
    assert costs.together > 0


def test_each_rule_costs_what_the_week_lacks_while_the_others_stay(listed: Book) -> None:
    """Without the floor the weight stays, without the weight the floor does; the two need not add up."""
    week = listed.week()
    costs = rule_costs(listed, week)
    without = {"motion.expand = 3": FLOOR, "least_hours.expand = 0.9": WEIGHT}
    expected = {name: listed.week(Changes(priorities=rules)).money - week.money for name, rules in without.items()}
    assert costs.each == pytest.approx(expected)
    assert sum(costs.each.values()) != pytest.approx(costs.together, rel=0.01)


def test_a_week_that_begins_with_no_cards_is_told_beside_it(listed: Book, inputs: Inputs) -> None:
    """What stands hides what rules cost, and it stands for a week only; where nothing stands, it is the same."""
    empty = Book.of(replace(inputs, members=listed.inputs.members))
    anew = rule_costs(empty)
    assert anew.anew is None
    assert rule_costs(listed).anew == pytest.approx(anew.together)
    assert anew.together > 0


def test_a_cost_below_nothing_is_told_as_a_gain() -> None:
    """Customers' goals weigh in either week, so the one with rules may bring more; noise of sums is no gain."""
    gains = RuleCosts(-30.0, 900.0, {"a": -30.4, "b": -0.3}, -2.0)
    assert list(gains.lines(Unit("EUR").brought)) == [
        "[priorities] cost nothing (a gain of 30 EUR) this week: in the same hours, beside the same cards that "
        "stand, it would bring 900 EUR without",
        "of these, each as if the others stayed, which need not add up: a nothing (a gain of 30 EUR); b 0 EUR",
        "a week that begins with no cards: nothing (a gain of 2 EUR); 13 such weeks nothing (a gain of 26 EUR)",
    ]
    noise = RuleCosts(-1e-12, 3.2, {"a": -1e-12})
    assert list(noise.lines(Unit(None).brought)) == [
        "[priorities] a costs 0.0 accounts kept this week: in the same hours, it would bring 3.2 accounts kept "
        "without",
        "13 such weeks 0.0 accounts kept",
    ]


def test_costs_are_told_with_their_basis() -> None:
    """Worked by hand: 3,910 of 60,292 beside the cards that stand; 331 where none do, 4,303 in a quarter."""
    worth = Unit("EUR").brought
    one = RuleCosts(3_910.0, 60_292.0, {"least_hours.expand = 0.6": 3_910.0}, 331.0)
    assert list(one.lines(worth)) == [
        "[priorities] least_hours.expand = 0.6 costs 3,910 EUR this week: in the same hours, beside the same cards "
        "that stand, it would bring 60,292 EUR without",
        "a week that begins with no cards: 331 EUR; 13 such weeks 4,303 EUR",
    ]
    two = RuleCosts(400.0, 9_000.0, {"a": 390.0, "b": 0.0})
    assert list(two.lines(worth)) == [
        "[priorities] cost 400 EUR this week: in the same hours, it would bring 9,000 EUR without",
        "of these, each as if the others stayed, which need not add up: a 390 EUR; b 0 EUR",
        "13 such weeks 5,200 EUR",
    ]
    assert list(RuleCosts().lines(worth)) == []
