"""Plans that were made: kept whole or not at all, so that what is published is what was looked at."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

META = "plan.json"


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
    about: Mapping[str, Any]


FRAMES = tuple(field.name for field in fields(Draft) if field.name not in {"as_of", "about"})


def save(root: Path, draft: Draft) -> Path:
    """Keep a draft in place of any other of the same moment."""
    root.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=root))
    try:
        for name in FRAMES:
            getattr(draft, name).write_parquet(made / f"{name}.parquet")
        (made / META).write_text(json.dumps(dict(draft.about), default=str), "utf-8")
        target = _folder(root, draft.as_of)
        if target.exists():
            # A rename cannot replace a folder that is not empty: the old one steps aside first.
            target.rename(made.with_name(f"{made.name}.old"))
        made.rename(target)
    finally:
        for left in root.glob(f"{made.name}*"):
            shutil.rmtree(left, ignore_errors=True)
    return target


def load(root: Path, as_of: datetime) -> Draft | None:
    """The draft of that moment; None where none was made."""
    folder = _folder(root, as_of)
    if not (folder / META).is_file():
        return None
    frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in FRAMES}
    return Draft(as_of=as_of, about=json.loads((folder / META).read_text("utf-8")), **frames)


def _folder(root: Path, as_of: datetime) -> Path:
    return root / f"{as_of:%Y-%m-%d}"
