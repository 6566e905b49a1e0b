"""Train on the past as it was known, and let the gate decide which model ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumption.config import Workspace
from consumption.engines.progress import Progress, silent
from consumption.features.labels import label, losses, told_by
from consumption.features.population import population
from consumption.jobs.opening import label_rules, lake_of, signals_of, usage_rules
from consumption.jobs.registering import registry_of
from consumption.jobs.snapshots import refuse_before_the_first_event, snapshots
from consumption.lake.delta import Lake
from consumption.models import served
from consumption.models.dataset import TrainingSet, build
from consumption.models.horizon import HORIZONS, Horizon, Windows, choose_horizon
from consumption.models.model import Model, StaleModel
from consumption.models.motion import Motion
from consumption.models.training import Trained
from consumption.models.training import train as train_motion


@dataclass(frozen=True)
class TrainingDone:
    """What one motion's training found, and the version that ranks from now on."""

    version: str
    trained: Trained

    @property
    def text(self) -> str:
        """The result in sentences."""
        return f"{self.trained.motion} (version {self.version} ranks): {' '.join(self.trained.words)}"


def train(
    workspace: Workspace, *, motions: Sequence[Motion], as_of: datetime, progress: Progress = silent
) -> list[TrainingDone]:
    """Train each motion on what was known at `as_of`; what wins the gate ranks from now on."""
    # Missing rights or a tracking server that is away are said before the work, not after it.
    registry = registry_of(workspace)
    data = training_set(workspace, as_of, progress)
    done: list[TrainingDone] = []
    for motion in motions:
        champion = _champion(workspace, motion)
        trained = train_motion(
            motion,
            data,
            seed=workspace.settings.seed,
            champion=champion,
            progress=lambda what: progress(what, 0, 1),
        )
        progress("models to MLflow", len(done), len(motions))
        logged = registry.log_training(trained)
        done.append(TrainingDone(_serve(workspace, trained, logged.champion), trained))
        progress("models to MLflow", len(done), len(motions))
    return done


def training_set(workspace: Workspace, as_of: datetime, progress: Progress = silent) -> TrainingSet:
    """Snapshots with what became of each account, as far back as telemetry goes, by everything known at `as_of`."""
    lake = lake_of(workspace)
    first = refuse_before_the_first_event(lake, as_of)
    horizon = _horizon(workspace, lake, first, as_of)
    made = snapshots(workspace, horizon.dates, progress=progress) if horizon.dates else {}
    labels, populations = _became(workspace, lake, horizon, as_of, progress)
    return build(
        list(made.values()),
        labels,
        populations,
        horizon=horizon,
        signals=signals_of(workspace),
        as_of=as_of,
        rules=usage_rules(workspace),
        versions=lake.versions(),
    )


def _horizon(workspace: Workspace, lake: Lake, first: datetime, as_of: datetime) -> Horizon:
    labels = workspace.settings.labels
    options = HORIZONS if labels.horizon_days == "auto" else (labels.horizon_days,)
    rules = label_rules(workspace, options[0])
    lost = losses(lake.history().received_before(as_of).without_events().collect(), as_of, rules)
    return choose_horizon(first, as_of, lost, options=options, windows=Windows(lead=labels.lead_days))


def _became(
    workspace: Workspace, lake: Lake, horizon: Horizon, as_of: datetime, progress: Progress
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """LABELS and POPULATION of each date of the horizon, oldest first."""
    rules = label_rules(workspace, horizon.days)
    history = told_by(lake.history().received_before(as_of), rules).collect()
    labels, populations = [], []
    for done, date in enumerate(horizon.dates, start=1):
        labels.append(label(history, date, rules))
        populations.append(population(history, date, currency=rules.usage.currency))
        progress("labels", done, len(horizon.dates))
    return labels, populations


def _champion(workspace: Workspace, motion: Motion) -> Model | None:
    """What ranks today; a model on older definitions can be no opponent."""
    try:
        return served.load_served(workspace.models, motion, signals_of(workspace), usage_rules(workspace))
    except StaleModel:
        return None


def _serve(workspace: Workspace, trained: Trained, champion: str) -> str:
    """Keep the new champion beside the store and let it rank; without a new one the old goes on."""
    if champion:
        served.keep(workspace.models, served.versioned(trained.model, champion))
        served.promote(workspace.models, trained.motion, champion)
    now = served.pointer(workspace.models, trained.motion)
    return now.version if now else ""
