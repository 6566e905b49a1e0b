"""What an account wants to reach, and what it says it has."""

from __future__ import annotations

from tests.features.small import JUNE_1, value_of
from tests.features.test_interactions import contact

GOALS = [
    {"account_id": "acme", "goal": "Faster close", "weight": 3.0, "received_at": JUNE_1.replace(month=1)},
    {"account_id": "acme", "goal": "fewer errors", "weight": None, "received_at": JUNE_1.replace(month=1)},
]


def test_a_goal_is_confirmed_by_an_outcome_of_its_topic() -> None:
    """The goal that weighs three of four is, whatever the case; a meeting about the other confirms nothing."""
    said = [
        contact(1, 30, "outcome", topic="faster close "),
        contact(2, 20, "meeting", topic="fewer errors"),
        contact(3, 0, "outcome", topic="fewer errors"),
    ]
    assert value_of("goals_known", goals=GOALS, interactions=said) == 2
    assert value_of("goals_confirmed_share", goals=GOALS, interactions=said) == 0.75


def test_without_goals_none_is_known_and_no_share_is() -> None:
    """Zero goals, of which an unknown share is reached."""
    assert value_of("goals_known") == 0
    assert value_of("goals_confirmed_share") is None
    assert value_of("goals_confirmed_share", goals=GOALS) == 0
