"""Hand out what nobody carries out as a file, each once: for the product or campaign tool that takes no webhook."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from filelock import FileLock

from consumption.actions.terms import NONE, SELF_SERVICE
from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.jobs.keys import store_of
from consumption.jobs.published import published_plan
from consumption.jobs.writing import refuse_ending, write
from consumption.store.outbox import FILE, Delivery, Queued, Sending
from consumption.store.sql import Store

TO_SEND = (
    "recommendation_id",
    "account_id",
    "as_of",
    "motion",
    "action",
    "title",
    "reason_text",
    "cost",
    "expected_value",
    "propensity",
    "expires_at",
)
HELD = timedelta(minutes=10)
"""For so long nobody else takes what a file is written of; whoever is killed meanwhile leaves it to the next one."""


class NothingToSendYet(ConsumptionError):
    """What runs by itself was asked for before its decisions were logged."""

    status = 409

    def __init__(self, as_of: datetime) -> None:
        super().__init__(
            f"the plan of {as_of:%Y-%m-%d} is not published, so what it would send is in no log yet",
            "log and show it first: consumption publish",
        )


class FileIsThere(ConsumptionError):
    """What is handed out once was to go into a file that is there already."""

    status = 409

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file.name} is there already, and may hold what nobody has taken in yet: it would be lost",
            "name a new file for each day, or remove this one once it is taken in; to list all again: --all",
        )


@dataclass(frozen=True)
class HandedOut:
    """What was written, and how all that was ever queued stands then."""

    rows: int
    file: Path
    standing: Sending

    @property
    def text(self) -> str:
        """The result in a sentence."""
        left = [f"{self.standing.to_send:,} more are to be sent"] if self.standing.to_send else []
        left += [f"{self.standing.never:,} never will be: their week is over"] if self.standing.never else []
        return "; ".join([f"{self.rows:,} rows to {self.file}", *left])


def to_send(recommendations: pl.DataFrame) -> pl.DataFrame:
    """What runs by itself and is to be sent to the product or the campaign tool: one row an action, by account."""
    sent = recommendations.filter((pl.col("delivery") == SELF_SERVICE) & (pl.col("action") != NONE))
    return sent.select(TO_SEND).sort("account_id")


def hand_out(workspace: Workspace, file: Path, *, as_of: datetime, now: datetime) -> HandedOut:
    """Write what is to be sent, of published plans up to `as_of`, and note it as sent; nothing comes twice.

    It is noted once the file is safely there: who is killed between the two writes the same rows again the next time,
    under the same ids. Raises `NothingToSendYet` before that day is published, `FileIsThere` in place of overwriting.
    """
    refuse_ending(file)
    if published_plan(workspace, as_of) is None:
        raise NothingToSendYet(as_of)
    with FileLock(workspace.root / ".to_send.lock"), store_of(workspace) as store:
        if file.exists():
            raise FileIsThere(file)
        mine = _taken(store, as_of, now)
        try:
            days = sorted({as_of, *(one.as_of for one in mine.values())})
            frame = pl.concat(_of_plan(workspace, day, mine) for day in days).sort("account_id", "as_of")
            write(frame, file)
            _settle(file)
        except BaseException:
            store.give_back(list(mine), now + HELD)
            raise
        store.note_tries([Delivery(one, now, FILE, delivered=True) for one in frame["recommendation_id"]])
        return HandedOut(frame.height, file, store.sending(now))


def _taken(store: Store, as_of: datetime, now: datetime) -> dict[str, Queued]:
    """What is to be sent and is now in our hands, by id."""
    waiting = {one.recommendation_id: one for one in store.to_send(now) if one.as_of <= as_of}
    return {one: waiting[one] for one in store.take(waiting, now, now + HELD)}


def _of_plan(workspace: Workspace, as_of: datetime, ids: Collection[str]) -> pl.DataFrame:
    """The rows of these recommendations that are of that day, as its plan was published."""
    plan = published_plan(workspace, as_of)
    if plan is None:
        raise NothingToSendYet(as_of)
    return to_send(plan.recommendations).filter(pl.col("recommendation_id").is_in(sorted(ids)))


def _settle(file: Path) -> None:
    """Have the disk keep the file before the store says that it is there."""
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())
