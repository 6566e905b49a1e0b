"""Let the model before rank again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consumption.config import Workspace
from consumption.jobs.opening import signals_of, usage_rules
from consumption.jobs.registering import told_or_why
from consumption.models import served
from consumption.models.loading import load_model
from consumption.models.motion import Motion


@dataclass(frozen=True)
class InCharge:
    """Which version ranks a motion now, and which did before; `note`: what could not be done, in a sentence."""

    motion: Motion
    version: str
    previous: str
    note: str = ""

    @property
    def text(self) -> str:
        """The result in sentences."""
        before = f"; before it, version {self.previous} did" if self.previous else ""
        said = f"{self.motion}: version {self.version} ranks from the next list on{before}."
        return f"{said} {self.note}".rstrip()


def rollback(workspace: Workspace, motion: Motion, *, now: datetime | None = None) -> InCharge:
    """Lets the version that ranked before rank again; again, it returns.

    `now`: when that was decided. It is kept that a person did: no machine undoes it. It needs no tracking server: one
    that is away is told later. Raises NoSuchModel where there was none before, StaleModel where
    that one was trained on other signals than today's.
    """
    ranks = served.pointer(workspace.models, motion)
    if ranks is None or not served.is_kept(workspace.models, motion, ranks.previous or "-"):
        raise served.NoSuchModel(motion, ranks.previous if ranks else "")
    before = load_model(workspace.models / motion / ranks.previous)
    served.refuse_other_signals(before, signals_of(workspace), usage_rules(workspace))
    back = served.go_back(workspace.models, motion, served.Said("person", "A person went back to it.", now))
    return InCharge(motion, back.version, back.previous, told_or_why(workspace, motion))
