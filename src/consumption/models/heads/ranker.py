"""The LightGBM ranker of one motion: churn, the move given that the account stays, and the size of the move."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

import polars as pl

from consumption.models.encoding import Matrices, Matrix
from consumption.models.heads.attribution import combine
from consumption.models.heads.head import Head
from consumption.models.heads.parts import HEADS, HeadName, Parts, calibrated
from consumption.models.heads.severity import Severity
from consumption.models.model import About, predicted, refuse_missing
from consumption.models.rows import Floats, evidence_of, segments_of

# How its heads were grown: for probabilities, or for the order of lists (see `lambdarank`).
Kind = Literal["lightgbm", "lambdarank"]


@dataclass(frozen=True, eq=False)
class Ranker:
    """Three parts, each saved as LightGBM's text with its encoding and calibration beside it."""

    about: About
    churn: Head
    move: Head
    size: Severity
    kind: Kind = "lightgbm"

    def predict(self, rows: pl.DataFrame) -> pl.DataFrame:
        """PREDICTED: see `Model.predict`."""
        refuse_missing(self.about, rows)
        seen = Matrices(rows)
        return predicted(rows, *(part.predict(rows, seen) for part in (self.churn, self.move, self.size)))

    def by_head(self, rows: pl.DataFrame) -> dict[str, Matrix]:
        """What each signal (a column) adds for each row: to the log odds of the `probability` by this model alone.

        And to the raw log odds of the heads `churn` and `move`. Asked for together they cost half.
        """
        refuse_missing(self.about, rows)
        heads = self.churn, self.move
        seen = Matrices(rows)
        said = [head.contributions(rows, seen) for head in heads]
        churn, move = (_calibrated(head, rows, *one) for head, one in zip(heads, said, strict=True))
        joined = combine(self.about.motion, churn, move)
        return {"probability": joined.signals, "churn": said[0][0], "move": said[1][0]}

    def parts(self, rows: pl.DataFrame, heads: Sequence[HeadName] = HEADS) -> dict[HeadName, Parts]:
        """What the signals add to each head's log odds: see `Model.parts`."""
        refuse_missing(self.about, rows)
        seen, mine = Matrices(rows), {"churn": self.churn, "move": self.move}
        return {name: _calibrated(mine[name], rows, *mine[name].contributions(rows, seen)) for name in heads}

    def with_about(self, about: About) -> Self:
        """The same ranker under another version, or with another note."""
        return replace(self, about=about)

    def save(self, directory: Path) -> None:
        """Writes model.json and churn, move and severity as text with their JSON."""
        values = {"kind": self.kind, **self.about.as_dict()}
        (directory / "model.json").write_text(json.dumps(values, indent=1), encoding="utf-8")
        self.churn.save(directory, "churn")
        self.move.save(directory, "move")
        self.size.save(directory)

    @staticmethod
    def load(directory: Path) -> Ranker:
        """The ranker that `save` wrote; predicts the same bits."""
        values = json.loads((directory / "model.json").read_text(encoding="utf-8"))
        heads = Head.load(directory, "churn"), Head.load(directory, "move")
        return Ranker(About.of(values), *heads, Severity.load(directory), values["kind"])


def _calibrated(head: Head, rows: pl.DataFrame, signals: Matrix, base: Floats) -> Parts:
    full = base + signals.sum(axis=1)
    segments, evidence = segments_of(rows), evidence_of(rows)
    before, after = head.probability(base, segments, evidence), head.probability(full, segments, evidence)
    return calibrated(base, full, before, after, signals)
