"""Events out: what a receiver gets, how it can tell that it is ours, and what is tried again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from consumption.jobs.send import PROGRAM
from consumption.serving.webhooks import CREATED, LONGEST_WAIT, Receiver, WrongWebhookSecret
from consumption.store.outbox import Delivery, Queued
from consumption.store.records import Answer, Recommendation
from consumption.store.sql import Store
from tests.serving.conftest import Asking
from tests.serving.taking import SECRET, Taken, nudging, receiver, sender
from tests.store.book import NOON, recommendation_id

ACME = recommendation_id("acme")
OTHER = "whsec_" + base64.b64encode(b"another key, for the day they change").decode()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Store]:
    """Monday's plan with something to send."""
    opened = Store.open(f"sqlite:///{tmp_path / 'consumption.db'}")
    opened.publish(nudging())
    yield opened
    opened.close()


@pytest.fixture
def hint(book: Store) -> tuple[Recommendation, Queued]:
    """What is to be sent to acme."""
    return book.recommendation(ACME, visible_to=PROGRAM), book.queued([ACME])[ACME]


def tried(hint: tuple[Recommendation, Queued], taken: Taken, **more: Any) -> list[Delivery]:
    """Every try to deliver it there."""
    with sender(taken.url, **more) as to:
        return to.deliver(*hint)


def test_a_receiver_can_check_that_it_is_ours(hint: tuple[Recommendation, Queued]) -> None:
    """By the Standard Webhooks scheme, with that project's own library: another secret, or body, is refused."""
    with receiver() as taken:
        assert [one.status for one in tried(hint, taken)] == [204]
    told = Webhook(SECRET).verify(taken.bodies[0], taken.headers[0])
    assert taken.headers[0]["webhook-id"] == told["id"] == ACME
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(taken.bodies[0], taken.headers[0])
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(taken.bodies[0].replace(b"acme", b"elm "), taken.headers[0])


def test_two_secrets_hold_while_one_is_replaced(hint: tuple[Recommendation, Queued]) -> None:
    """Either verifies, so that a receiver may change to the new one when it likes."""
    with receiver() as taken:
        tried(hint, taken, secrets=(SECRET, OTHER))
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(taken.bodies[0], taken.headers[0])["id"] == ACME


def test_it_is_a_cloud_event_with_the_object_of_the_api(asking: Asking, hint: tuple[Recommendation, Queued]) -> None:
    """Read by the CloudEvents library; the data are what GET gives, but for the links of a card there is none of."""
    with receiver() as taken:
        tried(hint, taken, source="acme-workspace")
    told = from_http_event(HTTPMessage(headers=taken.headers[0], body=taken.bodies[0]))
    assert (told.get_id(), told.get_type(), told.get_source(), told.get_subject()) == (
        ACME, CREATED, "acme-workspace", "acme"
    )  # fmt: skip
    assert told.get_time() == nudging().published_at
    assert taken.headers[0]["content-type"] == "application/cloudevents+json"
    data = json.loads(taken.bodies[0])["data"]
    assert (data["delivery"], data["title"], data["status"]) == ("self_service", "A hint", "open")
    same = asking("read").get(f"/v1/recommendations/{ACME}").json()
    links = {"accept_url", "account_url"}
    assert data == {name: value for name, value in same.items() if name not in {*links, "request_id"}}


def test_sent_again_it_reads_as_it_did(book: Store, hint: tuple[Recommendation, Queued]) -> None:
    """Word for word, whatever became of the recommendation since: the receiver knows it by its id."""
    book.respond(ACME, Answer("handed_over", "ada@us.test", to="bob@us.test"), NOON)
    later = book.recommendation(ACME, visible_to=PROGRAM), hint[1]
    assert (later[0].status, later[0].handed_to) == ("handed_over", "bob@us.test")
    with receiver() as taken:
        tried(hint, taken)
        tried(later, taken)
    assert taken.bodies[0] == taken.bodies[1]


