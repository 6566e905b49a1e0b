"""The daily job: what came in, what people did, then a new plan, and what of it needs nobody is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs import remembered
from consumption.jobs.drift import Tell, told_later, watch
from consumption.jobs.ingest import ingest_sources
from consumption.jobs.keys import store_of
from consumption.jobs.not_yet import refuse_a_day_to_come
from consumption.jobs.opening import lake_of
from consumption.jobs.proof import freeze
from consumption.jobs.publish import PublishDone, publish
from consumption.jobs.recommend import make_draft
from consumption.jobs.retention import keep_retention
from consumption.jobs.telling import told


@dataclass(frozen=True)
class DailyDone:
    """What the daily job did."""

    sources: dict[str, str]
    decisions: int
    responses: int
    published: PublishDone
    watched: str = ""
    sent: str = ""

    @property
    def text(self) -> str:
        """The result, a line a step."""
        lines = [f"{table}: {said}" for table, said in self.sources.items()]
        lines.append(f"{self.decisions:,} decisions and {self.responses:,} responses to the lake")
        return "\n".join([*lines, *filter(None, [self.watched, self.published.text, self.sent])])


def nowhere() -> str:
    """Nothing is sent: it waits for `consumption send`."""
    return ""


def daily(
    workspace: Workspace,
    *,
    as_of: datetime,
    now: datetime,
    tell: Tell = told_later,
    send: Callable[[], str] = nowhere,
    progress: Progress = silent,
) -> DailyDone:
    """Read the sources that settings name, learn what people did, make the plan of the day and publish it.

    `tell` lets the model registry know where another model ranks from today on: see `drift.watch`. `send` sends what
    nobody carries out, of this plan and of those before, and says what became of it. Raises `NotYet` for a day to
    come, before anything is read.
    """
    refuse_a_day_to_come(as_of, now)
    sources = {table: told(done) for table, done in ingest_sources(workspace, now=now, progress=progress).items()}
    decisions, responses = remember(workspace)
    freeze(workspace, as_of=as_of)
    watched = ""
    if not _published(workspace, as_of):
        # Before the plan: where a new model turns out worse, the one before it ranks from today on.
        watched = watch(workspace, as_of=as_of, tell=tell, progress=progress).text
        make_draft(workspace, as_of=as_of, progress=progress)
    done = publish(workspace, as_of=as_of, now=now, progress=progress)
    keep_retention(workspace, as_of)
    lake_of(workspace).compact()
    sent = send()  # Last: whatever a receiver does, the day's work is done.
    return DailyDone(sources, decisions, responses, done, watched, sent)


def remember(workspace: Workspace) -> tuple[int, int]:
    """Append what is new of the store's decisions and responses to the lake, each once; all upstream reads those."""
    lake, root = lake_of(workspace), workspace.root
    with store_of(workspace) as store:
        decisions = store.decisions_since(remembered.since(root, lake, "decisions"))
        responses = store.responses_since(remembered.since(root, lake, "responses"))
    added = remembered.append(root, lake, "decisions", decisions)
    return added, remembered.append(root, lake, "responses", responses)


def _published(workspace: Workspace, as_of: datetime) -> bool:
    """Whether that day, or a later one, is published: its plan is not made anew."""
    with store_of(workspace) as store:
        latest = store.latest_as_of()
    return latest is not None and latest >= as_of
