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
from consumption.store.records import Answer, Recommendation
from consumption.store.sql import Store
from tests.serving.taking import NEXT_MONDAY, nudging
from tests.store.book import DAY, MONDAY, NOON, REP, STANDINGS, recommendation_id

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
