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
from consumption.jobs.published import PlanNotHere, published_plan
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
    """What was written, how all that was ever queued stands then, and of which days the plans are not here."""

    rows: int
    file: Path
    standing: Sending
    gone: tuple[datetime, ...] = ()

    @property
    def text(self) -> str:
        """The result in a sentence."""
        left = [f"{self.standing.to_send:,} more are to be sent"] if self.standing.to_send else []
        why = "never will be: too late, answered, or not fitting any more"
        left += [f"{self.standing.never:,} {why}"] if self.standing.never else []
        days = ", ".join(f"{day:%Y-%m-%d}" for day in self.gone)
        left += [f"what the plan of {days} sends is left out: its files are gone from here"] if days else []
        return "; ".join([f"{self.rows:,} rows to {self.file}", *left])


def to_send(recommendations: pl.DataFrame) -> pl.DataFrame:
    """What runs by itself and is to be sent to the product or the campaign tool: one row an action, by account."""
    sent = recommendations.filter((pl.col("delivery") == SELF_SERVICE) & (pl.col("action") != NONE))
    return sent.select(TO_SEND).sort("account_id")


def hand_out(workspace: Workspace, file: Path, *, as_of: datetime, now: datetime) -> HandedOut:
    """Write what is to be sent, of published plans up to `as_of`, and note it as sent; nothing comes twice.

    It is noted once the file is safely there: who is killed between the two writes the same rows again the next time,
    under the same ids. An earlier day whose plan is not here any more is left out, and named. Raises
    `NothingToSendYet` before that day is published, `PlanNotHere` where its own plan is gone, `FileIsThere` in place
    of overwriting.
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
            found = {day: plan for day in days if (plan := _of_plan(workspace, day, mine)) is not None}
            frame = pl.concat(found.values()).sort("account_id", "as_of")
            write(frame, file)
            _settle(file)
        except BaseException:
            store.give_back(list(mine), now + HELD)
            raise
        store.note_tries([Delivery(one, now, FILE, delivered=True) for one in frame["recommendation_id"]])
        store.give_back(sorted(set(mine) - set(frame["recommendation_id"])), now + HELD)
        return HandedOut(frame.height, file, store.sending(now), tuple(day for day in days if day not in found))


def _taken(store: Store, as_of: datetime, now: datetime) -> dict[str, Queued]:
    """What is to be sent and is now in our hands, by id."""
    waiting = {one.recommendation_id: one for one in store.to_send(now) if one.as_of <= as_of}
    return {one: waiting[one] for one in store.take(waiting, now, now + HELD)}


def _of_plan(workspace: Workspace, as_of: datetime, ids: Collection[str]) -> pl.DataFrame | None:
    """The rows of these recommendations that are of that day, as its plan was published; None where that is gone."""
    try:
        plan = published_plan(workspace, as_of)
    except PlanNotHere:
        return None
    if plan is None:
        return None
    return to_send(plan.recommendations).filter(pl.col("recommendation_id").is_in(sorted(ids)))


def _settle(file: Path) -> None:
    """Have the disk keep the file before the store says that it is there."""
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())
    if os.name == "posix":  # Its name too, which the folder holds; elsewhere no folder can be opened.
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