def test_a_receiver_that_fails_twice_is_asked_a_third_time(hint: tuple[Recommendation, Queued]) -> None:
    """Each wait longer than the one before, with the same id and body, and each try in the log."""
    waits: list[float] = []
    with receiver(500, 503) as taken:
        log = tried(hint, taken, sleep=waits.append)
    assert [(one.delivered, one.status) for one in log] == [(False, 500), (False, 503), (True, 204)]
    assert log[0].error == "the receiver answered 500"
    assert 1 <= waits[0] <= 2 <= waits[1] <= 3
    assert len(set(taken.bodies)) == len({head["webhook-id"] for head in taken.headers}) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422, 301, 304])
def test_what_will_not_pass_is_not_tried_again_at_once(hint: tuple[Recommendation, Queued], status: int) -> None:
    """The receiver has understood and refuses, or wants us elsewhere: we follow nobody."""
    with receiver(status, asks={"location": "/elsewhere"}) as taken:
        log = tried(hint, taken)
    assert [(one.delivered, one.status) for one in log] == [(False, status)]
    assert len(taken.bodies) == 1


def test_a_receiver_may_ask_for_a_little_time(hint: tuple[Recommendation, Queued]) -> None:
    """What it asks for is waited; where that is long the event waits for the next run."""
    waits: list[float] = []
    with receiver(429, asks={"retry-after": "7"}) as taken:
        assert tried(hint, taken, sleep=waits.append)[-1].delivered
    assert waits == [7.0]
    with receiver(429, asks={"retry-after": str(int(LONGEST_WAIT) + 1)}) as taken:
        assert [one.status for one in tried(hint, taken)] == [429]


def test_a_receiver_that_hangs_is_given_up_on(hint: tuple[Recommendation, Queued]) -> None:
    """After the time that settings allow; what may have arrived all the same has the same id the next time."""
    with receiver(hangs=0.4) as taken:
        log = tried(hint, taken, timeout_seconds=0.1, tries=2)
    assert [(one.status, one.error) for one in log] == [(None, "no answer within 0.1 seconds")] * 2


def test_nobody_there_is_said_in_our_words(hint: tuple[Recommendation, Queued]) -> None:
    """No address of ours, no trace of the program: what failed, in one line."""
    with receiver() as gone:
        pass
    log = tried(hint, gone, tries=1)
    assert [one.error for one in log] == ["the connection failed (ConnectError)"]


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "tool.test\x7f"])
def test_what_is_no_address_is_said_like_nobody_there(hint: tuple[Recommendation, Queued], host: str) -> None:
    """Settings refuse it; whoever gets past them finds a try that failed, and no run that dies."""
    with sender(f"http://{host}/", tries=1) as to:
        assert [one.delivered for one in to.deliver(*hint)] == [False]


def test_what_a_receiver_says_is_not_kept(hint: tuple[Recommendation, Queued]) -> None:
    """It may be long, or somebody's data: the log has the status alone."""
    with receiver(500, talks=b"Ada Lovelace was here" * 100_000) as taken:
        assert "Ada" not in str(tried(hint, taken, tries=1))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "no base64 at all!", "whsec_schl\u00fcssel"])
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    """Said before anything is sent, with the place that shows how to make one; never with the secret itself."""
    with pytest.raises(WrongWebhookSecret, match="24 bytes") as said, sender("http://127.0.0.1:9", secrets=[secret]):
        pass
    assert "c2hvcnQ" not in str(said.value)


def test_one_event_is_bounded_in_time() -> None:
    """Tries, times what each may take, times what is waited between: whoever takes it has it for so long."""
    to = Receiver("http://127.0.0.1:9", (SECRET,), lambda: datetime.now(UTC), timeout_seconds=5, tries=4)
    assert to.longest.total_seconds() == 4 * (4 * 5 + 30)


def test_the_check_that_the_docs_show_works(hint: tuple[Recommendation, Queued]) -> None:
    """The lines of docs/plugins.md, as they stand there, take what is ours and refuse what is not."""
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
    shown = page.split("```python\n")[1].split("```")[0]
    with receiver() as taken:
        tried(hint, taken)
    names: dict[str, Any] = {}
    exec(shown, names)  # noqa: S102 - our own page
    told = names["checked"](taken.bodies[0], taken.headers[0], SECRET)
    assert told["data"]["account_id"] == "acme"
    with pytest.raises(WebhookVerificationError):
        names["checked"](taken.bodies[0] + b" ", taken.headers[0], SECRET)
