"""Sending: each once, to a receiver that may fail, with the rest going on; and once more where somebody asks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from consumption.config import Settings, Workspace
from consumption.jobs.send import FAILED_IN_A_ROW, NotSentYet, SendDone, left, log, send, send_again, would_send
from consumption.store.sql import Store
from tests.conftest import Command
from tests.serving.taking import NEXT_MONDAY, SECRET, Taken, nudging, receiver, sender
from tests.store.book import DAY, NOON, Standing, recommendation_id

ACME, BIRCH = recommendation_id("acme"), recommendation_id("birch")
MANY = tuple(Standing(f"a{n}", "training") for n in range(FAILED_IN_A_ROW + 2))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Monday's plan, published: two actions that nobody carries out, and one more that is withheld."""
    return Workspace(tmp_path, Settings(store_url=f"sqlite:///{tmp_path / 'consumption.db'}"))


@pytest.fixture
def book(workspace: Workspace) -> Iterator[Store]:
    """Its store."""
    opened = Store.open(workspace.store_url)
    opened.publish(nudging())
    yield opened
    opened.close()


def sent(workspace: Workspace, taken: Taken, *, at: datetime = NOON, tries: int = 1) -> SendDone:
    """One run at a moment; signatures carry it too, so that these tests need no clock."""
    with sender(taken.url, tries=tries, clock=lambda: at) as to:
        return send(workspace, to, clock=lambda: at)


def accounts(taken: Taken) -> list[str]:
    """Whom the events are about, in the order they came."""
    return [json.loads(body)["subject"] for body in taken.bodies]


@pytest.mark.usefixtures("book")
def test_each_is_sent_once_whatever_runs_there_are(workspace: Workspace) -> None:
    """The next run has nothing to do: no customer gets the same hint on two days."""
    with receiver() as taken:
        assert sent(workspace, taken).text == "by webhook: 2 sent, 0 to be sent"
        assert sent(workspace, taken, at=NOON + DAY).text == "by webhook: 0 sent, 0 to be sent"
    assert accounts(taken) == ["acme", "birch"]


@pytest.mark.usefixtures("book")
def test_what_does_not_arrive_is_kept_and_holds_nobody_up(workspace: Workspace) -> None:
    """The next goes on; the next run sends what is left, under the id it had; the log has all three tries."""
    with receiver(500) as taken:
        done = sent(workspace, taken)
        assert done.text.splitlines() == [
            "by webhook: 1 sent, 1 to be sent", "1 did not arrive: the receiver answered 500"
        ]  # fmt: skip
        assert "acme: training, until 2025-06-09 (tried 1 times)" in would_send(workspace, at=NOON)
        assert sent(workspace, taken, at=NOON + DAY).arrived == 1
    assert accounts(taken) == ["acme", "birch", "acme"]
    assert [line.split("  ", 1)[1] for line in log(workspace).splitlines()] == [
        f"{ACME}  webhook: arrived", f"{BIRCH}  webhook: arrived", f"{ACME}  webhook: the receiver answered 500"
    ]  # fmt: skip
    assert log(workspace, [BIRCH]).endswith(f"{BIRCH}  webhook: arrived")


def test_a_receiver_that_is_away_is_not_waited_for_all_day(workspace: Workspace) -> None:
    """After a few in a row the run stops and says so; who was not tried comes first the next time."""
    store = Store.open(workspace.store_url)
    store.publish(nudging(alone=[one.account_id for one in MANY], standings=MANY))
    store.close()
    with receiver(*[503] * FAILED_IN_A_ROW) as taken:
        done = sent(workspace, taken)
        assert done.text.splitlines()[-1].startswith(f"{FAILED_IN_A_ROW} in a row did not arrive")
        assert (done.arrived, done.failed, done.standing.to_send) == (0, FAILED_IN_A_ROW, len(MANY))
        assert sent(workspace, taken).arrived == len(MANY)
    assert accounts(taken)[FAILED_IN_A_ROW:][:2] == [one.account_id for one in MANY[FAILED_IN_A_ROW:]]


def test_a_receiver_that_wants_nothing_any_more_ends_the_run(workspace: Workspace, book: Store) -> None:
    """410 is the scheme's word for it: nothing more is sent, and nothing is lost."""
    with receiver(410) as taken:
        done = sent(workspace, taken)
    assert accounts(taken) == ["acme"]
    assert "wants nothing any more" in done.text
    assert book.sending(NOON).to_send == 2
    assert left(workspace, at=NOON).startswith("2 to be sent by webhook")


