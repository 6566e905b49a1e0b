"""From a booster's log odds to a probability one can add up: fitted on validation, never on training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from consumption.models.logistic import fit_logistic, log_odds, probability
from consumption.models.rows import Floats, Strings

POSITIVES_FOR_ISOTONIC = 1_000
ROWS_TO_TRUST_A_SEGMENT = 200
# A slope is believed to be 1 give or take this; 60 positives in validation already outweigh it.
SLOPE_SD = 0.5
SEGMENT_LIMIT = 1.0


@dataclass(frozen=True)
class Calibration:
    """A logistic (slope, intercept) or an isotonic curve, and an intercept for each segment, in log odds.

    `knots`: log odds and probabilities that the isotonic curve goes through.
    """

    slope: float = 1.0
    intercept: float = 0.0
    segments: Mapping[str, float] = field(default_factory=dict)
    knots: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    def apply(self, raw: Floats, segments: Strings) -> Floats:
        """The calibrated probability of each row, from its raw log odds and its segment (None: unknown)."""
        shift = np.array([self.segments.get(s, 0.0) for s in segments], dtype=np.float64)
        return probability(self._curve(raw) + shift)

    def _curve(self, raw: Floats) -> Floats:
        if self.knots is None:
            return self.slope * raw + self.intercept
        return log_odds(np.interp(raw, *self.knots))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `Calibration.of` reads them back without loss."""
        return {
            "slope": self.slope,
            "intercept": self.intercept,
            "segments": dict(sorted(self.segments.items())),
            "knots": [list(k) for k in self.knots] if self.knots else None,
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> Calibration:
        """The calibration that `as_dict` wrote."""
        knots = (tuple(values["knots"][0]), tuple(values["knots"][1])) if values["knots"] else None
        return Calibration(values["slope"], values["intercept"], dict(values["segments"]), knots)


NO_CALIBRATION = Calibration()


def fit_calibration(
    raw: Floats, happened: Floats, weights: Floats, segments: Strings, *, odds: bool = True
) -> Calibration:
    """Logistic, or isotonic from 1,000 positives; segment intercepts shrunk n / (n + 200), n by row weight.

    `odds`: `raw` are log odds, of which a slope near 1 is expected; else scores of an order, on a scale of their own.
    """
    if (weights @ happened) >= POSITIVES_FOR_ISOTONIC:
        curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, happened, weights)
        knots = (tuple(curve.X_thresholds_.tolist()), tuple(curve.y_thresholds_.tolist()))
        overall = Calibration(knots=knots)
    else:
        overall = _logistic(raw, happened, weights) if odds else _of_scores(raw, happened, weights)
    return Calibration(
        overall.slope, overall.intercept, _segment_shifts(overall, raw, happened, weights, segments), overall.knots
    )


def _logistic(raw: Floats, happened: Floats, weights: Floats) -> Calibration:
    slope, intercept = fit_logistic(
        np.column_stack([raw, np.ones_like(raw)]),
        happened,
        weights,
        prior=np.array([1.0, 0.0]),
        sd=np.array([SLOPE_SD, np.inf]),
        bounds=[(0.1, 3.0), (-3.0, 3.0)],
    )
    return Calibration(float(slope), float(intercept))


def _of_scores(raw: Floats, happened: Floats, weights: Floats) -> Calibration:
    """A logistic of scores brought to mean 0 and spread 1, so that the same prior fits any scale."""
    middle, spread = float(raw.mean()), float(raw.std()) or 1.0
    usual = log_odds(np.array([(weights @ happened + 0.5) / (weights.sum() + 1.0)]))[0]
    slope, intercept = fit_logistic(
        np.column_stack([(raw - middle) / spread, np.ones_like(raw)]),
        happened,
        weights,
        prior=np.array([1.0, usual]),
        sd=np.array([1.0, np.inf]),
        bounds=[(0.01, 10.0), (None, None)],
    )
    return Calibration(float(slope / spread), float(intercept - slope * middle / spread))


def _segment_shifts(
    overall: Calibration, raw: Floats, happened: Floats, weights: Floats, segments: Strings
) -> dict[str, float]:
    """One Newton step a segment: few rows cannot send an intercept to infinity."""
    fitted = overall.apply(raw, np.full(len(raw), None, dtype=object))
    shifts = {}
    for segment in sorted({s for s in segments if s is not None}):
        mine = segments == segment
        rows = weights[mine].sum()
        surprise = weights[mine] @ (happened[mine] - fitted[mine])
        step = surprise / max(weights[mine] @ (fitted[mine] * (1.0 - fitted[mine])), 1e-9)
        trust = rows / (rows + ROWS_TO_TRUST_A_SEGMENT)
        shifts[str(segment)] = float(trust * np.clip(step, -SEGMENT_LIMIT, SEGMENT_LIMIT))
    return shifts
