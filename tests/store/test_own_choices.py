"""What people choose by themselves: where nothing is recommended, or besides it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from consumption.errors import ConsumptionError
from consumption.lake.persons import Person
from consumption.store.answers import KeyReused
from consumption.store.erasing import erase_from_store, rows_naming
from consumption.store.filters import RecommendationFilter
from consumption.store.own_choices import (
    OLDEST_DAYS,
    Deed,
    OwnChoiceIncomplete,
    OwnChoiceOutOfTime,
    RecommendedAlready,
    UnknownAction,
)
from consumption.store.reading import UnknownAccount
from consumption.store.records import Answer
from consumption.store.sql import Store
from consumption.store.taking_back import NotYourChoice, UnknownOwnChoice
from tests.store.book import DAY, MONDAY, NOON, REP, publication, recommendation_id

CALLED = Deed("delta", "ada@us.test", own_words="Rang them up")
TRAINED = Deed("delta", "ada@us.test", action="training", reason="They asked for it")


@pytest.fixture
def week(store: Store) -> Store:
    """A store with Monday's plan."""
    store.publish(publication())
    return store


@pytest.mark.parametrize("account", ["delta", "elm", "fir", "acme"])
def test_anybody_may_act_on_any_account(week: Store, account: str) -> None:
    """For lack of hours, held out, not worth it, or besides a card: it is kept, and no card and no list moves."""
    before = (week.state(), week.recommendations(RecommendationFilter(), visible_to=REP))
    made = week.choose(replace(CALLED, account_id=account), NOON)
    assert (made.account_id, made.timestamp, made.action, made.in_own_words) == (account, NOON, "Rang them up", True)
    assert week.own_choices(account) == [made]
    assert (week.state(), week.recommendations(RecommendationFilter(), visible_to=REP)) == before


def test_words_that_name_an_action_are_that_action(week: Store) -> None:
    """By its id or its title, whatever the case; anything else stays in words."""
    for account, words in (("delta", "training"), ("elm", " run Role-based training. ")):
        made = week.choose(Deed(account, "ada@us.test", own_words=words), NOON)
        assert (made.action, made.in_own_words) == ("training", False)


@pytest.mark.parametrize(
    ("wrong", "error", "why"),
    [
        (replace(CALLED, account_id="nobody"), UnknownAccount, "no account 'nobody'"),
        (replace(CALLED, actor=""), OwnChoiceIncomplete, "nobody is named"),
        (replace(CALLED, own_words="  "), OwnChoiceIncomplete, "what was done is missing"),
        (replace(CALLED, action="training"), OwnChoiceIncomplete, "both"),
        (replace(TRAINED, action="trainin"), UnknownAction, "no action 'trainin'.*did you mean training"),
        (replace(TRAINED, action="none"), UnknownAction, "no action 'none'"),
        (replace(TRAINED, done_at=NOON + timedelta(hours=1)), OwnChoiceOutOfTime, "in the future"),
        (replace(TRAINED, done_at=NOON - (OLDEST_DAYS + 1) * DAY), OwnChoiceOutOfTime, "more than 28 days ago"),
    ],
)
def test_what_cannot_be_understood_changes_nothing(
    week: Store, wrong: Deed, error: type[ConsumptionError], why: str
) -> None:
    """What is wrong is said, with what to send."""
    with pytest.raises(error, match=f"(?s){why}"):
        week.choose(wrong, NOON)
    assert week.own_choices("delta") == []


def test_it_bears_the_moment_it_was_done(week: Store) -> None:
    """Told in any zone, it is kept in UTC; a clock that is a minute ahead of ours is no future."""
    done = datetime.fromisoformat("2025-05-30T01:30:00+02:00")
    assert week.choose(replace(TRAINED, done_at=done), NOON).timestamp == datetime(2025, 5, 29, 23, 30, tzinfo=UTC)
    ahead = week.choose(replace(CALLED, done_at=NOON + timedelta(minutes=1)), NOON)
    assert (ahead.timestamp, ahead.recorded_at) == (NOON, NOON)
    first_day = MONDAY - OLDEST_DAYS * DAY
    assert week.choose(replace(CALLED, done_at=first_day), NOON).timestamp == first_day


