"""The transparent rule: a monotone logistic on the drivers, for a book too young to learn from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from consumption.features.drivers import DRIVER_SIGNALS, drivers
from consumption.features.drivers import DRIVERS as ALL_DRIVERS
from consumption.models.encoding import Encoding, Matrix
from consumption.models.heads.head import Rates, drawn_to, fit_rates
from consumption.models.heads.parts import HEADS, HeadName, Parts, calibrated
from consumption.models.heads.severity import USUAL, Severity
from consumption.models.logistic import fit_logistic, log_odds, probability
from consumption.models.model import About, predicted, refuse_missing
from consumption.models.motion import MOVES, Motion, Outcome
from consumption.models.rows import Floats, evidence_of, population_of, segments_of

DRIVERS = tuple(name for name in ALL_DRIVERS if name != "constant")
READ = frozenset(name for names in DRIVER_SIGNALS.values() for name in names)

# What service leads expect, in log odds from a driver's absence to its full presence, before any data; a sign is kept
# whatever the data say, and a zero stays zero.
EXPECTED: Mapping[Outcome, Mapping[str, float]] = {
    "churn": {
        "low_adoption": 1.2,
        "silent_champion": 0.6,
        "friction": 0.6,
        "renewal_near": 0.8,
        "shallow_breadth": 0.4,
        "under_use": 0.6,
        "over_use": 0.0,
        "large": -0.2,
    },
    "contraction": {
        "low_adoption": 0.8,
        "silent_champion": 0.3,
        "friction": 0.3,
        "renewal_near": 0.8,
        "shallow_breadth": 0.3,
        "under_use": 1.2,
        "over_use": -0.4,
        "large": 0.0,
    },
    "expansion": {
        "low_adoption": -0.8,
        "silent_champion": -0.3,
        "friction": -0.4,
        "renewal_near": 0.4,
        "shallow_breadth": -0.2,
        "under_use": -0.6,
        "over_use": 1.4,
        "large": 0.0,
    },
}
# Half-year rates of a usual book, and how present a driver usually is: they set the rule's level on day one.
USUAL_RATES: Mapping[Outcome, float] = {"churn": 0.06, "contraction": 0.05, "expansion": 0.08}
USUAL_DRIVER = 0.3
HALF_YEAR = 182
# How far data may move a weight, and the level, from what is expected.
WEIGHT_SD = 0.6
LEVEL_SD = 1.5


@dataclass(frozen=True)
class Weights:
    """One outcome's logistic: log odds = level + sum of weight x driver.

    `rates`: how often it happened, by segment, to which accounts under 28 days old are drawn as heads draw them; None
    in a rule of an edition that did not say.
    """

    level: float
    drivers: Mapping[str, float]
    rates: Rates | None = None

    def log_odds(self, present: Matrix) -> Floats:
        """The log odds of each row of drivers (columns as `DRIVERS`)."""
        weights = np.array([self.drivers[d] for d in DRIVERS])
        return np.asarray(self.level + present @ weights, dtype=np.float64)

    def probability(self, odds: Floats, rows: pl.DataFrame) -> Floats:
        """The probability of each row; of a new account `(d p + 2 p_segment) / (d + 2)`, d being its evidence."""
        own = probability(odds)
        return own if self.rates is None else drawn_to(self.rates.of(segments_of(rows)), own, evidence_of(rows))


@dataclass(frozen=True, eq=False)
class Rule:
    """Two logistics on at most 8 drivers, and the mean size of a move."""

    about: About
    churn: Weights
    move: Weights
    size: Severity

    @property
    def kind(self) -> str:
        """`rule`."""
        return "rule"

    def predict(self, rows: pl.DataFrame) -> pl.DataFrame:
        """PREDICTED: see `Model.predict`."""
        refuse_missing(self.about, rows)
        present = driver_matrix(rows)
        churn, move = (w.probability(w.log_odds(present), rows) for w in (self.churn, self.move))
        return predicted(rows, churn, move, self.size.predict(rows))

    def parts(self, rows: pl.DataFrame, heads: Sequence[HeadName] = HEADS) -> dict[HeadName, Parts]:
        """What the signals add to each head's log odds: see `Model.parts`.

        A signal's part is what the log odds lose when it becomes unknown, one signal after the other in their order.
        """
        refuse_missing(self.about, rows)
        steps = _unlearned(rows, self.about.signals)
        weights: dict[HeadName, Weights] = {"churn": self.churn, "move": self.move}
        return {name: _telescoped(weights[name], steps, rows) for name in heads}

    def with_about(self, about: About) -> Self:
        """The same rule under another version, or with another note."""
        return replace(self, about=about)

    def save(self, directory: Path) -> None:
        """Writes model.json (weights and all) and severity.json."""
        outcomes = {"churn": self.churn, "move": self.move}
        weights = {name: _plain(w) for name, w in outcomes.items()}
        values = {"kind": self.kind, **self.about.as_dict(), "weights": weights}
        (directory / "model.json").write_text(json.dumps(values, indent=1), encoding="utf-8")
        self.size.save(directory)

    @staticmethod
    def load(directory: Path) -> Rule:
        """The rule that `save` wrote; predicts the same bits."""
        values = json.loads((directory / "model.json").read_text(encoding="utf-8"))
        churn, move = (_weights(values["weights"][name]) for name in ("churn", "move"))
        return Rule(About.of(values), churn, move, Severity.load(directory))


def expected_rule(motion: Motion, *, signals: Sequence[str], fingerprints: Mapping[str, str], note: str,
                  horizon_days: int = HALF_YEAR) -> Rule:  # fmt: skip
    """The rule before any data: weights as service leads expect them, rates of a usual book.

    `signals`, `fingerprints`: today's definitions; the rule keeps those that drivers are made of.
    """
    about = About(motion, *what_is_read(signals, fingerprints), horizon_days, None, note)
    move = MOVES[motion]
    size = Severity(move, Encoding(()), None, USUAL[move])
    return Rule(about, expected_weights("churn", horizon_days), expected_weights(move, horizon_days), size)


def what_is_read(signals: Sequence[str], fingerprints: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The signals that drivers are made of, with their definitions."""
    names = tuple(name for name in signals if name in READ)
    return names, {name: fingerprints.get(name, "") for name in names}


