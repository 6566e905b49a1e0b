"""The hours of a week, in the same words on the page, in the plan and in the number."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from consumption.actions.amounts import Unit
from consumption.actions.number.planned import planned
from consumption.actions.number.words import planned_lines
from consumption.actions.recommend import recommend
from consumption.actions.rule_costs import RuleCosts
from consumption.actions.week_told import AFTER_COSTS, HOURS_OF, WeekHours, hours_of, together
from consumption.actions.whatif import Book
from consumption.jobs.plan import PlanDone
from tests.actions.books import MONDAY, answered, book, decided, knowing

WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("week", "there", "planned", "said"),
    [
        (80, 43, 43, "43 of 43 hours (80 this week, 37 of them taken up already)"),
        (80, 80, 43, "43 of 80 hours; nothing worth it was found for 37 hours"),
        (9, 8, 7, "7 of 8 hours (9 this week, 1 of them taken up already); nothing worth it was found for 1 hour"),
        (8, 8, 7.5, "7.5 of 8 hours; nothing worth it was found for 0.5 hours"),
        (1, 1, 1, "1 of 1 hour"),
    ],
)  # fmt: skip
def test_hours_that_are_gone_are_told_from_hours_that_are_left(
    week: float, there: float, planned: float, said: str
) -> None:
    """What was started earlier in the week is neither free nor idle."""
    assert WeekHours(week, there, planned).text == said


def test_the_hours_of_each_owner_add_up_to_those_of_the_week() -> None:
    """A training of six hours begun on Monday: on Wednesday its owner has two of eight left, the other all eight."""
    inputs = replace(book(40, owners=2), as_of=WEDNESDAY)
    begun = decided(("acct-00000", MONDAY, "enablement_training", None))
    inputs = replace(inputs, known=knowing(decisions=begun, responses=answered(("d0", "accepted"))))
    done = recommend(inputs)
    told = hours_of(inputs, done.hours, done.recommendations)
    assert sorted((row["week"], row["there"]) for row in told) == [(8.0, 2.0), (8.0, 8.0)]
    every = together(told)
    assert every is not None
    assert (every.week, every.there, every.planned) == (16.0, 10.0, done.summary["hours"])
    assert together(told, ["nobody"]) is None
    assert together(None) is None


def test_the_number_and_the_week_are_told_with_the_same_costs_and_hours() -> None:
    """Before costs and after them, and whose costs these are: two commands, one definition, the same words."""
    inputs = book(60, owners=2)
    done = recommend(inputs)
    summary = done.summary | {HOURS_OF: hours_of(inputs, done.hours, done.recommendations)}
    about = {"summary": summary, "prices": done.prices.to_dicts(), "money": True}
    number = planned(about, done.recommendations, inputs.ranked, as_of=MONDAY, published=False)
    lines = list(planned_lines(number, Unit("EUR")))
    week = Book.of(inputs).week()
    plan = PlanDone(MONDAY, week, RuleCosts(), None, (), "EUR").text
    actions = [inputs.catalogue.by_id[name] for name in week.cards["action"]]
    costs = sum(action.our_hours * inputs.policy.hour_cost + action.our_cost for action in actions)
    assert week.adds - week.money == pytest.approx(costs)
    assert costs > 0
    assert f"should add {week.adds:,.0f} EUR, {week.money:,.0f} EUR {AFTER_COSTS}" in plan
    assert f"should add {number.adds:,.0f} EUR, {number.net:,.0f} EUR {AFTER_COSTS}" in lines[0]
    assert f"their hours: {week.told.text}" in plan
    assert lines[1] == f"their hours: {number.hours.text}"
    assert number.hours.there == week.there
