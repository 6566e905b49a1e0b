"""Senders that run at once, on both databases: the receiver gets each event once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

from consumption.config import Settings, Workspace
from consumption.jobs.send import send
from consumption.store.outbox import Sending
from consumption.store.sql import Store
from tests.serving.taking import nudging, receiver, sender
from tests.store.book import NOON, Standing

MANY = tuple(Standing(f"a{n:02}", "training") for n in range(12))


def test_two_senders_at_once_send_each_once(url: str, tmp_path: Path) -> None:
    """A receiver that takes its time, two runs that begin together: no event twice, none left out."""
    store = Store.open(url)
    store.publish(nudging(alone=[one.account_id for one in MANY], standings=MANY))
    workspace = Workspace(tmp_path, Settings(store_url=url))

    both = Barrier(2, timeout=60)

    def run(_: int) -> int:
        began: list[bool] = []

        def clock() -> datetime:
            # Asked before each try: neither sends its first event before the other has taken one, too.
            began.append(True)
            if len(began) == 1:
                both.wait()
            return datetime.now(UTC)

        with sender(taken.url, tries=1, clock=clock) as to:
            return send(workspace, to, clock=lambda: NOON).arrived

    with receiver() as taken, ThreadPoolExecutor(2) as pool:
        arrived = list(pool.map(run, range(2)))
    subjects = [json.loads(body)["subject"] for body in taken.bodies]
    assert sorted(subjects) == [one.account_id for one in MANY]
    assert sum(arrived) == len(MANY)
    assert min(arrived) > 0
    assert store.sending(NOON) == Sending(sent=len(MANY), to_send=0, never=0)
    store.close()
