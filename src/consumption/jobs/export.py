"""Write what was computed to a file, with exactly the documented columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from consumption.actions.terms import NONE, SELF_SERVICE
from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.features.by_product import by_product
from consumption.features.disagreement import disagreements
from consumption.features.kept_tiles import KeptTiles
from consumption.features.peer_groups import peer_groups
from consumption.features.population import population
from consumption.features.rules import UsageRules
from consumption.features.stage import journey
from consumption.features.whitespace import whitespace
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from consumption.jobs.published import published_plan
from consumption.jobs.recommend import current_draft, make_draft
from consumption.jobs.snapshots import Making, refuse_before_the_first_event, snapshots
from consumption.lake.history import History
from consumption.tables import EFFECTS, RECOMMENDED

_OfGroup = Callable[[History, datetime, UsageRules, KeptTiles | None], pl.DataFrame]

ACCOUNTS = (
    "account_id",
    "as_of",
    "help_probability",
    "expand_probability",
    "help_rank",
    "expand_rank",
    "value_at_stake",
    "value_to_gain",
    "ranked_by",
)
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
FROM_DRAFT: Mapping[str, Callable[[drafts.Draft], pl.DataFrame]] = {
    "accounts": lambda draft: draft.ranked.select(ACCOUNTS).sort("account_id"),
    "effects": lambda draft: draft.effects.select(*EFFECTS.schema),
    "recommendations": lambda draft: draft.recommendations.select(*RECOMMENDED.schema),
}
# What the rows of a group are made by, and what they are sorted by when all groups are there.
FROM_USE: Mapping[str, tuple[_OfGroup, tuple[str, ...]]] = {
    "products": (by_product, ("account_id", "product")),
    "journey": (journey, ("account_id", "due_on", "step")),
}
WRITERS: Mapping[str, Callable[[pl.DataFrame, Path], None]] = {
    ".parquet": lambda frame, file: frame.write_parquet(file),
    ".csv": lambda frame, file: frame.write_csv(file),
    ".ndjson": lambda frame, file: frame.write_ndjson(file),
}


class NothingToSendYet(ConsumptionError):
    """What runs by itself was asked for before its decisions were logged."""

    status = 409

    def __init__(self, as_of: datetime) -> None:
        super().__init__(
            f"the plan of {as_of:%Y-%m-%d} is not published, so what it would send is in no log yet",
            "log and show it first: consumption publish",
        )


class UnknownEnding(ConsumptionError):
    """A file's ending names no format that is written."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file.name} has no ending that is known", f"end it in {', '.join(WRITERS)}")


def export(workspace: Workspace, what: str, file: Path, *, as_of: datetime, progress: Progress = silent) -> int:
    """Write one table to a file and give its number of rows; a plan that was not made yet is made, as a draft.

    Of a day that is published it is the plan that was published. What is to be sent comes from no other, for it
    leaves: raises `NothingToSendYet`.
    """
    write = WRITERS.get(file.suffix.lower())
    if write is None:
        raise UnknownEnding(file)
    frame = _frame(workspace, what, as_of, progress)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole: who reads the file never sees half of it.
    part = file.with_name(f".{file.name}.part")
    write(frame, part)
    part.replace(file)
    return frame.height


def effects_from(workspace: Workspace, as_of: datetime) -> str:
    """Where the effects of that day's plan come from, as the plan was made; empty where there is none."""
    draft = current_draft(workspace, as_of)
    return str(draft.about["notes"][-1]) if draft else ""


def to_send(recommendations: pl.DataFrame) -> pl.DataFrame:
    """What runs by itself and is to be sent to the product or the campaign tool: one row an action, by account."""
    sent = recommendations.filter((pl.col("delivery") == SELF_SERVICE) & (pl.col("action") != NONE))
    return sent.select(TO_SEND).sort("account_id")


def _frame(workspace: Workspace, what: str, as_of: datetime, progress: Progress) -> pl.DataFrame:
    if what in FROM_USE:
        return _from_use(workspace, what, as_of, progress)
    if what == "snapshot":
        return snapshots(workspace, [as_of], progress=progress)[as_of]
    told = lake_of(workspace).history().without_events()
    if what == "disagreements":
        made = snapshots(workspace, [as_of], progress=progress)[as_of]
        return disagreements(made, population(told, as_of, currency=workspace.settings.currency))
    if what == "whitespace":
        refuse_before_the_first_event(lake_of(workspace), as_of)
        return whitespace(peer_groups(told.collect(), as_of, currency=workspace.settings.currency))
    if what == "to_send":
        return _logged(workspace, as_of)
    draft = current_draft(workspace, as_of) or make_draft(workspace, as_of=as_of, progress=progress)
    return FROM_DRAFT[what](draft)


def _logged(workspace: Workspace, as_of: datetime) -> pl.DataFrame:
    """What is to be sent of the published plan, as far as its decisions stand in the log."""
    plan = published_plan(workspace, as_of)
    if plan is None:
        raise NothingToSendYet(as_of)
    with store_of(workspace) as store:
        log = store.decisions_since().select(recommendation_id="decision_id")
    return to_send(plan.recommendations.join(log, on="recommendation_id", how="semi", maintain_order="left"))


def _from_use(workspace: Workspace, what: str, as_of: datetime, progress: Progress) -> pl.DataFrame:
    """Rows made from tables and kept tiles, a group of buckets at a time, in an order that no grouping changes."""
    rows, order = FROM_USE[what]
    refuse_before_the_first_event(lake_of(workspace), as_of)
    making = Making.of(workspace, as_of, progress=progress)
    made = making.over_groups(lambda history, kept: rows(history, as_of, making.rules, kept), what=what)
    return made.sort(order)
