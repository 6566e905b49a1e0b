"""Read a model that was saved, whichever of the two kinds it is, and tell whether two are the same."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from consumption.errors import ConsumptionError
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.model import Model, StaleModel


class OtherEdition(StaleModel):
    """A model was saved by an edition of this package that wrote other files."""

    def __init__(self, directory: Path, missing: str) -> None:
        ConsumptionError.__init__(
            self,
            problem=f"the model in {directory} was saved by another edition of consumption (it says no {missing})",
            remedy="retrain (consumption train)",
        )
        self.changed = ()


def load_model(directory: Path) -> Model:
    """The model in a directory that a model's `save` wrote; raises OtherEdition where it was written otherwise."""
    try:
        kind = json.loads((directory / "model.json").read_text(encoding="utf-8"))["kind"]
        return Rule.load(directory) if kind == "rule" else Ranker.load(directory)
    except (KeyError, FileNotFoundError) as missing:
        raise OtherEdition(directory, str(missing)) from missing


def versioned(model: Model, version: str) -> Model:
    """The same model under its number in the registry."""
    return model.with_about(replace(model.about, version=version))


def same(model: Model, other: Model) -> bool:
    """Whether two models say the same of every account, whatever their versions and notes."""
    return _told(model) == _told(other)


def files_of(directory: Path) -> dict[str, bytes]:
    """What was saved there, by name."""
    return {file.name: file.read_bytes() for file in directory.iterdir() if file.is_file()}


def _told(model: Model) -> dict[str, bytes]:
    lesson = replace(model.about.lesson, until=None) if model.about.lesson else None
    bare = model.with_about(replace(model.about, version="", note="", as_of=None, lesson=lesson))
    with tempfile.TemporaryDirectory() as folder:
        bare.save(Path(folder))
        return files_of(Path(folder))
