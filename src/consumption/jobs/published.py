"""The plan that was published of a moment: it stays what people saw and what was logged."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.jobs import drafts
from consumption.jobs.keys import store_of


class PlanIsPublished(ConsumptionError):
    """A plan was to be made of a moment whose plan is published."""

    status = 409

    def __init__(self, as_of: datetime) -> None:
        super().__init__(
            f"the plan of {as_of:%Y-%m-%d} is published: what people saw and what was logged stays as it was",
            "make the plan of a later day (--as-of), or solve the week again without keeping it: consumption plan",
        )


class PlanNotHere(ConsumptionError):
    """A plan was published, and its files are not in this workspace."""

    status = 409

    def __init__(self, as_of: datetime, root: Path) -> None:
        super().__init__(
            f"the plan of {as_of:%Y-%m-%d} is published, but is not among the files of this workspace ({root})",
            "bring the folder of that day back from a backup; no other plan can stand in for it",
        )


def refuse_if_published(workspace: Workspace, as_of: datetime) -> None:
    """Raise `PlanIsPublished` where the plan of that moment was shown."""
    with store_of(workspace) as store:
        if store.is_published(as_of):
            raise PlanIsPublished(as_of)


def published_plan(workspace: Workspace, as_of: datetime) -> drafts.Draft | None:
    """The plan of that moment as it was published; None where none was.

    Raises `PlanNotHere` where its files are gone: another plan of that moment is not the one people saw.
    """
    with store_of(workspace) as store:
        if not store.is_published(as_of):
            return None
    draft = drafts.load(workspace.drafts, as_of)
    if draft is None:
        raise PlanNotHere(as_of, workspace.drafts)
    return draft
