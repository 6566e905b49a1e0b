"""Two versions of a motion's model side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.errors import ConsumptionError
from consumption.jobs.opening import signals_of, usage_rules
from consumption.jobs.registering import registered, registry_of
from consumption.jobs.training_set import training_set
from consumption.jobs.week import accounts_a_week
from consumption.models import served
from consumption.models.judging.comparison import Comparison
from consumption.models.judging.comparison import compare as side_by_side
from consumption.models.loading import versioned
from consumption.models.motion import Motion
from consumption.models.training import USUAL_RULES
from consumption.models.versions import CHALLENGER, NoRights, Record, RegistryUnreachable, Version


class NothingToCompare(ConsumptionError):
    """There is one version at most."""

    status = 409

    def __init__(self, motion: Motion) -> None:
        super().__init__(
            problem=f"there is no challenger for {motion}, and none that ranked before",
            remedy=f"train once more (consumption train --motion {motion}), or name two versions",
        )


@dataclass(frozen=True)
class CompareDone:
    """Two versions compared: `found` has the figures, `known` all versions there are, `text` all in words."""

    motion: Motion
    versions: tuple[str, str]
    found: Comparison
    known: tuple[Version, ...] = ()

    @property
    def text(self) -> str:
        """Tables, what the gate says, and what they differ in."""
        listed = [f"  {v.version:<4}{v.kind:<10}{v.as_of[:10]}  {', '.join(v.aliases)}".rstrip() for v in self.known]
        head = f"{self.motion}: version {self.versions[0]} and version {self.versions[1]}"
        return "\n".join([head, self.found.text, *(["", "Versions:", *listed] if listed else [])])


def compare(
    workspace: Workspace,
    motion: Motion,
    versions: tuple[str, str] | None = None,
    *,
    as_of: datetime,
    progress: Progress = silent,
) -> CompareDone:
    """Both versions on the test rows as of a day; by default the champion and its challenger (or who was before it).

    Raises NothingToCompare, NoSuchModel, StaleModel where one was trained on other signals than today's.
    """
    chosen = versions or _champion_and_other(workspace, motion)
    models = []
    for version in chosen:
        model = versioned(registered(workspace, motion, version), version)
        served.refuse_other_signals(model, signals_of(workspace), usage_rules(workspace))
        models.append(model)
    leaver = None if motion == "help" else served.load_served(
        workspace.models, "help", signals_of(workspace), usage_rules(workspace)
    )  # fmt: skip
    found = side_by_side(
        (models[0], models[1]),
        training_set(workspace, as_of, progress),
        rules=replace(USUAL_RULES, k=accounts_a_week(workspace)),
        seed=workspace.settings.seed,
        records=(_record(workspace, motion, chosen[0]), _record(workspace, motion, chosen[1])),
        leaver=leaver,
    )
    return CompareDone(motion, chosen, found, _known(workspace, motion))


def _champion_and_other(workspace: Workspace, motion: Motion) -> tuple[str, str]:
    now = served.pointer(workspace.models, motion)
    if now is None:
        raise NothingToCompare(motion)
    try:
        challenger = registry_of(workspace).version(motion, CHALLENGER)
    except (RegistryUnreachable, NoRights):
        challenger = None
    other = challenger or now.previous
    if not other:
        raise NothingToCompare(motion)
    return now.version, other


def _known(workspace: Workspace, motion: Motion) -> tuple[Version, ...]:
    try:
        return tuple(registry_of(workspace).versions(motion))
    except (RegistryUnreachable, NoRights):
        return ()


def _record(workspace: Workspace, motion: Motion, version: str) -> Record:
    """What a version was made with; nothing where the registry is away, or does not know it."""
    try:
        return registry_of(workspace).record(motion, version)
    except (RegistryUnreachable, NoRights):
        return Record()
