"""What ranks accounts for a motion, whichever of the two does it, and when it may no longer be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

import polars as pl

from consumption.errors import ConsumptionError
from consumption.models.heads.doubt import Doubt
from consumption.models.heads.parts import HEADS, HeadName, Parts
from consumption.models.lesson import Lesson
from consumption.models.motion import Motion
from consumption.models.rows import Floats
from consumption.tables import PREDICTED


class StaleModel(ConsumptionError):
    """A model was trained on other definitions than the ones now in the code."""

    status = 503

    def __init__(self, changed: Sequence[str], settings: Mapping[str, Sequence[str]] | None = None) -> None:
        by_setting = {name for names in (settings or {}).values() for name in names}
        defined = [name for name in changed if name not in by_setting]
        causes = [f"settings changed since this model was trained: {s} (read by {_some(n)})" for s, n in
                  (settings or {}).items()]  # fmt: skip
        causes += [f"signals changed since this model was trained: {_some(defined)}"] if defined else []
        back = "put the settings back, " if settings else ""
        super().__init__(
            problem="; ".join(causes),
            remedy=f"{back}retrain (consumption train), or promote a model trained on today's signals "
            "(consumption promote)",
        )
        self.changed = tuple(changed)


@dataclass(frozen=True)
class About:
    """What is known of a model beside its mathematics.

    `signals`: columns it reads; `fingerprints`: their definitions when it was trained; `horizon_days`: how far its
    probabilities look ahead; `as_of`: what it was trained as of (None: priors alone); `note`: why this model ranks, a
    sentence; `version`: its number in the registry, empty before it has one; `doubt`: how far its probabilities may
    be off (None: not measured); `lesson`: what taught it (None: priors alone, or it does not say).
    """

    motion: Motion
    signals: tuple[str, ...]
    fingerprints: Mapping[str, str]
    horizon_days: int
    as_of: datetime | None = None
    note: str = ""
    version: str = ""
    doubt: Doubt | None = None
    lesson: Lesson | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **({"doubt": self.doubt.as_dict()} if self.doubt else {}),
            **({"lesson": self.lesson.as_dict()} if self.lesson else {}),
            "motion": self.motion,
            "version": self.version,
            "horizon_days": self.horizon_days,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "note": self.note,
            "signals": list(self.signals),
            "fingerprints": dict(sorted(self.fingerprints.items())),
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> About:
        """What `as_dict` wrote."""
        return About(
            motion=values["motion"],
            signals=tuple(values["signals"]),
            fingerprints=dict(values["fingerprints"]),
            horizon_days=values["horizon_days"],
            as_of=datetime.fromisoformat(values["as_of"]) if values["as_of"] else None,
            note=values["note"],
            version=values["version"],
            doubt=Doubt.of(values["doubt"]) if values.get("doubt") else None,
            lesson=Lesson.of(values["lesson"]) if values.get("lesson") else None,
        )


class Model(Protocol):
    """Ranks accounts for one motion: `Ranker` (LightGBM) and `Rule` (a transparent logistic) do."""

    @property
    def about(self) -> About:
        """Motion, version, signals with their fingerprints, horizon and why this model ranks."""

    @property
    def kind(self) -> str:
        """`lightgbm`, `lambdarank` or `rule`."""

    def predict(self, rows: pl.DataFrame) -> pl.DataFrame:
        """PREDICTED, one row a row: p_churn; p_move and s_move are contraction's for help, expansion's for expand.

        `rows`: a snapshot, best with what `rows.scoring_rows` adds (segment, age_days, known terms). Raises
        StaleModel where a signal is not there.
        """

    def parts(self, rows: pl.DataFrame, heads: Sequence[HeadName] = HEADS) -> dict[HeadName, Parts]:
        """Of each head asked for, what the signals (columns as in `about.signals`) add to its log odds, a row a row.

        What they add to the probability of a list takes both motions' models: `reasons.listed`. Raises StaleModel
        where a signal is not there.
        """

    def with_about(self, about: About) -> Self:
        """The same mathematics under another version, or with another note."""

    def save(self, directory: Path) -> None:
        """Writes model.json, and boosters as LightGBM's text, into an existing directory."""


def refuse_stale(
    about: About, current: Mapping[str, str], settings: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Raises StaleModel if a signal of the model has another definition now, or none.

    `settings`: those that changed, with the signals that read them (`features.changed.changed_settings`).
    """
    changed = [name for name in about.signals if current.get(name) != about.fingerprints.get(name)]
    if changed:
        read = {s: [n for n in names if n in changed] for s, names in (settings or {}).items()}
        raise StaleModel(changed, {setting: names for setting, names in read.items() if names})


def refuse_missing(about: About, rows: pl.DataFrame) -> None:
    """Raises StaleModel if the rows lack a signal of the model."""
    missing = [name for name in about.signals if name not in rows.columns]
    if missing:
        raise StaleModel(missing)


def _some(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def motion_probability(motion: Motion, churn: Floats, move: Floats) -> Floats:
    """help: that it leaves or shrinks; expand: that it stays and grows (METHOD section 2)."""
    if motion == "help":
        return 1.0 - (1.0 - churn) * (1.0 - move)
    return (1.0 - churn) * move


def predicted(rows: pl.DataFrame, churn: Floats, move: Floats, size: Floats) -> pl.DataFrame:
    """The PREDICTED frame of these figures, a row a row."""
    figures = {"p_churn": churn, "p_move": move, "s_move": size}
    return PREDICTED.check(rows.select("account_id").with_columns(**{n: pl.Series(v) for n, v in figures.items()}))
