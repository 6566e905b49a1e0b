"""The models that rank today, kept beside the store: lists and restarts go on without a tracking server."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from consumption.errors import ConsumptionError
from consumption.features.changed import changed_settings
from consumption.features.rules import UsageRules
from consumption.features.signal import Signal
from consumption.features.signal_set import fingerprints
from consumption.models.heads.rule import Rule, expected_rule
from consumption.models.loading import files_of, load_model, same, versioned
from consumption.models.model import Model, StaleModel, refuse_stale
from consumption.models.motion import Motion
from consumption.models.pointer import NOBODY, Pointer, Said, one_at_a_time, pointer, write_pointer

__all__ = ["Pointer", "Said", "pointer"]

DAY_ONE = "The rule ranks, from what service leads expect: nothing has been trained yet."


class NoSuchModel(ConsumptionError):
    """A version that is not served from this workspace."""

    status = 404

    def __init__(self, motion: Motion, version: str) -> None:
        super().__init__(
            problem=f"no model {version or 'before this one'} for {motion} is kept in this workspace",
            remedy="train one (consumption train), or name a version that is listed by consumption compare",
        )


def keep(root: Path, model: Model) -> Path:
    """Copies a model to ROOT/MOTION/VERSION, whole or not at all; a copy that is there and says the same stays.

    Another model of that number is of a registry that was made anew since, and counts from 1 again: it gives way. One
    that ranks, or did before, gets a name of its own first, and goes on.
    """
    motion, version = model.about.motion, model.about.version
    target = root / motion / version
    with one_at_a_time(root, motion):
        _sweep(target.parent)
        if target.exists() and _is_another(target, model):
            _out_of_the_way(root, motion, version)
        if not target.exists():
            _save(model, target)
    return target


def is_kept(root: Path, motion: Motion, version: str) -> bool:
    """Whether a version lies beside the store."""
    return (root / motion / version / "model.json").is_file()


def promote(root: Path, motion: Motion, version: str, said: Said = NOBODY) -> Pointer:
    """Lets a kept version rank from now on; raises NoSuchModel where it is not kept.

    `said`: who decided so, and why; it is kept in the same write. The registry's aliases follow: until `mark_told`
    says that they did, whoever opens the registry next has to.
    """
    with one_at_a_time(root, motion):
        return _promote(root, motion, version, said)


def mark_told(root: Path, motion: Motion, what: Pointer) -> None:
    """The registry's aliases say `what`; where the pointer says something else by now, they are yet to be told."""
    with one_at_a_time(root, motion):
        now = pointer(root, motion)
        if now == what and not now.told:
            write_pointer(root, motion, replace(now, told=True))


def go_back(root: Path, motion: Motion, said: Said = NOBODY, *, only_from: Pointer | None = None) -> Pointer:
    """Lets the version before rank again; raises NoSuchModel where there is none.

    `only_from`: what was looked at when it was decided; where something else ranks by now, that stays.
    """
    with one_at_a_time(root, motion):
        now = pointer(root, motion)
        if now is None or not now.previous:
            raise NoSuchModel(motion, "")
        if only_from is not None and (now, now.said) != (only_from, only_from.said):
            return now
        return _promote(root, motion, now.previous, said)


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


def _promote(root: Path, motion: Motion, version: str, said: Said) -> Pointer:
    if not is_kept(root, motion, version):
        raise NoSuchModel(motion, version)
    now = pointer(root, motion)
    if now and now.version == version:
        return _confirmed(root, motion, now, said)
    withdrawn = now is not None and _number(version) < _number(now.version)
    following = Pointer(version, now.version if now else "", withdrawn=withdrawn, said=said)
    write_pointer(root, motion, following)
    return following


def _confirmed(root: Path, motion: Motion, now: Pointer, said: Said) -> Pointer:
    """What ranks already, goes on: by a person's word from now on, if it is a person who says so."""
    if said.by != "person":
        return now
    confirmed = replace(now, said=said)
    write_pointer(root, motion, confirmed)
    return confirmed


def _number(version: str) -> int:
    """The number that a registry gave, of a version with or without a name of its own."""
    number = version.partition("-")[0]
    return int(number) if number.isdigit() else 0


def _is_another(kept: Path, model: Model) -> bool:
    try:
        return not same(load_model(kept), model)
    except StaleModel:
        return True  # of another edition, which nobody can read any more


def _out_of_the_way(root: Path, motion: Motion, version: str) -> None:
    """Takes a version's folder away; what the pointer names is copied, and named otherwise, before."""
    folder, now = root / motion / version, pointer(root, motion)
    if now and now.names(version):
        files = files_of(folder)
        digest = hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()
        own = f"{version}-{digest[:8]}"
        _copy(folder, root / motion / own, own)
        ranks, before = (own if name == version else name for name in (now.version, now.previous))
        write_pointer(root, motion, Pointer(ranks, before, withdrawn=now.withdrawn, said=now.said))
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
    folder.rename(old / folder.name)
    shutil.rmtree(old)


def _copy(folder: Path, target: Path, version: str) -> None:
    """The model in a folder under another name; files that cannot be read any more as they are."""
    if target.exists():
        return
    try:
        _save(versioned(load_model(folder), version), target)
    except StaleModel:
        shutil.copytree(folder, target)


def _save(model: Model, target: Path) -> None:
    """Writes a model's files to a new folder, which appears whole."""
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        model.save(made)
        made.chmod(0o755)
        made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Takes away what a process that was killed has left half done."""
    for pattern in (".new-*", ".old-*"):
        for litter in folder.glob(pattern):
            if litter.is_dir():
                shutil.rmtree(litter)
            else:
                litter.unlink()