def expected_weights(outcome: Outcome, horizon_days: int) -> Weights:
    """The weights that are expected before any data, at a level that gives a usual account its usual rate."""
    rate = 1.0 - (1.0 - USUAL_RATES[outcome]) ** (horizon_days / HALF_YEAR)
    expected = EXPECTED[outcome]
    level = log_odds(np.array([rate]))[0] - USUAL_DRIVER * sum(expected.values())
    return Weights(float(level), dict(expected), Rates(rate))


def fit_weights(
    outcome: Outcome, rows: pl.DataFrame, happened: Floats, weights: Floats, horizon_days: int
) -> Weights:
    """The expected weights, moved by what happened as far as the rows can tell; signs are kept."""
    expected = expected_weights(outcome, horizon_days)
    prior = np.array([expected.level, *(expected.drivers[d] for d in DRIVERS)])
    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    bounds += [(0.0 if w >= 0 else None, 0.0 if w <= 0 else None) for w in prior[1:]]
    design = np.column_stack([np.ones(rows.height), driver_matrix(rows)])
    sd = np.array([LEVEL_SD, *([WEIGHT_SD] * len(DRIVERS))])
    level, *found = fit_logistic(design, happened, weights, prior=prior, sd=sd, bounds=bounds).tolist()
    rates = fit_rates(happened, weights, segments_of(rows))
    return Weights(level, dict(zip(DRIVERS, found, strict=True)), rates)


def driver_matrix(rows: pl.DataFrame) -> Matrix:
    """One row a row, one column a driver of `DRIVERS`, each 0 (absent) to 1 (fully there)."""
    keyed = rows.with_columns(account_id=pl.int_range(pl.len()).cast(pl.String).str.zfill(12))
    present = drivers(keyed, population_of(keyed)).sort("account_id")
    return present.select(DRIVERS).to_numpy().astype(np.float64)


def _unlearned(rows: pl.DataFrame, signals: Sequence[str]) -> list[Matrix]:
    """The drivers as they are, then with the first signal unknown, then with the first two, and so on."""
    steps = [driver_matrix(rows)]
    for name in signals:
        rows = rows.with_columns(pl.lit(None, dtype=rows.schema[name]).alias(name))
        steps.append(driver_matrix(rows))
    return steps


def _telescoped(weights: Weights, steps: Sequence[Matrix], rows: pl.DataFrame) -> Parts:
    odds = np.column_stack([weights.log_odds(step) for step in steps])
    base, full, signals = odds[:, -1], odds[:, 0], -np.diff(odds, axis=1)
    if weights.rates is None:
        return Parts(base, full, signals)
    return calibrated(base, full, weights.probability(base, rows), weights.probability(full, rows), signals)


def _weights(values: Mapping[str, Any]) -> Weights:
    rates = values.get("rates")
    return Weights(
        values["level"], dict(values["drivers"]), Rates(rates["overall"], dict(rates["segments"])) if rates else None
    )


def _plain(weights: Weights) -> dict[str, Any]:
    """Plain values for JSON."""
    rates = weights.rates
    told = {"rates": {"overall": rates.overall, "segments": dict(rates.segments)}} if rates else {}
    return {"level": weights.level, "drivers": dict(weights.drivers), **told}
