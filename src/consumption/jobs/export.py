"""Write what was computed to a file, with exactly the documented columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.by_product import by_product
from consumption.features.disagreement import disagreements
from consumption.features.kept_tiles import KeptTiles
from consumption.features.peer_groups import peer_groups
from consumption.features.population import population
from consumption.features.rules import UsageRules
from consumption.features.stage import journey
from consumption.features.whitespace import whitespace
from consumption.jobs import drafts
from consumption.jobs.handing_out import NothingToSendYet, to_send
from consumption.jobs.keys import store_of
from consumption.jobs.opening import lake_of
from consumption.jobs.published import published_plan
from consumption.jobs.recommend import current_draft, make_draft
from consumption.jobs.snapshots import Making, refuse_before_the_first_event, snapshots
from consumption.jobs.writing import refuse_ending, write
from consumption.lake.history import History
from consumption.tables import EFFECTS, RECOMMENDED, TIMESTAMP

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
OWN_CHOICES: Mapping[str, pl.DataType] = {
    "decision_id": pl.String(),
    "account_id": pl.String(),
    "timestamp": TIMESTAMP,
    "action": pl.String(),
    "own_words": pl.String(),
    "reason": pl.String(),
    "actor": pl.String(),
    "recorded_at": TIMESTAMP,
    "undone_at": TIMESTAMP,
}


def export(workspace: Workspace, what: str, file: Path, *, as_of: datetime, progress: Progress = silent) -> int:
    """Write one table to a file and give its number of rows; a plan that was not made yet is made, as a draft.

    Of a day that is published it is the plan that was published. What is to be sent comes from no other, for it
    leaves: raises `NothingToSendYet`. All of that plan's is listed, and noted nowhere (each once: `handing_out`).
    """
    refuse_ending(file)
    frame = _frame(workspace, what, as_of, progress)
    write(frame, file)
    return frame.height


def effects_from(workspace: Workspace, as_of: datetime) -> str:
    """Where the effects of that day's plan come from, as the plan was made; empty where there is none."""
    draft = current_draft(workspace, as_of)
    return str(draft.about["notes"][-1]) if draft else ""


def _frame(workspace: Workspace, what: str, as_of: datetime, progress: Progress) -> pl.DataFrame:
    if what in FROM_USE:
        return _from_use(workspace, what, as_of, progress)
    if what in FROM_STORE:
        return FROM_STORE[what](workspace, as_of)
    if what == "snapshot":
        return snapshots(workspace, [as_of], progress=progress)[as_of]
    told = lake_of(workspace).history().without_events()
    if what == "disagreements":
        made = snapshots(workspace, [as_of], progress=progress)[as_of]
        return disagreements(made, population(told, as_of, currency=workspace.settings.currency))
    if what == "whitespace":
        refuse_before_the_first_event(lake_of(workspace), as_of)
        return whitespace(peer_groups(told.collect(), as_of, currency=workspace.settings.currency))
    draft = current_draft(workspace, as_of) or make_draft(workspace, as_of=as_of, progress=progress)
    return FROM_DRAFT[what](draft)


def _own_choices(workspace: Workspace, as_of: datetime) -> pl.DataFrame:
    """What people did by themselves, told until the end of that day, oldest first; what was taken back too."""
    with store_of(workspace) as store:
        found = store.every_own_choice()
    rows = [vars(one) | {"action": None, "own_words": one.action} if one.in_own_words else vars(one) for one in found]
    table = pl.DataFrame([{name: row.get(name) for name in OWN_CHOICES} for row in rows], schema=OWN_CHOICES)
    over = as_of + timedelta(days=1)
    told = table.filter(pl.col("recorded_at") < over)
    undone = pl.when(pl.col("undone_at") < over).then("undone_at")
    return told.with_columns(undone_at=undone).sort("recorded_at", "decision_id")


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


# What is kept in the store, and not made.
FROM_STORE: Mapping[str, Callable[[Workspace, datetime], pl.DataFrame]] = {
    "own_choices": _own_choices,
    "to_send": _logged,
}
