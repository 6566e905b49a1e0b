"""Let a version rank."""

from __future__ import annotations

from datetime import datetime

from consumption.config import Workspace
from consumption.errors import ConsumptionError
from consumption.jobs.lists import staying
from consumption.jobs.opening import lake_of, signals_of, usage_rules
from consumption.jobs.registering import registered, told_or_why
from consumption.jobs.rollback import InCharge
from consumption.jobs.to_rank import to_rank
from consumption.models import served
from consumption.models.judging.gate import LEAST_OVERLAP
from consumption.models.loading import versioned
from consumption.models.model import Model, StaleModel
from consumption.models.motion import Motion
from consumption.models.rows import scoring_rows


class ListsWouldChange(ConsumptionError):
    """Under half of the lists would stay, and nobody has said that they may change."""

    status = 409

    def __init__(self, motion: Motion, version: str, share: float) -> None:
        super().__init__(
            problem=f"with version {version} only {share:.0%} of the {motion} lists would stay as they are",
            remedy=f"look at both (consumption compare --motion {motion}), then say that they may change: "
            f"consumption promote {motion} {version} --yes",
        )


def promote(
    workspace: Workspace, motion: Motion, version: str, *, yes: bool = False, now: datetime | None = None
) -> InCharge:
    """Lets a registered version rank from the next list on; the one before can be had back (`rollback`).

    `yes`: even where under half of the lists would stay. `now`: when that was decided. It is kept that a person did:
    the daily job leaves such a model where it is. Raises NoSuchModel, StaleModel, ListsWouldChange.
    """
    before = served.pointer(workspace.models, motion)
    model = registered(workspace, motion, version)
    served.refuse_other_signals(model, signals_of(workspace), usage_rules(workspace))
    if before is None or before.version != version:
        share = _staying(workspace, motion, model)
        if share < LEAST_OVERLAP and not yes:
            raise ListsWouldChange(motion, version, share)
    served.keep(workspace.models, versioned(model, version))
    why = "A person promoted it, whatever became of the lists." if yes else "A person promoted it."
    made = served.promote(workspace.models, motion, version, served.Said("person", why, now))
    return InCharge(motion, made.version, made.previous, told_or_why(workspace, motion))


def _staying(workspace: Workspace, motion: Motion, model: Model) -> float:
    """The share of the lists that would stay, by the latest snapshot kept; 1 where there is none to tell by."""
    signals, rules = signals_of(workspace), usage_rules(workspace)
    lake = lake_of(workspace)
    moment = max((at for at, _ in lake.snapshots()), default=None)
    snapshot = lake.read_snapshot(moment) if moment else None
    if moment is None or snapshot is None or not {*model.about.signals} <= {*snapshot.columns}:
        return 1.0
    try:
        ranks = served.load_served(workspace.models, motion, signals, rules)
        leaver = None if motion == "help" else served.load_served(workspace.models, "help", signals, rules)
    except StaleModel:
        return 1.0  # what ranks today can rank no longer: there are no lists that could stay
    told = lake.history().without_events().collect()
    people = to_rank(workspace, told, snapshot, moment)
    return staying(workspace, scoring_rows(snapshot, people), ranks, model, leaver)
