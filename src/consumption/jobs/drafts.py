"""Plans that were made: kept whole or not at all, so that what is published is what was looked at."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock

META = "plan.json"
_FRAMES_IN = "frames"


@dataclass(frozen=True)
class Draft:
    """One plan as of one moment; frames as `store.publication.Publication` and the tables of that name say.

    `about`: policy_version, model_versions, seed, currency, money, summary.
    """

    as_of: datetime
    ranked: pl.DataFrame
    population: pl.DataFrame
    snapshot: pl.DataFrame
    briefs: pl.DataFrame
    effects: pl.DataFrame
    recommendations: pl.DataFrame
    alternatives: pl.DataFrame
    decisions: pl.DataFrame
    holdout: pl.DataFrame
    people: pl.DataFrame
    ended: pl.DataFrame
    about: Mapping[str, Any]


FRAMES = tuple(field.name for field in fields(Draft) if field.name not in {"as_of", "about"})


def alone(root: Path) -> FileLock:
    """Held while a draft is kept or published: others wait, so that what is published is what lies here.

    Whoever holds it may save. The system frees the lock of a process that was killed.
    """
    root.mkdir(parents=True, exist_ok=True)
    return FileLock(root / ".lock", is_singleton=True)


def save(root: Path, draft: Draft) -> Path:
    """Keep a draft in place of any other of its moment; who is killed meanwhile leaves the one before whole."""
    with alone(root):
        return _save(root, draft)


def _save(root: Path, draft: Draft) -> Path:
    target = _folder(root, draft.as_of)
    target.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=root))
    try:
        for name in FRAMES:
            getattr(draft, name).write_parquet(made / f"{name}.parquet")
        frames = target / f"frames-{uuid.uuid4().hex}"
        about = {**draft.about, _FRAMES_IN: frames.name}
        (made / META).write_text(json.dumps(about, default=str), "utf-8")
        before = _about(target)
        # The frames arrive first, under a name that nobody reads yet; replacing one file makes them the draft.
        (made / META).rename(target / f".{frames.name}.json")
        made.rename(frames)
        (target / f".{frames.name}.json").replace(target / META)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    _tidy(target, {frames.name, str(before.get(_FRAMES_IN))})
    return target


def _tidy(target: Path, kept: Collection[str]) -> None:
    """Delete what no draft needs: all frames but those named (the ones before may still be read), and leftovers."""
    for left in target.iterdir():
        if left.is_dir() and left.name not in kept:
            shutil.rmtree(left, ignore_errors=True)
        elif left.is_file() and left.name != META:
            left.unlink(missing_ok=True)


def load(root: Path, as_of: datetime) -> Draft | None:
    """The draft of that moment; None where none was made, or only by an earlier version of this program."""
    folder = _folder(root, as_of)
    while about := _about(folder):
        frames = folder / str(about.get(_FRAMES_IN, ""))
        said = {key: value for key, value in about.items() if key != _FRAMES_IN}
        try:
            read = {name: pl.read_parquet(frames / f"{name}.parquet") for name in FRAMES}
        except FileNotFoundError:
            if _about(folder) == about:
                return None
            continue  # It was replaced twice while it was read: the one that lies there now is the draft.
        return Draft(as_of=as_of, about=said, **read)
    return None


def _about(folder: Path) -> dict[str, Any]:
    """What is said of the draft in a folder; empty where there is none."""
    try:
        said: dict[str, Any] = json.loads((folder / META).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return said


def _folder(root: Path, as_of: datetime) -> Path:
    return root / f"{as_of:%Y-%m-%d}"