def test_what_is_recommended_is_answered_and_not_chosen(week: Store) -> None:
    """While its card runs; the remedy names it. What was done before, or is another action, is one's own choice."""
    with pytest.raises(RecommendedAlready) as refused:
        week.choose(replace(TRAINED, account_id="acme"), NOON)
    assert recommendation_id("acme") in refused.value.remedy
    assert week.choose(Deed("acme", "ada@us.test", action="add_seats"), NOON).action == "add_seats"
    week.respond(recommendation_id("acme"), Answer("completed", "ada@us.test"), NOON)
    assert week.choose(replace(TRAINED, account_id="acme"), NOON + DAY).action == "training"


def test_the_same_choice_again_is_the_same_choice(week: Store) -> None:
    """A second tap stores nothing new, with or without a key; the next day, and another person, is another one."""
    first = week.choose(TRAINED, NOON)
    assert week.choose(TRAINED, NOON + timedelta(seconds=1)) == first
    keyed = replace(CALLED, idempotency_key="k")
    assert week.choose(keyed, NOON) == week.choose(keyed, NOON + DAY)
    assert week.choose(TRAINED, NOON + DAY) != first
    assert week.choose(replace(TRAINED, actor="bob@us.test"), NOON) != first
    assert len(week.own_choices("delta")) == 4
    for again in (replace(TRAINED, reason="As agreed"), replace(TRAINED, idempotency_key="crm-1")):
        assert week.choose(again, NOON) == first
    assert len(week.own_choices("delta")) == 4


def test_a_key_used_for_something_else_is_refused(week: Store) -> None:
    """It stands for one content of one person."""
    week.choose(replace(CALLED, idempotency_key="k"), NOON)
    with pytest.raises(KeyReused, match="another own choice"):
        week.choose(replace(TRAINED, idempotency_key="k"), NOON)
    week.choose(replace(TRAINED, actor="bob@us.test", idempotency_key="k"), NOON)


def test_two_taps_at_once_are_one_choice(either: Store) -> None:
    """On either database."""
    either.publish(publication())
    with ThreadPoolExecutor(4) as pool:
        made = {one.decision_id for one in pool.map(lambda _: either.choose(TRAINED, NOON), range(8))}
    assert len(made) == 1


def test_it_goes_to_the_lake_as_a_rep_s_decision(either: Store) -> None:
    """With no propensity, known since it was told and not since it was done; words say that they are words."""
    either.publish(publication())
    done, told = NOON - 3 * DAY, NOON + DAY
    either.choose(replace(CALLED, account_id="elm", done_at=done), told)
    either.choose(TRAINED, told)
    assert either.decisions_since(told + DAY).is_empty()
    found = either.decisions_since(told)
    assert found["decided_by"].to_list() == ["rep", "rep"]
    assert found.select("propensity", "propensities", "would_be").null_count().row(0) == (2, 2, 2)
    called = found.row(by_predicate=pl.col("account_id") == "elm", named=True)
    assert (called["timestamp"], called["received_at"], called["action"]) == (done, told, "Rang them up")
    assert called["attributes"] == '{"actor":"ada@us.test","in_own_words":true}'
    trained = found.row(by_predicate=pl.col("account_id") == "delta", named=True)
    assert trained["attributes"] == '{"actor":"ada@us.test","reason":"They asked for it"}'
    assert either.decisions_since().height == publication().decisions.height + 2


def test_a_person_is_taken_out_of_what_was_said(either: Store, url: str) -> None:
    """Of the words and of the reason; that something was done stays."""
    either.publish(publication())
    either.choose(Deed("delta", "ada@us.test", own_words="Called Ada Lovelace", reason="al-4711 asked"), NOON)
    person = Person(user_ids=("al-4711",), emails=(), names=("Ada Lovelace",), accounts=(), texts=())
    assert rows_naming(url, person) == {"own_choices": 1}
    erase_from_store(url, person)
    left = either.own_choices("delta")[0]
    assert (left.action, left.reason, left.timestamp) == ("Called [erased]", "[erased] asked", NOON)


