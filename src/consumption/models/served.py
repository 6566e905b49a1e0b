"""The models that rank today, kept beside the store: lists and restarts go on without a tracking server."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from consumption.errors import ConsumptionError
from consumption.features.changed import changed_settings
from consumption.features.rules import UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints
from consumption.models.loading import files_of, load_model
from consumption.models.model import Model, refuse_stale
from consumption.models.motion import Motion
from consumption.models.rule import Rule, expected_rule

POINTER = "champion.json"
DAY_ONE = "The rule ranks, from what service leads expect: nothing has been trained yet."


class NoSuchModel(ConsumptionError):
    """A version that is not served from this workspace."""

    status = 404

    def __init__(self, motion: Motion, version: str) -> None:
        super().__init__(
            problem=f"no model {version or 'before this one'} for {motion} is kept in this workspace",
            remedy="train one (consumption train), or name a version that is listed by consumption compare",
        )


@dataclass(frozen=True)
class Pointer:
    """Which version ranks, and which did before it (empty: none); `told`: the registry's aliases say so too."""

    version: str
    previous: str = ""
    told: bool = field(default=False, compare=False)


def keep(root: Path, model: Model) -> Path:
    """Copies a model to ROOT/MOTION/VERSION, whole or not at all; a copy that is there and the same stays.

    Another model of that number is of a registry that was made anew since: it gives way.
    """
    target = root / model.about.motion / model.about.version
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        model.save(made)
        made.chmod(0o755)
        if not (target.exists() and files_of(made) == files_of(target)):
            _put(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def is_kept(root: Path, motion: Motion, version: str) -> bool:
    """Whether a version lies beside the store."""
    return (root / motion / version / "model.json").is_file()


def promote(root: Path, motion: Motion, version: str) -> Pointer:
    """Lets a kept version rank from now on; raises NoSuchModel where it is not kept.

    The registry's aliases follow: until `mark_told` says that they did, whoever opens the registry next has to.
    """
    if not is_kept(root, motion, version):
        raise NoSuchModel(motion, version)
    now = pointer(root, motion)
    if now and now.version == version:
        return now
    following = Pointer(version, now.version if now else "")
    _write_pointer(root, motion, following)
    return following


def mark_told(root: Path, motion: Motion) -> None:
    """The registry's aliases say what the pointer says."""
    now = pointer(root, motion)
    if now and not now.told:
        _write_pointer(root, motion, replace(now, told=True))


def go_back(root: Path, motion: Motion) -> Pointer:
    """Lets the version before rank again; raises NoSuchModel where there is none."""
    now = pointer(root, motion)
    if now is None or not now.previous:
        raise NoSuchModel(motion, "")
    return promote(root, motion, now.previous)


def pointer(root: Path, motion: Motion) -> Pointer | None:
    """Which version ranks; None where nothing has been trained."""
    file = root / motion / POINTER
    if not file.is_file():
        return None
    values = json.loads(file.read_text(encoding="utf-8"))
    return Pointer(values["version"], values["previous"], bool(values.get("told", True)))


def load_served(root: Path, motion: Motion, signals: Sequence[Signal], rules: UsageRules | None = None) -> Model:
    """The model that ranks today; the expected rule, which says so, where nothing has been trained.

    `signals`, `rules`: today's definitions, and the settings they depend on. Raises StaleModel where the model was
    trained on others.
    """
    now = pointer(root, motion)
    if now is None:
        return day_one(motion, signals, rules)
    model = load_model(root / motion / now.version)
    refuse_other_signals(model, signals, rules)
    return model


def refuse_other_signals(model: Model, signals: Sequence[Signal], rules: UsageRules | None = None) -> None:
    """Raises StaleModel, which says what changed, if the model was trained on others than today's signals."""
    current = fingerprints(signals, rules)
    refuse_stale(model.about, current, changed_settings(signals, model.about.fingerprints, current))


def day_one(motion: Motion, signals: Sequence[Signal], rules: UsageRules | None = None) -> Rule:
    """The rule on today's signals before any data."""
    names = [s.name for s in signals]
    return expected_rule(motion, signals=names, fingerprints=fingerprints(signals, rules), note=DAY_ONE)


def _put(made: Path, target: Path) -> None:
    """Moves a folder to its place, and what was there out of it."""
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
    if target.exists():
        target.rename(old / target.name)
    made.rename(target)
    shutil.rmtree(old)


def _write_pointer(root: Path, motion: Motion, now: Pointer) -> None:
    _write(root / motion / POINTER, {"version": now.version, "previous": now.previous, "told": now.told})


def _write(file: Path, values: dict[str, Any]) -> None:
    """Replaces a file at once: a reader sees the old content or the new one."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(values, out)
    Path(name).chmod(0o644)
    Path(name).replace(file)
