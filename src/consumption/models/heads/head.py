"""One head: the calibrated probability of one outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl

from consumption.models.encoding import Encoding, Matrices, Matrix
from consumption.models.heads.boosting import USUAL_BOOSTING, Boosting, Sample, boost_each, read_booster
from consumption.models.heads.calibration import NO_CALIBRATION, Calibration, fit_calibration
from consumption.models.heads.capacity import Lists
from consumption.models.heads.context import told_by_the_date
from consumption.models.heads.stopping import Watch
from consumption.models.logistic import log_odds
from consumption.models.rows import Floats, Strings, evidence_of, segments_of

POSITIVES_FOR_TREES = 20
POSITIVES_TO_CALIBRATE = 10
ROWS_TO_TRUST_A_SEGMENT = 200
# A new account counts as two like its segment, and as itself by the days it was active (METHOD section 1).
SEGMENT_VOTES = 2.0


@dataclass(frozen=True)
class Rates:
    """How often the outcome happened: in all, and in each segment, shrunk to all with n / (n + 200)."""

    overall: float
    segments: Mapping[str, float] = field(default_factory=dict)

    def of(self, segments: Strings) -> Floats:
        """The rate of each row's segment; of all where the segment is not known."""
        return np.array([self.segments.get(s, self.overall) for s in segments], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Validation:
    """Rows, later than the training rows, on which a head stops growing and is calibrated.

    `lists`: the same rows as the lists of a team; with them a head stops by the dollars that a week holds.
    """

    frame: pl.DataFrame
    happened: Floats
    weights: Floats
    lists: Lists | None = None


@dataclass(frozen=True, eq=False)
class Head:
    """Boosters, whose log odds are averaged, with their encoding and calibration.

    Without a booster it says the rate of the segment alone.
    """

    encoding: Encoding
    boosters: tuple[lgb.Booster, ...]
    rates: Rates
    calibration: Calibration = NO_CALIBRATION

    def predict(self, frame: pl.DataFrame, seen: Matrices | None = None) -> Floats:
        """The probability for each row.

        Needs the head's columns, and uses `segment` and `age_days` if they are there. `seen`: the same frame, as
        other heads read it too.
        """
        return self.probability(self.raw(frame, seen), segments_of(frame), evidence_of(frame))

    def raw(self, frame: pl.DataFrame, seen: Matrices | None = None) -> Floats:
        """The booster's log odds before calibration."""
        if not self.boosters:
            return np.full(frame.height, log_odds(np.array([self.rates.overall]))[0])
        matrix = (seen or Matrices(frame)).of(self.encoding)
        said = [np.asarray(b.predict(matrix, raw_score=True), dtype=np.float64) for b in self.boosters]
        return np.asarray(np.mean(said, axis=0), dtype=np.float64)

    def contributions(self, frame: pl.DataFrame, seen: Matrices | None = None) -> tuple[Matrix, Floats]:
        """What each column adds to the raw log odds of each row, and the log odds they add to."""
        if not self.boosters:
            return np.zeros((frame.height, len(self.encoding.columns))), self.raw(frame)
        matrix = (seen or Matrices(frame)).of(self.encoding)
        parts = sum(np.asarray(b.predict(matrix, pred_contrib=True), dtype=np.float64) for b in self.boosters)
        parts = np.asarray(parts / len(self.boosters), dtype=np.float64)
        return parts[:, :-1], parts[:, -1]

    def probability(self, raw: Floats, segments: Strings, evidence: Floats) -> Floats:
        """Calibrated; for an account under 28 days old `(d p + 2 p_segment) / (d + 2)`, d being its evidence."""
        usual = self.rates.of(segments)
        fitted = self.calibration.apply(raw, segments) if self.boosters else usual
        return drawn_to(usual, fitted, evidence)

    def save(self, directory: Path, name: str) -> None:
        """Writes NAME.txt, NAME-2.txt and so on (LightGBM's text) and NAME.json (encoding, calibration, rates)."""
        for number, booster in enumerate(self.boosters):
            (directory / _text(name, number)).write_text(booster.model_to_string(), encoding="utf-8")
        (directory / f"{name}.json").write_text(json.dumps(self._as_dict(), indent=1), encoding="utf-8")

    @staticmethod
    def load(directory: Path, name: str) -> Head:
        """The head that `save` wrote; predicts the same bits."""
        values = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
        texts = (directory / _text(name, number) for number in range(values["boosters"]))
        return Head(
            Encoding.of(values["encoding"]),
            tuple(read_booster(text.read_text(encoding="utf-8")) for text in texts),
            Rates(values["rates"]["overall"], values["rates"]["segments"]),
            Calibration.of(values["calibration"]),
        )

    @property
    def trees(self) -> int:
        """Trees in all boosters; 0 where there is none."""
        return sum(int(booster.num_trees()) for booster in self.boosters)

    def _as_dict(self) -> dict[str, Any]:
        return {
            "boosters": len(self.boosters),
            "encoding": self.encoding.as_dict(),
            "rates": {"overall": self.rates.overall, "segments": dict(self.rates.segments)},
            "calibration": self.calibration.as_dict(),
        }


def drawn_to(usual: Floats, own: Floats, evidence: Floats) -> Floats:
    """`(d p + 2 p_segment) / (d + 2)`: what is usual in the segment, and what an account says for itself."""
    share = 1.0 - SEGMENT_VOTES / (evidence + SEGMENT_VOTES)
    return share * own + (1.0 - share) * usual


def fit_head(
    frame: pl.DataFrame,
    happened: Floats,
    *,
    columns: Sequence[str] | None = None,
    weights: Floats | None = None,
    valid: Validation | None = None,
    directions: Mapping[str, int] | None = None,
    seed: int = 0,
    settings: Boosting = USUAL_BOOSTING,
    watch: Watch | None = None,
) -> Head:
    """A head for an outcome that happened (1) or not (0), from one row a row of `frame`.

    `columns`: the signals (all columns by default); text columns become codes, and columns that would tell the date
    are not read (see `context`). `valid`: later rows to stop and calibrate by; without them the number of trees is
    fixed and nothing is calibrated. `directions`: the sign by which a column moves the outcome, where business law
    gives one. Fewer than 20 positives (by row weight) teach a rate and no tree.
    """
    names = list(columns or frame.columns)
    encoding = Encoding.fit(frame, names, told_by_the_date(frame, names))
    weights = np.ones(frame.height) if weights is None else weights
    rates = fit_rates(happened, weights, segments_of(frame))
    if min(weights @ happened, weights @ (1.0 - happened)) < POSITIVES_FOR_TREES:
        return Head(encoding, (), rates)
    late = _enough(valid)
    monotone = [(directions or {}).get(c, 0) if c not in encoding.codes else 0 for c in names]
    train = Sample(encoding.matrix(frame), happened, weights)
    stop = Sample(encoding.matrix(late.frame), late.happened, late.weights, late.lists) if late else None
    seeds = seeds_from(seed, settings.seeds)
    boosters = boost_each(
        train, stop, encoding, objective="binary", seeds=seeds, settings=settings, monotone=monotone, watch=watch
    )
    return calibrated_on(late, Head(encoding, boosters, rates))


def seeds_from(seed: int, number: int) -> list[int]:
    """The seed itself, then others of its own; a neighbouring seed shares none of them."""
    return [seed, *(seed + 1_000 * more for more in range(1, number))]


def calibrated_on(valid: Validation | None, head: Head, *, odds: bool = True) -> Head:
    """The head, calibrated on these rows, best on some that it has not learned from; as it is without any.

    `odds`: what the boosters say are log odds already, and not the scores of an order.
    """
    if valid is None:
        return head
    raw, segments = head.raw(valid.frame), segments_of(valid.frame)
    return replace(head, calibration=fit_calibration(raw, valid.happened, valid.weights, segments, odds=odds))


def fit_rates(happened: Floats, weights: Floats, segments: Strings) -> Rates:
    """Rates by row weight; half an account of each kind beforehand, so that no rate is 0 or 1."""
    overall = float((weights @ happened + 0.5) / (weights.sum() + 1.0))
    found = {}
    for segment in sorted({s for s in segments if s is not None}):
        mine = segments == segment
        rows = float(weights[mine].sum())
        found[str(segment)] = float((weights[mine] @ happened[mine] + ROWS_TO_TRUST_A_SEGMENT * overall)
                                    / (rows + ROWS_TO_TRUST_A_SEGMENT))  # fmt: skip
    return Rates(overall, found)


def _enough(valid: Validation | None) -> Validation | None:
    if valid is None or min(valid.happened.sum(), (1.0 - valid.happened).sum()) < POSITIVES_TO_CALIBRATE:
        return None
    return valid


def _text(name: str, number: int) -> str:
    return f"{name}-{number + 1}.txt" if number else f"{name}.txt"
