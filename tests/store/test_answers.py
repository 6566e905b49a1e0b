"""What people do with a recommendation, and what it becomes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from consumption.store.answers import NEXT, KeyReused, ResponseIncomplete, ResponseTooLate
from consumption.store.filters import RecommendationFilter
from consumption.store.reading import UnknownRecommendation
from consumption.store.records import STATUSES, Answer
from consumption.store.sql import Store
from consumption.tables import RESPONSES
from tests.store.book import DAY, MONDAY, NOON, REP, publication, recommendation_id

ACME = recommendation_id("acme")


@pytest.fixture
def week(store: Store) -> Store:
    """A store with Monday's plan."""
    store.publish(publication())
    return store


def answer(response: str, **more: Any) -> Answer:
    """Ada's answer."""
    to = {"to": "bob@us.test"} if response == "handed_over" else {}
    return Answer(**{"response": response, "actor": "ada@us.test", "action": "own words", **to, **more})


def status(store: Store) -> str:
    """What has become of it."""
    return store.recommendation(ACME, visible_to=REP).status


@pytest.mark.parametrize("response", RESPONSES)
def test_what_is_open_can_be_answered_in_every_way(week: Store, response: str) -> None:
    """Each response makes the recommendation that, at the moment it is given."""
    week.respond(ACME, answer(response), NOON)
    found = week.recommendation(ACME, visible_to=REP)
    assert (found.status, found.updated_at) == (response, NOON)


@pytest.mark.parametrize("closed", ["completed", "dismissed", "replaced"])
def test_what_is_closed_stays_closed(week: Store, closed: str) -> None:
    """After done, not right or something else instead, nothing follows, and the answer says so."""
    week.respond(ACME, answer(closed), NOON)
    with pytest.raises(ResponseTooLate, match=f"is {closed} since 2025-06-02"):
        week.respond(ACME, answer("accepted"), NOON)
    assert status(week) == closed


def test_every_status_knows_what_may_follow() -> None:
    """No status is forgotten, and whatever runs can be completed."""
    assert set(NEXT) == set(STATUSES)
    assert all("completed" in NEXT[running] for running in ("open", "accepted", "handed_over", "snoozed"))


def test_a_snooze_lasts_a_week_unless_a_day_is_named(week: Store) -> None:
    """It comes back on the day asked for, which lies ahead; once started, the day is gone."""
    week.respond(ACME, answer("snoozed"), NOON)
    assert week.recommendation(ACME, visible_to=REP).snoozed_until == (MONDAY + timedelta(days=7)).date()
    week.respond(ACME, answer("snoozed", until=date(2025, 7, 1)), NOON)
    assert week.recommendation(ACME, visible_to=REP).snoozed_until == date(2025, 7, 1)
    with pytest.raises(ResponseIncomplete, match="not in the future"):
        week.respond(ACME, answer("snoozed", until=MONDAY.date()), NOON)
    week.respond(ACME, answer("accepted"), NOON)
    assert week.recommendation(ACME, visible_to=REP).snoozed_until is None


def test_what_is_handed_over_is_on_both_lists(week: Store) -> None:
    """Whoever takes over sees it, and so does whose it was."""
    week.respond(ACME, answer("handed_over", to="bob@us.test"), NOON)
    for owner in ("ada@us.test", "bob@us.test"):
        listed = week.recommendations(RecommendationFilter(owner=owner), visible_to=REP).items
        assert ACME in [r.recommendation_id for r in listed]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (Answer("liked", "ada@us.test"), "no response"),
        (Answer("accepted", ""), "nobody is named"),
        (Answer("replaced", "ada@us.test"), "in its place"),
        (Answer("handed_over", "ada@us.test"), "who takes over is missing"),
    ],
)
def test_an_answer_that_cannot_be_understood_changes_nothing(week: Store, wrong: Answer, why: str) -> None:
    """What is missing is said, with what to send."""
    with pytest.raises(ResponseIncomplete, match=why):
        week.respond(ACME, wrong, NOON)
    assert (status(week), week.responses(account="acme")) == ("open", [])


def test_the_same_answer_again_is_the_same_answer(week: Store) -> None:
    """A second tap on the same button stores nothing new, with or without an idempotency key."""
    first = week.respond(ACME, answer("accepted"), NOON)
    assert week.respond(ACME, answer("accepted"), NOON + DAY) == first
    keyed = week.respond(ACME, answer("completed", idempotency_key="k"), NOON)
    assert week.respond(ACME, answer("completed", idempotency_key="k"), NOON) == keyed
    assert [r.response for r in week.responses(recommendation=ACME)] == ["completed", "accepted"]


def test_a_key_used_for_something_else_is_refused(week: Store) -> None:
    """An idempotency key stands for one content; two people may use the same one."""
    week.respond(ACME, answer("accepted", idempotency_key="k"), NOON)
    with pytest.raises(KeyReused):
        week.respond(ACME, answer("dismissed", idempotency_key="k"), NOON)
    week.respond(ACME, Answer("completed", "bob@us.test", idempotency_key="k"), NOON)
    assert status(week) == "completed"


def test_an_answer_to_yesterdays_card_is_told_where_todays_is(week: Store) -> None:
    """A recommendation that the next plan withdrew cannot be answered; the remedy names what took its place."""
    week.publish(publication(MONDAY + DAY))
    with pytest.raises(ResponseTooLate) as refused:
        week.respond(ACME, answer("accepted"), NOON + DAY)
    assert recommendation_id("acme", MONDAY + DAY) in refused.value.remedy


@pytest.mark.parametrize("account", ["elm", "delta", "fir", "nobody"])
def test_only_what_was_shown_can_be_answered(week: Store, account: str) -> None:
    """The id of a withheld decision is as unknown as one that never was, in the same words."""
    with pytest.raises(UnknownRecommendation) as refused:
        week.respond(recommendation_id(account), answer("accepted"), NOON)
    assert refused.value.problem.replace(account, "X") == "there is no recommendation 'rec-20250602-X'"