@pytest.mark.parametrize("far", ["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"])
def test_the_ends_of_the_calendar_are_refused_like_any_other_wrong_time(week: Store, far: str) -> None:
    """They have no moment in UTC: that is the sender's mistake, and not ours."""
    with pytest.raises(OwnChoiceOutOfTime):
        week.choose(replace(CALLED, done_at=datetime.fromisoformat(far)), NOON)


def test_a_key_says_once_what_was_done_on_a_day(week: Store) -> None:
    """With the same key another day is something else; an empty key is none."""
    first = week.choose(replace(CALLED, done_at=NOON - 2 * DAY, idempotency_key="k"), NOON)
    assert week.choose(replace(CALLED, done_at=NOON - 2 * DAY, idempotency_key="k"), NOON) == first
    with pytest.raises(KeyReused):
        week.choose(replace(CALLED, done_at=NOON - DAY, idempotency_key="k"), NOON)
    for account in ("delta", "elm"):
        assert week.choose(replace(TRAINED, account_id=account, idempotency_key=""), NOON).account_id == account


def test_a_mistake_is_taken_back(either: Store) -> None:
    """It stands no longer, keeps the first moment of it, and may be told anew; what was told stays in the store."""
    either.publish(publication())
    made = either.choose(TRAINED, NOON)
    gone = either.take_back("delta", made.decision_id, NOON + DAY)
    assert gone == replace(made, undone_at=NOON + DAY) == either.take_back("delta", made.decision_id, NOON + 2 * DAY)
    assert (either.own_choices("delta"), either.every_own_choice()) == ([], [gone])
    anew = either.choose(TRAINED, NOON)
    assert anew.decision_id != made.decision_id
    assert either.own_choices("delta", "elm") == [anew]


def test_a_key_brings_nothing_back(week: Store) -> None:
    """A request that is sent again after its choice was taken back is an echo, and is told so."""
    keyed = replace(CALLED, idempotency_key="k")
    week.take_back("delta", week.choose(keyed, NOON).decision_id, NOON)
    with pytest.raises(KeyReused):
        week.choose(keyed, NOON)


@pytest.mark.parametrize("reason", [TRAINED.reason, "As agreed"])
def test_a_key_that_came_second_brings_nothing_back_either(either: Store, reason: str) -> None:
    """What was told without a key first bears the key of its echo; told with another key, it is told anew."""
    either.publish(publication())
    keyed = replace(TRAINED, reason=reason, idempotency_key="k")
    first = either.choose(TRAINED, NOON)
    assert either.choose(keyed, NOON) == either.choose(keyed, NOON + DAY) == first
    assert either.choose(TRAINED, NOON) == first
    either.take_back("delta", first.decision_id, NOON)
    with pytest.raises(KeyReused):
        either.choose(keyed, NOON)
    assert either.choose(replace(keyed, idempotency_key="l"), NOON) != first


def test_one_takes_back_what_one_said_oneself_and_lately(week: Store) -> None:
    """Not what another said, not of another account, and not what plans were made of for four weeks."""
    made = week.choose(TRAINED, NOON)
    with pytest.raises(NotYourChoice, match=r"ada@us\.test said"):
        week.take_back("delta", made.decision_id, NOON, actor="bob@us.test")
    for account, identity in (("elm", made.decision_id), ("delta", "own_no")):
        with pytest.raises(UnknownOwnChoice, match="has no own choice"):
            week.take_back(account, identity, NOON)
    with pytest.raises(OwnChoiceOutOfTime, match="more than 28 days ago"):
        week.take_back("delta", made.decision_id, NOON + (OLDEST_DAYS + 1) * DAY, actor="ada@us.test")
    assert week.take_back("delta", made.decision_id, NOON + OLDEST_DAYS * DAY, actor="ada@us.test").undone_at
