"""From a training set to a fitted ranker, and to a fitted rule."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import polars as pl

from consumption.models.heads.boosting import USUAL_BOOSTING, Boosting
from consumption.models.heads.capacity import Lists
from consumption.models.heads.head import Head, Validation, fit_head
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule, Weights, fit_weights, what_is_read
from consumption.models.heads.severity import Severity, fit_severity, mean_severity
from consumption.models.heads.stopping import Watch
from consumption.models.judging.evaluation import USUAL_CAPACITY
from consumption.models.lesson import Lesson
from consumption.models.model import About
from consumption.models.motion import MOVES, Motion, Outcome
from consumption.models.rows import Floats
from consumption.models.samples.dataset import TrainingSet

SMALL = Boosting(leaves=4, rows_in_leaf=20, rounds=200, rounds_without_validation=60)
MOVES_TO_STOP_BY = 20


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one part that one head is fitted on, with what it learns from them, an element a row.

    `dollars`: yearly value that the outcome moved, 0 where it did not happen.
    """

    frame: pl.DataFrame
    target: Floats
    weights: Floats
    dollars: Floats

    @staticmethod
    def of(frame: pl.DataFrame, target: pl.Expr) -> Rows:
        """Rows with an expression as what is to be learned, weighted by `row_weight`."""
        dollars = pl.col("weight") * pl.col("y").abs() * (target > 0.0)
        figures = frame.select(target=target.cast(pl.Float64), weights="row_weight", dollars=dollars)
        return Rows(frame, *(figures[name].to_numpy() for name in ("target", "weights", "dollars")))

    @property
    def validation(self) -> Validation:
        """The same rows, to stop by their loss and to calibrate by."""
        return Validation(self.frame, self.target, self.weights)

    def listed(self, k: int) -> Validation:
        """The same rows as lists, to stop by the dollars that those hold; `k`: accounts a rep takes on in a week."""
        return replace(self.validation, lists=Lists.of(self.frame, self.dollars, k))


def fit_ranker(
    motion: Motion,
    data: TrainingSet,
    *,
    seed: int,
    settings: Boosting = USUAL_BOOSTING,
    monotone: bool = True,
    k: int = USUAL_CAPACITY,
    watch: Watch | None = None,
    churn: Head | None = None,
) -> Ranker:
    """Churn on all training rows; the move, and its size, on accounts that stayed; calibrated on validation.

    Heads grow until the lists of the validation snapshots hold no more dollars (`k` accounts a rep and week).
    `monotone`: keep the sign that business law gives a signal, for churn and contraction; what makes an account grow
    follows no law, and is left free. `watch`: hears how each head gets on. `churn`: that head, where the same rows,
    seed and settings have grown it already.
    """
    fit = partial(_fit, data, settings=settings, monotone=monotone, k=k, watch=watch)
    move = MOVES[motion]
    about = about_of(motion, data, settings, monotone=monotone)
    return Ranker(about, churn or fit("churn", seed), fit(move, seed + 1), fit_size(move, data, seed + 2))


def about_of(motion: Motion, data: TrainingSet, settings: Boosting, *, monotone: bool) -> About:
    """What is known of a model that these rows taught, by trees of these settings."""
    lesson = replace(lesson_of(data), settings=grown_by(settings, monotone=monotone))
    return About(motion, data.signals, dict(data.fingerprints), data.horizon.days, data.as_of, lesson=lesson)


def grown_by(settings: Boosting, *, monotone: bool) -> dict[str, Any]:
    """How a model grew, by name; on how many threads is no part of that."""
    return {name: value for name, value in asdict(settings).items() if name != "threads"} | {"monotone": monotone}


def lesson_of(data: TrainingSet) -> Lesson:
    """What all rows before the test teach."""
    past = data.rows.filter(pl.col("part").is_in(["train", "valid"]))
    return Lesson(
        data.source,
        data.horizon.windows.lead,
        data.thresholds.churn,
        data.thresholds.contraction,
        data.thresholds.expansion,
        max(past["window_end"].unique(), default=None),
    )


def law_of(outcome: Outcome, data: TrainingSet) -> dict[str, int]:
    """The sign by which a signal moves an outcome, where business law gives one."""
    return {} if outcome == "expansion" else {name: -sign for name, sign in data.directions.items()}


def fit_rule(motion: Motion, data: TrainingSet, *, note: str = "") -> Rule:
    """The rule, its weights moved from what is expected by all rows before the test; signs are kept."""
    past = data.rows.filter(pl.col("part").is_in(["train", "valid"]))
    read = what_is_read(data.signals, data.fingerprints)
    about = About(motion, *read, data.horizon.days, data.as_of, note, lesson=lesson_of(data))
    outcome = MOVES[motion]
    return Rule(
        about=about,
        churn=_weights("churn", past, data.horizon.days),
        move=_weights(outcome, past, data.horizon.days),
        size=_mean_size(outcome, past, data.thresholds.sizes(outcome)),
    )


def rows_for(outcome: Outcome, data: TrainingSet) -> tuple[Rows, Rows]:
    """What a head learns from, and what it stops and is calibrated by."""
    train, valid = (_for_head(outcome, data.part(part)) for part in ("train", "valid"))
    return train, valid


def _fit(
    data: TrainingSet,
    outcome: Outcome,
    seed: int,
    *,
    settings: Boosting,
    monotone: bool,
    k: int,
    watch: Watch | None,
) -> Head:
    train, valid = rows_for(outcome, data)
    return fit_head(
        train.frame,
        train.target,
        columns=data.signals,
        weights=train.weights,
        valid=valid.listed(k),
        directions=law_of(outcome, data) if monotone else None,
        seed=seed,
        settings=settings,
        watch=watch,
    )


def _for_head(outcome: Outcome, rows: pl.DataFrame) -> Rows:
    """All rows for churn; for a move only accounts that stayed."""
    kept = rows if outcome == "churn" else rows.filter(pl.col("outcome") != "churn")
    return Rows.of(kept, (pl.col("outcome") == outcome).cast(pl.Float64))


def _moved(outcome: Outcome, rows: pl.DataFrame) -> Rows:
    return Rows.of(rows.filter(pl.col("outcome") == outcome), pl.col("y").abs())


def fit_size(outcome: Outcome, data: TrainingSet, seed: int) -> Severity:
    """How large a move is, from the training rows that moved."""
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
        limits=data.thresholds.sizes(outcome),
    )


def _weights(outcome: Outcome, rows: pl.DataFrame, horizon_days: int) -> Weights:
    known = _for_head(outcome, rows)
    return fit_weights(outcome, known.frame, known.target, known.weights, horizon_days)


def _mean_size(outcome: Outcome, rows: pl.DataFrame, limits: tuple[float, float]) -> Severity:
    moved = _moved(outcome, rows)
    return mean_severity(moved.frame, moved.target, outcome=outcome, weights=moved.weights, limits=limits)
