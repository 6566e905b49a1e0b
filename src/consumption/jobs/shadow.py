"""Models beside the one that ranks: kept, and scored on every snapshot, so that a comparison is there in time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from consumption.config import Workspace
from consumption.jobs.opening import signals_of, usage_rules
from consumption.models import served
from consumption.models.loading import load_model
from consumption.models.model import Model, StaleModel
from consumption.models.motion import Motion
from consumption.models.samples.dataset import TrainingSet
from consumption.models.watching.records import Record, read
from consumption.models.watching.reference import Reference

FOLDER = "drift"


@dataclass(frozen=True, eq=False)
class Beside:
    """The models that may yet rank, as `previous` and `challenger`; `left_out`: versions that cannot, and why not."""

    models: Mapping[str, Model] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def folder(workspace: Workspace) -> Path:
    """Where it is kept what is seen of models: references, records, and which version is the challenger."""
    return workspace.root / FOLDER


def records_file(workspace: Workspace) -> Path:
    """Where the daily job's records of models are."""
    return folder(workspace) / "records.ndjson"


def records_of(workspace: Workspace) -> list[Record]:
    """Everything that was recorded so far, oldest first."""
    return read(records_file(workspace))


def keep_reference(workspace: Workspace, motion: Motion, version: str, data: TrainingSet) -> None:
    """How the signals lay that a version was trained on."""
    horizon = data.horizon
    ahead = timedelta(days=horizon.windows.lead + horizon.days + horizon.windows.late)
    reference = Reference.of(data.rows, data.signals, ahead)
    _write(_reference(workspace, motion, version), reference.as_dict())


def reference_of(workspace: Workspace, motion: Motion, version: str) -> Reference | None:
    """The same, read; None where that version was trained elsewhere, or by another edition."""
    file = _reference(workspace, motion, version)
    return Reference.of_dict(json.loads(file.read_text("utf-8"))) if file.is_file() else None


def keep_challenger(workspace: Workspace, model: Model, version: str, data: TrainingSet) -> None:
    """Keep a model that lost, to be scored from now on beside the one that ranks."""
    motion = model.about.motion
    served.keep(workspace.models, model.with_about(replace(model.about, version=version)))
    keep_reference(workspace, motion, version, data)
    _write(folder(workspace) / f"challenger-{motion}.json", {"version": version})


def beside(workspace: Workspace, motion: Motion) -> Beside:
    """The models that may yet rank; one that cannot be read, or was trained on other signals, is left out."""
    now = served.pointer(workspace.models, motion)
    if now is None:
        return Beside()
    models: dict[str, Model] = {}
    left_out: dict[str, str] = {}
    for what, version in {"previous": now.previous, "challenger": _challenger(workspace, motion)}.items():
        if version and version != now.version and served.is_kept(workspace.models, motion, version):
            try:
                models[what] = _usable(workspace, motion, version)
            except StaleModel as stale:
                left_out[version] = stale.problem
    return Beside(models, left_out)


def _usable(workspace: Workspace, motion: Motion, version: str) -> Model:
    model = load_model(workspace.models / motion / version)
    served.refuse_other_signals(model, signals_of(workspace), usage_rules(workspace))
    return model


def _challenger(workspace: Workspace, motion: Motion) -> str:
    """The version that lost last, and is scored beside the one that ranks; empty where there is none."""
    file = folder(workspace) / f"challenger-{motion}.json"
    return str(json.loads(file.read_text("utf-8"))["version"]) if file.is_file() else ""


def _reference(workspace: Workspace, motion: Motion, version: str) -> Path:
    return folder(workspace) / "references" / f"{motion}-{version}.json"


def _write(file: Path, values: Mapping[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(json.dumps(values), encoding="utf-8")
    part.replace(file)
