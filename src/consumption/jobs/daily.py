"""The daily job: what came in, what people did, then a new plan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.jobs.drift import Tell, told_later, watch
from consumption.jobs.ingest import ingest_sources
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from consumption.jobs.publish import PublishDone, publish
from consumption.jobs.recommend import make_draft
from consumption.jobs.retention import keep_retention
from consumption.jobs.telling import told
from consumption.lake.delta import Lake


@dataclass(frozen=True)
class DailyDone:
    """What the daily job did."""

    sources: dict[str, str]
    decisions: int
    responses: int
    published: PublishDone
    watched: str = ""

    @property
    def text(self) -> str:
        """The result, a line a step."""
        lines = [f"{table}: {said}" for table, said in self.sources.items()]
        lines.append(f"{self.decisions:,} decisions and {self.responses:,} responses to the lake")
        return "\n".join([*lines, *filter(None, [self.watched]), self.published.text])


def daily(
    workspace: Workspace, *, as_of: datetime, now: datetime, tell: Tell = told_later, progress: Progress = silent
) -> DailyDone:
    """Read the sources that settings name, learn what people did, make the plan of the day and publish it.

    `tell` lets the model registry know where another model ranks from today on: see `drift.watch`.
    """
    sources = {table: told(done) for table, done in ingest_sources(workspace, now=now, progress=progress).items()}
    decisions, responses = remember(workspace)
    watched = ""
    if not _published(workspace, as_of):
        # Before the plan: where a new model turns out worse, the one before it ranks from today on.
        watched = watch(workspace, as_of=as_of, tell=tell, progress=progress).text
        make_draft(workspace, as_of=as_of, progress=progress)
    done = publish(workspace, as_of=as_of, now=now, progress=progress)
    keep_retention(workspace, as_of)
    lake_of(workspace).compact()
    return DailyDone(sources, decisions, responses, done, watched)


def remember(workspace: Workspace) -> tuple[int, int]:
    """Append decisions and responses of the store to the lake, each once; everything upstream reads those."""
    lake = lake_of(workspace)
    with store_of(workspace) as store:
        decisions, responses = store.decisions_since(), store.responses_since()
    return _append(lake, "decisions", decisions), _append(lake, "responses", responses)


def _append(lake: Lake, table: str, rows: pl.DataFrame) -> int:
    key = f"{table.removesuffix('s')}_id"
    new = rows.join(lake.scan(table).select(key).collect(), on=key, how="anti")
    if new.is_empty():
        return 0
    source = hashlib.sha256("\n".join([table, *new[key].sort()]).encode()).hexdigest()
    return new.height if lake.append(table, new, source=source) else 0


def _published(workspace: Workspace, as_of: datetime) -> bool:
    """Whether that day, or a later one, is published: its plan is not made anew."""
    with store_of(workspace) as store:
        latest = store.latest_as_of()
    return latest is not None and latest >= as_of
