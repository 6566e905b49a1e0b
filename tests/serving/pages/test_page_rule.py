"""That a rule makes the order, and how sure a chance is, in words that a rep reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consumption.serving import words
from consumption.serving.views.by_rule import by_rule
from consumption.store.records import Plan

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
PLAN = Plan(
    plan_id=1, as_of=MONDAY, published_at=MONDAY, model_versions={}, policy_version="p1", seed=0, currency="EUR",
    money=True, summary={}, actions=(), signals=(),
)  # fmt: skip


def plan(**notes: str) -> Plan:
    """A plan of which a rule ranked these motions."""
    return replace(PLAN, summary={"by_rule": notes})


def test_it_is_said_why_a_rule_makes_the_order_and_of_what() -> None:
    """One motion by its name, both without; nothing where a model ranks, or in a plan of before."""
    few = "The rule ranks: only 20 accounts lost so far; LightGBM is tried from 50. That is around 9 March 2027."
    said = "Only 20 accounts lost so far; a model that learns is tried from 50. That is around 9 March 2027."
    assert by_rule(plan(help=few)) == f"A simple rule makes the order of who needs help. {said}"
    assert by_rule(plan(help=few, expand="The rule ranks: no.")) == f"A simple rule makes the order. {said}"
    assert by_rule(plan(help=few), "help") == f"A simple rule makes the order. {said}"
    assert by_rule(plan(help=few), "expand") == by_rule(plan()) == by_rule(PLAN) == ""
    day_one = "The rule ranks, from what leads expect: nothing has been trained yet."
    assert by_rule(plan(help=day_one), "help") == f"A simple rule makes the order, {day_one[16:]}"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.1, 0.34, "between 1 in 10 and 1 in 3"),
        (0.001, 0.2, "at most 1 in 5"),
        (0.0, 0.01, "fewer than 1 in 50"),
        (0.30, 0.35, "about 1 in 3"),
        (0.5, 0.99, "at least 1 in 2"),
        (0.0, 0.99, "anything from hardly any to nearly all"),
    ],
)
def test_two_ends_are_said_as_a_person_would_say_them(low: float, high: float, said: str) -> None:
    """No figure that is more exact than what is known."""
    assert words.between(low, high) == said