@pytest.mark.usefixtures("book")
def test_nothing_is_sent_when_its_week_is_over(workspace: Workspace) -> None:
    """Not by the next run, nor by whoever asks for it by name."""
    with receiver() as taken:
        assert sent(workspace, taken, at=NEXT_MONDAY).text == "by webhook: 0 sent, 0 to be sent"
        assert would_send(workspace, at=NEXT_MONDAY) == "0 to be sent; 0 were sent, 2 never will be"
        with sender(taken.url) as to, pytest.raises(NotSentYet, match=f"never sent.*{ACME}"):
            send_again(workspace, to, ids=[ACME], clock=lambda: NEXT_MONDAY)
    assert taken.bodies == []
    assert left(workspace, at=NEXT_MONDAY) == ""


@pytest.mark.usefixtures("book")
def test_what_was_sent_is_sent_again_where_somebody_asks(workspace: Workspace) -> None:
    """One by its id, or all since a day: the same event, so that a receiver that lost its data can fill them up."""
    with receiver() as taken:
        sent(workspace, taken)
        with sender(taken.url, clock=lambda: NOON) as to:
            one = send_again(workspace, to, ids=[BIRCH], clock=lambda: NOON)
            assert one.text == "by webhook: 1 sent again, 0 to be sent"
            assert send_again(workspace, to, since=NOON, clock=lambda: NOON).arrived == 2
            assert send_again(workspace, to, since=NOON + DAY, clock=lambda: NOON + DAY).arrived == 0
    assert accounts(taken) == ["acme", "birch", "birch", "acme", "birch"]
    assert len(set(taken.bodies)) == 2


@pytest.mark.usefixtures("book")
def test_what_was_sent_before_the_day_was_not_never_sent(workspace: Workspace, command: Command) -> None:
    """Of what is named only that is sent which the receiver took since; the command wants one or the other."""
    with receiver() as taken:
        sent(workspace, taken)
        with sender(taken.url, clock=lambda: NOON) as to:
            assert send_again(workspace, to, ids=[ACME], since=NOON + DAY, clock=lambda: NOON + DAY).arrived == 0
            assert send_again(workspace, to, ids=[ACME], since=NOON, clock=lambda: NOON).arrived == 1
    code, _, error = command("send", "--again", ACME, "--since", "2025-06-02")
    assert (code, "give one" in error) == (2, True)


def test_killed_between_sending_and_noting_it_sends_once_more_under_the_same_id(
    workspace: Workspace, book: Store
) -> None:
    """Never lost, and recognised: the receiver has it twice, with one id and one body, both signed by us."""
    program = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from consumption.config import Settings, Workspace
from consumption.jobs.send import send
from consumption.serving.webhooks import Receiver

class Killed(Receiver):
    def deliver(self, found, queued):
        super().deliver(found, queued)
        os.kill(os.getpid(), signal.SIGKILL)

url, store_url, secret = sys.argv[1:]
now = lambda: datetime.fromisoformat("2025-06-02T12:00:00+00:00")
with Killed(url, (secret,), lambda: datetime.now(UTC), tries=1, timeout_seconds=5) as to:
    send(Workspace(Path("."), Settings(store_url=store_url)), to, clock=now)
"""
    with receiver() as taken:
        words = [sys.executable, "-c", program, taken.url, workspace.store_url, SECRET]
        assert subprocess.run(words, cwd=ROOT, check=False).returncode == -9
        assert accounts(taken) == ["acme"]
        assert book.tries() == []
        assert sent(workspace, taken).arrived == 1
        assert accounts(taken) == ["acme", "birch"], "somebody may still be about to send the first"
        with sender(taken.url, tries=1) as to:
            assert send(workspace, to, clock=lambda: NOON + timedelta(minutes=2)).arrived == 1
    assert accounts(taken) == ["acme", "birch", "acme"]
    assert taken.bodies[0] == taken.bodies[2]
    assert taken.headers[0]["webhook-id"] == taken.headers[2]["webhook-id"] == ACME
    for place in (0, 2):
        Webhook(SECRET).verify(taken.bodies[place], taken.headers[place])
