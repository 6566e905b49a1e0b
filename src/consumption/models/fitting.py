"""From a training set to a fitted ranker, and to a fitted rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from consumption.models.boosting import USUAL_BOOSTING, Boosting
from consumption.models.dataset import TrainingSet
from consumption.models.head import Head, Validation, fit_head
from consumption.models.model import About
from consumption.models.motion import MOVES, Motion, Outcome
from consumption.models.ranker import Ranker
from consumption.models.rows import Floats
from consumption.models.rule import Rule, Weights, fit_weights, what_is_read
from consumption.models.severity import Severity, fit_severity, mean_severity

SMALL = Boosting(leaves=4, rows_in_leaf=20, rounds=200, rounds_without_validation=60)
MOVES_TO_STOP_BY = 20


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one part that one head is fitted on, with what it learns from them."""

    frame: pl.DataFrame
    target: Floats
    weights: Floats

    @staticmethod
    def of(frame: pl.DataFrame, target: pl.Expr) -> Rows:
        """Rows with an expression as what is to be learned, weighted by `row_weight`."""
        figures = frame.select(target=target.cast(pl.Float64), weights="row_weight")
        return Rows(frame, figures["target"].to_numpy(), figures["weights"].to_numpy())

    @property
    def validation(self) -> Validation:
        """The same rows, to stop and to calibrate by."""
        return Validation(self.frame, self.target, self.weights)


def fit_ranker(
    motion: Motion, data: TrainingSet, *, seed: int, settings: Boosting = USUAL_BOOSTING, monotone: bool = True
) -> Ranker:
    """Churn on all training rows; the move, and its size, on accounts that stayed; calibrated on validation.

    `monotone`: keep the sign that business law gives a signal, for churn and contraction. What makes an account grow
    follows no law, and is left free.
    """
    about = About(motion, data.signals, dict(data.fingerprints), data.horizon.days, data.as_of)
    law = {name: -sign for name, sign in data.directions.items()} if monotone else {}
    outcome = MOVES[motion]
    return Ranker(
        about=about,
        churn=_fit("churn", data, law, seed, settings),
        move=_fit(outcome, data, law if outcome == "contraction" else {}, seed + 1, settings),
        size=_fit_size(outcome, data, seed + 2),
    )


def fit_rule(motion: Motion, data: TrainingSet, *, note: str = "") -> Rule:
    """The rule, its weights moved from what is expected by all rows before the test; signs are kept."""
    past = data.rows.filter(pl.col("part").is_in(["train", "valid"]))
    about = About(motion, *what_is_read(data.signals, data.fingerprints), data.horizon.days, data.as_of, note)
    outcome = MOVES[motion]
    return Rule(
        about=about,
        churn=_weights("churn", past, data.horizon.days),
        move=_weights(outcome, past, data.horizon.days),
        size=_mean_size(outcome, past),
    )


def _fit(outcome: Outcome, data: TrainingSet, law: Mapping[str, int], seed: int, settings: Boosting) -> Head:
    train, valid = (_for_head(outcome, data.part(part)) for part in ("train", "valid"))
    return fit_head(
        train.frame,
        train.target,
        columns=data.signals,
        weights=train.weights,
        valid=valid.validation,
        directions=law,
        seed=seed,
        settings=settings,
    )


def _for_head(outcome: Outcome, rows: pl.DataFrame) -> Rows:
    """All rows for churn; for a move only accounts that stayed."""
    kept = rows if outcome == "churn" else rows.filter(pl.col("outcome") != "churn")
    return Rows.of(kept, pl.col("outcome") == outcome)


def _moved(outcome: Outcome, rows: pl.DataFrame) -> Rows:
    return Rows.of(rows.filter(pl.col("outcome") == outcome), pl.col("y").abs())


def _fit_size(outcome: Outcome, data: TrainingSet, seed: int) -> Severity:
    train, valid = (_moved(outcome, data.part(part)) for part in ("train", "valid"))
    return fit_severity(
        train.frame,
        train.target,
        outcome=outcome,
        columns=data.signals,
        weights=train.weights,
        valid=valid.validation if len(valid.target) >= MOVES_TO_STOP_BY else None,
        seed=seed,
        settings=SMALL,
    )


def _weights(outcome: Outcome, rows: pl.DataFrame, horizon_days: int) -> Weights:
    known = _for_head(outcome, rows)
    return fit_weights(outcome, known.frame, known.target, known.weights, horizon_days)


def _mean_size(outcome: Outcome, rows: pl.DataFrame) -> Severity:
    moved = _moved(outcome, rows)
    return mean_severity(moved.frame, moved.target, outcome=outcome, weights=moved.weights)
