"""What is sent without a person waits in the outbox: put there with the plan, taken by one, sent once, never late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from sqlalchemy.exc import IntegrityError

from consumption.store.filters import RecommendationFilter
from consumption.store.outbox import FILE, WEBHOOK, Delivery, Sending
from consumption.store.publication import Publication
from consumption.store.records import Answer, Recommendation
from consumption.store.sql import Store
from tests.serving.taking import NEXT_MONDAY, nudging
from tests.store.book import DAY, ENGINEER, MONDAY, NOON, REP, STANDINGS, recommendation_id

ACME, BIRCH = recommendation_id("acme"), recommendation_id("birch")
LATER = NOON + timedelta(minutes=1)


def arrived(one: str = ACME, door: str = WEBHOOK) -> Delivery:
    """A try that succeeded, at noon."""
    return Delivery(one, NOON, door, delivered=True, status=204)


def waiting(store: Store, at: datetime = NOON) -> list[str]:
    """The accounts to which something is to be sent."""
    return [one.account_id for one in store.to_send(at)]


def test_what_is_published_and_needs_nobody_is_queued(sending: Store) -> None:
    """Cards are not, and neither is what is withheld from a held-out account: nothing of it enters."""
    assert waiting(sending) == ["acme", "birch"]
    assert set(sending.queued([recommendation_id(s.account_id) for s in STANDINGS])) == {ACME, BIRCH}
    one = sending.queued([ACME])[ACME]
    assert (one.action, one.as_of, one.lapses_at, one.sent_at) == ("training", MONDAY, NEXT_MONDAY, None)
    assert sending.sending(NOON) == Sending(sent=0, to_send=2, never=0)


def test_a_publication_that_fails_queues_nothing(either: Store) -> None:
    """The outbox is written with the plan, all or nothing: nothing is sent of what nobody sees."""
    wrong = nudging()
    with pytest.raises(IntegrityError):
        either.publish(replace(wrong, population=pl.concat([wrong.population, wrong.population.head(1)])))
    assert waiting(either) == []
    assert either.publish(nudging())
    assert not either.publish(nudging())
    assert waiting(either) == ["acme", "birch"]


def test_of_many_senders_one_takes_each(sending: Store) -> None:
    """Whoever takes it has it alone, until the moment they said; then it is anybody's again."""
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: sending.take([ACME, BIRCH], NOON, LATER), range(8)))
    assert sorted(one for some in taken for one in some) == [ACME, BIRCH]
    assert waiting(sending) == []
    assert waiting(sending, LATER) == ["acme", "birch"]
    assert sending.take([ACME], LATER, LATER + DAY) == {ACME}


def test_what_is_given_back_is_anybodys_but_only_by_who_has_it(sending: Store) -> None:
    """Whose time ran out gives nothing back that another has by now."""
    sending.take([ACME], NOON, LATER)
    sending.give_back([ACME], LATER + DAY)
    assert waiting(sending) == ["birch"]
    sending.give_back([ACME], LATER)
    assert waiting(sending) == ["acme", "birch"]


def test_what_arrived_is_sent_once_and_says_when(sending: Store) -> None:
    """A second arrival changes the log alone; what did not arrive goes to the end of the queue."""
    sending.note_tries(
        [Delivery(ACME, NOON, WEBHOOK, delivered=False, status=500, error="the receiver answered 500")]
    )
    assert waiting(sending) == ["birch", "acme"]
    sending.note_tries([arrived(), replace(arrived(), at=LATER, door=FILE)])
    assert sending.queued([ACME])[ACME].sent_at == NOON
    assert waiting(sending) == ["birch"]
    assert sending.sending(NOON) == Sending(sent=1, to_send=1, never=0)
    assert [(one.at, one.door, one.status) for one in sending.tries(ACME)] == [
        (LATER, FILE, 204), (NOON, WEBHOOK, 204), (NOON, WEBHOOK, 500)
    ]  # fmt: skip
    assert [one.recommendation_id for one in sending.sent_again([ACME, BIRCH])] == [ACME]
    assert [one.recommendation_id for one in sending.sent_again(since=NOON)] == [ACME]
    assert sending.sent_again(since=LATER) == []


def test_what_was_not_sent_in_its_week_never_is(sending: Store) -> None:
    """A hint of last week is not sent late, whether or not there is a plan since."""
    assert waiting(sending, NEXT_MONDAY - timedelta(microseconds=1)) == ["acme", "birch"]
    assert waiting(sending, NEXT_MONDAY) == []
    assert sending.take([ACME], NEXT_MONDAY, NEXT_MONDAY + DAY) == set()
    assert sending.sending(NEXT_MONDAY) == Sending(sent=0, to_send=0, never=2)


def test_a_new_plan_neither_ends_nor_repeats_it(sending: Store) -> None:
    """It stands until its week is over, then it is withdrawn; the same for the same account comes once a week."""
    sending.note_tries([arrived()])
    sending.publish(nudging(MONDAY + DAY))
    assert waiting(sending) == ["birch"]
    assert sending.sending(NOON) == Sending(sent=1, to_send=1, never=0)
    assert {r.account_id for r in _standing(sending) if r.as_of == MONDAY} == {"acme", "birch"}
    sending.publish(nudging(NEXT_MONDAY))
    assert {r.as_of for r in _standing(sending)} == {NEXT_MONDAY}
    assert waiting(sending, NEXT_MONDAY) == ["acme", "birch"]
    assert sending.sending(NEXT_MONDAY, as_of=MONDAY) == Sending(sent=1, to_send=0, never=1)


