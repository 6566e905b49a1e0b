"""Check the workspace's catalogue of actions: every mistake with its line, and for how many accounts each is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.actions.catalogue import Catalogue
from consumption.config import Workspace
from consumption.jobs import drafts
from consumption.jobs.keys import store_of
from consumption.jobs.opening import catalogue_of

BLANK = "no plan was made yet, so it is not known for how many accounts each is open (consumption recommend)"


@dataclass(frozen=True)
class ActionsChecked:
    """A catalogue without mistakes; `eligible`: of how many accounts each action is open in the latest plan shown."""

    catalogue: Catalogue
    accounts: int
    eligible: dict[str, int]
    as_of: datetime | None

    @property
    def text(self) -> str:
        """A line an action, then what nobody can get, and a summary."""
        actions = self.catalogue.actions
        width = max((len(action.id) for action in actions), default=0)
        lines = []
        for action in actions:
            hours = action.hours + action.travel_hours
            what = "by itself" if action.delivery == "self_service" else f"{hours:g} hours"
            fits = f", fits {self.eligible.get(action.id, 0):,} of {self.accounts:,} accounts" if self.as_of else ""
            lines.append(f"{action.id:<{width}}  {what}, {action.service_line}{fits}")
        idle = [action.id for action in actions if self.as_of and not self.eligible.get(action.id)]
        if idle:
            lines.append(f"nobody can get: {', '.join(idle)}; see their conditions")
        known = f"as of {self.as_of:%Y-%m-%d}" if self.as_of else BLANK
        return "\n".join([*lines, "", f"{len(actions):,} actions, no mistakes; {known}"])


def check_actions(workspace: Workspace) -> ActionsChecked:
    """Read the catalogue; raises WrongCatalogue, which names every mistake with its line and what was meant."""
    catalogue = catalogue_of(workspace)
    with store_of(workspace) as store:
        as_of = store.latest_as_of()
    draft = drafts.load(workspace.drafts, as_of) if as_of else None
    if draft is None:
        return ActionsChecked(catalogue, 0, {}, None)
    fits = draft.effects.filter("eligible").group_by("action").agg(pl.len())
    return ActionsChecked(catalogue, draft.ranked.height, dict(fits.iter_rows()), as_of)
