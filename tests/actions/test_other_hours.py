"""A what-if that finds nothing, or takes more than there is, says so."""

from __future__ import annotations

import pytest

from consumption.actions.changes import Changes
from consumption.actions.rules import PolicyRules
from consumption.actions.whatif import Book
from tests.actions.books import book, small_catalogue


@pytest.fixture(scope="module")
def whole() -> Book:
    """240 accounts, three owners of eight hours each, the default catalogue."""
    return Book.of(book(240, policy=PolicyRules(plans=6)))


def used(whole: Book, skill: str) -> float:
    """The hours that a skill takes in the best week."""
    cards = whole.week().cards
    return float(cards.filter(cards["skill"] == skill)["hours"].sum())


def test_hours_that_nobody_uses_cannot_be_taken_away(whole: Book) -> None:
    """No card takes that skill: the week stays as it is, and it is said why."""
    skills = {action.skill for action in whole.inputs.catalogue if action.skill}
    idle = min(skill for skill in skills if used(whole, skill) == 0)
    fewer = Changes(skills={idle: -1_000.0})
    assert whole.week(fewer).cards.equals(whole.week().cards)
    said = f"no card of this week takes hours of {idle}: there are none to take away"
    assert whole.beyond(fewer) == (said,)


def test_more_than_there_is_cannot_be_taken_away(whole: Book) -> None:
    """So many hours the week's cards take of the skill; a thousand less are these and no more."""
    skills = {action.skill for action in whole.inputs.catalogue if action.skill}
    skill = max(sorted(skills), key=lambda one: used(whole, one))
    hours = used(whole, skill)
    said = f"the cards of this week take {hours:g} hours of {skill}: 1000 are more, so all are taken away"
    assert whole.beyond(Changes(skills={skill: -1_000.0})) == (said,)
    assert whole.beyond(Changes(skills={skill: -hours})) == ()
    assert whole.beyond(Changes(skills={skill: 1_000.0})) == ()


def test_an_owner_has_no_fewer_hours_than_none(whole: Book) -> None:
    """Eight hours: a hundred fewer are eight fewer; and whose accounts nobody has, has none to give."""
    said = "rep0@us.example has 8 hours this week: 100 are more, so all are taken away"
    assert whole.beyond(Changes(owners={"rep0@us.example": (-100.0, True)})) == (said,)
    assert whole.beyond(Changes(owners={"rep0@us.example": (-8.0, True)})) == ()
    assert whole.beyond(Changes(owners={"rep0@us.example": (100.0, False)})) == ()
    said = "no account in force takes hours of ann@us.example: other hours of theirs change nothing"
    assert whole.beyond(Changes(owners={"ann@us.example": (8.0, True)})) == (said,)


def test_more_hours_of_a_skill_that_nothing_asks_for_find_nothing() -> None:
    """No open action takes it."""
    whole = Book.of(book(6, catalogue=small_catalogue("call 1 true")))
    said = "no action that takes training is open to anybody this week: more hours of it find nothing to do"
    assert whole.beyond(Changes(skills={"training": 40.0})) == (said,)