def _standing(sending: Store) -> tuple[Recommendation, ...]:
    return sending.recommendations(RecommendationFilter(by_itself=True), visible_to=REP, limit=50).items


def left_and_refused(as_of: datetime, *, fits: bool = True) -> Publication:
    """A plan without acme, in which nothing may be done for birch but what people do."""
    later = tuple(
        replace(one, action="none", why_not="ineligible") if one.account_id == "birch" else one
        for one in STANDINGS
        if one.account_id != "acme"
    )
    may = pl.DataFrame({"account_id": ["birch", "cedar"], "action": ["training", "training"]})
    return replace(nudging(as_of, standings=later), fits=may if fits else None)


def test_what_does_not_fit_any_more_is_not_sent(sending: Store) -> None:
    """The account left, or asked for quiet, or its condition holds no longer: withdrawn, and still in the log."""
    logged = sending.decisions_since().height
    sending.publish(left_and_refused(MONDAY + DAY))
    assert waiting(sending, NOON + DAY) == []
    assert sending.take([ACME, BIRCH], NOON + DAY, LATER + DAY) == set()
    assert sending.sending(NOON + DAY, as_of=MONDAY) == Sending(sent=0, to_send=0, never=2)
    for one in (ACME, BIRCH):
        found = sending.recommendation(one, visible_to=ENGINEER)
        assert (found.status, found.ended_because) == ("withdrawn", "cleared")
    assert set(sending.decisions_since()["decision_id"]) >= {ACME, BIRCH}
    assert sending.decisions_since().height > logged


def test_what_still_fits_and_what_was_sent_stands(sending: Store) -> None:
    """That a plan has something else, or rests it, takes nothing back; nor can what is out be taken back."""
    sending.note_tries([arrived()])
    may = pl.DataFrame({"account_id": ["birch"], "action": ["add_seats"]})
    sending.publish(replace(left_and_refused(MONDAY + DAY), fits=may))
    assert waiting(sending, NOON + DAY) == ["birch"]
    assert sending.recommendation(ACME, visible_to=ENGINEER).status == "open"


def test_who_left_is_sent_nothing_even_where_nobody_says_what_fits(sending: Store) -> None:
    """A publication need not say what fits; who is in it, it always says."""
    sending.publish(left_and_refused(MONDAY + DAY, fits=False))
    assert waiting(sending, NOON + DAY) == ["birch"]


def test_what_comes_back_from_a_snooze_unfit_is_not_sent(sending: Store) -> None:
    """It was put off to a day on which it does not fit any more."""
    sending.respond(BIRCH, Answer("snoozed", "ada@us.test", until=(MONDAY + DAY).date()), NOON)
    sending.publish(left_and_refused(MONDAY + DAY))
    assert waiting(sending, NOON + DAY) == []
    assert sending.recommendation(BIRCH, visible_to=ENGINEER).status == "withdrawn"


def test_what_a_plan_decides_again_in_the_week_is_shown_once(sending: Store) -> None:
    """It points to what was sent: no second one stands open that never will be, and the plan's count knows of it."""
    sending.note_tries([arrived()])
    sending.publish(nudging(MONDAY + DAY))
    assert {r.recommendation_id for r in _standing(sending)} >= {ACME, BIRCH}
    assert [r.account_id for r in _standing(sending)].count("acme") == 1
    assert recommendation_id("acme", MONDAY + DAY) in set(sending.decisions_since()["decision_id"])
    assert sending.sending(NOON + DAY, as_of=MONDAY + DAY) == Sending(sent=1, to_send=1, never=0)


def test_what_was_withdrawn_unsent_may_be_decided_again(sending: Store) -> None:
    """Nobody got it: when it fits again it is sent, under the id of the plan that says so."""
    sending.publish(left_and_refused(MONDAY + DAY))
    sending.publish(nudging(MONDAY + 2 * DAY))
    again = [one.recommendation_id for one in sending.to_send(NOON + 2 * DAY)]
    assert again == [recommendation_id(one, MONDAY + 2 * DAY) for one in ("acme", "birch")]
    assert sending.sending(NOON + 2 * DAY, as_of=MONDAY + 2 * DAY) == Sending(sent=0, to_send=2, never=0)


def test_what_somebody_refused_is_not_sent(sending: Store) -> None:
    """A person may say no to it as to any recommendation, and then it stays here."""
    sending.respond(ACME, Answer("dismissed", "ada@us.test", reason="customer said no"), NOON)
    assert waiting(sending) == ["birch"]
    assert sending.take([ACME], NOON, LATER) == set()
    assert sending.sending(NOON) == Sending(sent=0, to_send=1, never=1)


def test_lists_change_when_something_was_sent(sending: Store) -> None:
    """Whoever asks whether anything is new is told so: pages say what was sent."""
    before = sending.state()
    sending.note_tries([arrived()])
    assert sending.state() != before
