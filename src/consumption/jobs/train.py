"""Train on the past as it was known, and let the gate decide which model ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.signal_set import fingerprints
from consumption.jobs.one_training import one_training
from consumption.jobs.opening import lake_of, signals_of, usage_rules
from consumption.jobs.registering import mended_registry_of, put_in_charge
from consumption.jobs.shadow import keep_challenger, keep_reference
from consumption.jobs.training_set import Told, told_at, training_set
from consumption.jobs.week import accounts_a_week
from consumption.models import served
from consumption.models.heads.between import with_doubt
from consumption.models.heads.search import optuna_or_refuse
from consumption.models.loading import load_model
from consumption.models.model import Model, StaleModel
from consumption.models.motion import Motion
from consumption.models.registry import Registry
from consumption.models.training import Trained, TrainingRules
from consumption.models.training import train as train_motion
from consumption.models.versions import Logged

__all__ = ["TrainingDone", "train", "training_set"]


@dataclass(frozen=True)
class TrainingDone:
    """What one motion's training found, and the version that ranks from now on.

    `trained` is None where an earlier try had done this motion before it was killed.
    """

    motion: Motion
    version: str
    words: tuple[str, ...]
    trained: Trained | None = None

    @property
    def text(self) -> str:
        """The result in sentences."""
        return f"{self.motion} (version {self.version} ranks): {' '.join(self.words)}"


def train(
    workspace: Workspace,
    *,
    motions: Sequence[Motion],
    as_of: datetime,
    approve: bool = False,
    search_seconds: float = 0.0,
    progress: Progress = silent,
) -> list[TrainingDone]:
    """Train each motion on what was known at `as_of`; what wins the gate ranks from now on.

    `approve`: a winner ranks even where more than half of the lists change. `search_seconds`: of looking for better
    settings of the trees first, shared evenly by the motions (0: none). Raises NoLabels, SearchNotInstalled,
    TrainingUnderWay, LeakFound. After a kill the same training goes on where it was: snapshots that were made are
    kept, and a motion that was done is.
    """
    if search_seconds:
        optuna_or_refuse()
    known = told_at(workspace, as_of)
    rules = TrainingRules(
        approved=approve,
        search_seconds=search_seconds / len(motions),
        k=accounts_a_week(workspace, known.history),
    )
    with one_training(workspace.models, _what(workspace, as_of, rules)) as underway:
        left = [motion for motion in motions if motion not in underway.done]
        made = {}
        for done in _trained(workspace, left, known, rules, progress) if left else ():
            made[done.motion] = done
            underway.finished(done.motion, {"version": done.version, "words": done.words})
        return [made.get(motion) or _done_before(motion, underway.done[motion]) for motion in motions]


def _trained(
    workspace: Workspace,
    motions: Sequence[Motion],
    known: Told,
    rules: TrainingRules,
    progress: Progress,
) -> Iterator[TrainingDone]:
    # Missing rights or a tracking server that is away are said before the work, not after it.
    registry = mended_registry_of(workspace)
    with registry.training(motions, known.as_of) as runs:
        data = training_set(workspace, known.as_of, progress, known)
        trained: Trained | None = None
        for number, motion in enumerate(motions):
            champion = _ranks(workspace, motion)
            trained = train_motion(
                motion,
                data,
                seed=workspace.settings.seed,
                rules=rules,
                champion=champion,
                leaver=None if motion == "help" else _champion(workspace, "help"),
                other=trained,
                progress=progress,
            )
            trained = with_doubt(trained)
            progress("models to MLflow", number, len(motions))
            logged = registry.log_training(trained, runs[motion], champion)
            _keep(workspace, registry, trained, logged)
            registry.end(motion, runs[motion])
            progress("models to MLflow", number + 1, len(motions))
            now = served.pointer(workspace.models, motion)
            words = (*trained.words, *_to_approve(trained, logged))
            yield TrainingDone(motion, now.version if now else "", words, trained)


def _keep(workspace: Workspace, registry: Registry, trained: Trained, logged: Logged) -> None:
    """Let the winner rank, and keep the one that lost to be scored beside it."""
    if logged.champion:
        keep_reference(workspace, trained.motion, logged.champion, trained.data)
        put_in_charge(workspace, registry, trained.model, logged.champion)
    if logged.challenger and trained.ranker is not None:
        keep_challenger(workspace, trained.ranker, logged.challenger, trained.data)


def _to_approve(trained: Trained, logged: Logged) -> Iterator[str]:
    """What somebody has to say for a winner to rank that waits."""
    if trained.verdict and trained.verdict.waits and logged.challenger:
        yield (
            f"To approve of it: consumption promote {trained.motion} {logged.challenger} --yes "
            f"(consumption compare --motion {trained.motion} shows both)."
        )


def _what(workspace: Workspace, as_of: datetime, rules: TrainingRules) -> dict[str, Any]:
    """What a training is of: one that was killed is gone on with only where all of this is the same."""
    return {
        "as_of": as_of.isoformat(),
        "approve": rules.approved,
        "search": rules.search_seconds,
        "k": rules.k,
        "data": lake_of(workspace).versions(),
        "signals": fingerprints(signals_of(workspace), usage_rules(workspace)),
        "settings": workspace.settings.model_dump(mode="json"),
    }


def _done_before(motion: Motion, done: dict[str, Any]) -> TrainingDone:
    words = (*done["words"], "It was done before the training was stopped.")
    return TrainingDone(motion, done["version"], words)


def _ranks(workspace: Workspace, motion: Motion) -> Model | None:
    """What ranks today, on whatever definitions: training says why one is no opponent."""
    now = served.pointer(workspace.models, motion)
    try:
        return load_model(workspace.models / motion / now.version) if now else None
    except StaleModel:
        return None  # of another edition: nobody can read it any more


def _champion(workspace: Workspace, motion: Motion) -> Model | None:
    """What ranks today, where it can: a model on older definitions cannot."""
    try:
        return served.load_served(workspace.models, motion, signals_of(workspace), usage_rules(workspace))
    except StaleModel:
        return None
