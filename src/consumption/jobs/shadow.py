"""Models beside the one that ranks: kept, and scored on every snapshot, so that a comparison is there in time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from consumption.config import Workspace
from consumption.features.signal_set import fingerprints
from consumption.jobs.opening import signals_of, usage_rules
from consumption.models import served
from consumption.models.dataset import TrainingSet
from consumption.models.drift import Reference
from consumption.models.loading import load_model
from consumption.models.model import Model, StaleModel, motion_probability, refuse_stale
from consumption.models.motion import Motion
from consumption.models.watching import Record, read

FOLDER = "drift"


def folder(workspace: Workspace) -> Path:
    """Where it is kept what is seen of models: references, scores, records."""
    return workspace.root / FOLDER


def records_file(workspace: Workspace) -> Path:
    """Where the daily job's records of models are."""
    return folder(workspace) / "records.ndjson"


def records_of(workspace: Workspace) -> list[Record]:
    """Everything that was recorded so far, oldest first."""
    return read(records_file(workspace))


def keep_reference(workspace: Workspace, motion: Motion, version: str, data: TrainingSet) -> None:
    """How the signals lay that a version was trained on."""
    reference = Reference.of(data.rows, data.signals)
    _write(_reference(workspace, motion, version), reference.as_dict())


def reference_of(workspace: Workspace, motion: Motion, version: str) -> Reference | None:
    """The same, read; None where that version was trained elsewhere."""
    file = _reference(workspace, motion, version)
    return Reference.of_dict(json.loads(file.read_text("utf-8"))) if file.is_file() else None


def keep_challenger(workspace: Workspace, model: Model, version: str, data: TrainingSet) -> None:
    """Keep a model that lost, to be scored from now on beside the one that ranks."""
    motion = model.about.motion
    served.keep(workspace.models, model.with_about(replace(model.about, version=version)))
    keep_reference(workspace, motion, version, data)
    _write(folder(workspace) / f"challenger-{motion}.json", {"version": version})


def beside(workspace: Workspace, motion: Motion) -> dict[str, Model]:
    """The models that may yet rank: `previous` and `challenger`; none that was trained on other signals."""
    now = served.pointer(workspace.models, motion)
    if now is None:
        return {}
    file = folder(workspace) / f"challenger-{motion}.json"
    challenger = json.loads(file.read_text("utf-8"))["version"] if file.is_file() else ""
    versions = {"previous": now.previous, "challenger": challenger}
    found = {}
    current = fingerprints(signals_of(workspace), usage_rules(workspace))
    for what, version in versions.items():
        if version and version != now.version and served.is_kept(workspace.models, motion, version):
            model = load_model(workspace.models / motion / version)
            if _usable(model, current):
                found[what] = model
    return found


def write_scores(workspace: Workspace, as_of: datetime, rows: pl.DataFrame, models: Mapping[str, Model]) -> None:
    """What each model says of each account: account_id, motion, what it is, version, probability."""
    frames = [_scores(rows, what, model) for what, model in models.items()]
    if not frames:
        return
    motion = next(iter(models.values())).about.motion
    file = folder(workspace) / "scores" / f"{as_of:%Y-%m-%d}-{motion}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    pl.concat(frames).write_parquet(part)
    part.replace(file)


def _scores(rows: pl.DataFrame, what: str, model: Model) -> pl.DataFrame:
    said = model.predict(rows)
    churn, move = (said[name].to_numpy() for name in ("p_churn", "p_move"))
    return rows.select(
        "account_id",
        motion=pl.lit(model.about.motion),
        what=pl.lit(what),
        version=pl.lit(model.about.version),
        probability=pl.Series(motion_probability(model.about.motion, churn, move)),
    )


def _usable(model: Model, current: Mapping[str, str]) -> bool:
    try:
        refuse_stale(model.about, current)
    except StaleModel:
        return False
    return True


def _reference(workspace: Workspace, motion: Motion, version: str) -> Path:
    return folder(workspace) / "references" / f"{motion}-{version}.json"


def _write(file: Path, values: Mapping[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(json.dumps(values), encoding="utf-8")
    part.replace(file)
