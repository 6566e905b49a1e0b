"""How large a move is, when an account moves: a share of its yearly value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl

from consumption.models.encoding import Encoding, Matrices
from consumption.models.heads.boosting import USUAL_BOOSTING, Boosting, Sample, boost, read_booster
from consumption.models.heads.head import Validation
from consumption.models.motion import Outcome
from consumption.models.rows import Floats, segments_of

ROWS_TO_TRUST_A_SEGMENT = 50
MOVES_FOR_TREES = 100
# What can be a move at all: METHOD section 1's thresholds; and what is said of one while none has been seen.
LIMITS: Mapping[Outcome, tuple[float, float]] = {"contraction": (0.10, 0.95), "expansion": (0.10, 2.0)}
USUAL: Mapping[Outcome, float] = {"contraction": 0.30, "expansion": 0.30}


@dataclass(frozen=True, eq=False)
class Severity:
    """The size of a move: a gamma regression drawn towards the segment's mean with weight n / (n + 50).

    `segments`: mean size and the moves it was taken from (n, by row weight), a segment.
    """

    outcome: Outcome
    encoding: Encoding
    booster: lgb.Booster | None
    overall: float
    segments: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    limits: tuple[float, float] | None = None

    @property
    def between(self) -> tuple[float, float]:
        """The smallest and the largest move there can be, by the thresholds that labels were made with."""
        return self.limits or LIMITS[self.outcome]

    def predict(self, frame: pl.DataFrame, seen: Matrices | None = None) -> Floats:
        """The expected size for each row, between the limits of what counts as a move.

        `seen`: the same frame, as heads read it too.
        """
        known = [self.segments.get(s, (self.overall, 0.0)) for s in segments_of(frame)]
        mean = np.array([m for m, _ in known], dtype=np.float64)
        if self.booster is None:
            return np.clip(mean, *self.between)
        moves = np.array([n for _, n in known], dtype=np.float64)
        own = np.asarray(self.booster.predict((seen or Matrices(frame)).of(self.encoding)), dtype=np.float64)
        trust = moves / (moves + ROWS_TO_TRUST_A_SEGMENT)
        return np.clip(trust * own + (1.0 - trust) * mean, *self.between)

    @property
    def trees(self) -> int:
        """Trees in the booster; 0 where there is none."""
        return 0 if self.booster is None else int(self.booster.num_trees())

    def save(self, directory: Path) -> None:
        """Writes severity.txt (LightGBM's text) and severity.json."""
        if self.booster is not None:
            (directory / "severity.txt").write_text(self.booster.model_to_string(), encoding="utf-8")
        values = {
            "outcome": self.outcome,
            "trees": self.trees,
            "encoding": self.encoding.as_dict(),
            "overall": self.overall,
            "segments": {s: list(v) for s, v in sorted(self.segments.items())},
            "limits": list(self.limits) if self.limits else None,
        }
        (directory / "severity.json").write_text(json.dumps(values, indent=1), encoding="utf-8")

    @staticmethod
    def load(directory: Path) -> Severity:
        """The severity that `save` wrote."""
        values = json.loads((directory / "severity.json").read_text(encoding="utf-8"))
        text = directory / "severity.txt"
        return Severity(
            values["outcome"],
            Encoding.of(values["encoding"]),
            read_booster(text.read_text(encoding="utf-8")) if values["trees"] else None,
            values["overall"],
            {s: (float(m), float(n)) for s, (m, n) in values["segments"].items()},
            _limits(values.get("limits")),
        )


def fit_severity(
    moved: pl.DataFrame,
    size: Floats,
    *,
    outcome: Outcome,
    columns: Sequence[str],
    weights: Floats,
    valid: Validation | None = None,
    seed: int = 0,
    settings: Boosting = USUAL_BOOSTING,
    limits: tuple[float, float] | None = None,
) -> Severity:
    """From the rows that moved, and by how much (a positive share); `limits`: what can be a move at all.

    Under 100 moves (by row weight) means alone are kept.
    """
    means = mean_severity(moved, size, outcome=outcome, weights=weights, limits=limits)
    if weights.sum() < MOVES_FOR_TREES:
        return means
    encoding = Encoding.fit(moved, columns)
    booster = boost(
        Sample(encoding.matrix(moved), size, weights),
        Sample(encoding.matrix(valid.frame), valid.happened, valid.weights) if valid is not None else None,
        encoding,
        objective="gamma",
        seed=seed,
        settings=settings,
    )
    return replace(means, encoding=encoding, booster=booster)


def mean_severity(
    moved: pl.DataFrame,
    size: Floats,
    *,
    outcome: Outcome,
    weights: Floats,
    limits: tuple[float, float] | None = None,
) -> Severity:
    """The mean size alone, in all and by segment, from the rows that moved; what is usual where none did."""
    overall, segments = _means(size, weights, moved, USUAL[outcome])
    return Severity(outcome, Encoding(()), None, overall, segments, limits)


def _means(
    size: Floats, weights: Floats, moved: pl.DataFrame, usual: float
) -> tuple[float, dict[str, tuple[float, float]]]:
    """Means drawn upwards: a segment's to all, all to what is usual; and the moves they were taken from."""
    overall = _drawn(size, weights, usual, 5.0)
    of_row = segments_of(moved)
    segments = {}
    for segment in sorted({s for s in of_row if s is not None}):
        mine = of_row == segment
        mean = _drawn(size[mine], weights[mine], overall, ROWS_TO_TRUST_A_SEGMENT)
        segments[str(segment)] = (mean, float(weights[mine].sum()))
    return overall, segments


def _limits(values: Sequence[float] | None) -> tuple[float, float] | None:
    return (float(values[0]), float(values[1])) if values else None


def _drawn(size: Floats, weights: Floats, towards: float, strength: float) -> float:
    return float((weights @ size + strength * towards) / (weights.sum() + strength))
