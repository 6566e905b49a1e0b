"""The challenger that learns an order: LambdaRank on graded dollars, calibrated to a probability for display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from consumption.models.encoding import Encoding
from consumption.models.heads.boosting import Boosting, Sample, boost_each
from consumption.models.heads.context import told_by_the_date
from consumption.models.heads.fitting import (
    MOVES_TO_STOP_BY,
    Rows,
    about_of,
    fit_size,
    law_of,
    rows_for,
)
from consumption.models.heads.head import POSITIVES_FOR_TREES, Head, calibrated_on, fit_rates, seeds_from
from consumption.models.heads.ranker import Ranker
from consumption.models.judging.evaluation import USUAL_CAPACITY
from consumption.models.motion import MOVES, Motion, Outcome
from consumption.models.rows import Floats, segments_of
from consumption.models.samples.dataset import TrainingSet
from consumption.models.scored import NO_OWNER

Grades = np.ndarray[tuple[int], np.dtype[np.int64]]

# Beyond what a week holds, places that an account just missed still teach what separates them (METHOD section 2).
BEYOND_CAPACITY = 4
GRADES = 6
# An order needs no more trees than a probability does; its steps are larger.
ORDERING = Boosting(patience=60)
_LIST = ["as_of", "owner"]
# LightGBM refuses a list with more rows; a longer one is learned from in parts.
LONGEST_LIST = 10_000


@dataclass(frozen=True)
class Scale:
    """What dollars are worth as grades: `bounds` between them, and the mean dollars of each grade, 0 for none."""

    bounds: tuple[float, ...]
    gains: tuple[float, ...]

    @staticmethod
    def of(dollars: Floats) -> Scale:
        """Grades of equally many rows among those that moved dollars."""
        moved = dollars[dollars > 0.0]
        bounds = np.unique(np.quantile(moved, np.linspace(0.0, 1.0, GRADES + 1)[1:-1]))
        grade = np.searchsorted(bounds, moved, side="right")
        means = [float(moved[grade == g].mean()) if (grade == g).any() else 0.0 for g in range(len(bounds) + 1)]
        return Scale(tuple(bounds.tolist()), (0.0, *(m / max(means) for m in means)))

    def grades(self, dollars: Floats) -> Grades:
        """The grade of each row, 0 where nothing moved."""
        placed = np.searchsorted(np.asarray(self.bounds), dollars, side="right") + 1
        return np.where(dollars > 0.0, placed, 0).astype(np.int64)


def fit_lambdarank(
    motion: Motion,
    data: TrainingSet,
    *,
    seed: int,
    settings: Boosting = ORDERING,
    monotone: bool = True,
    k: int = USUAL_CAPACITY,
    beside: Ranker | None = None,
    churn: Head | None = None,
) -> Ranker:
    """A ranker (`kind` lambdarank) whose heads learn the order of lists instead of probabilities.

    A list is a snapshot and an owner; what counts are the dollars among its first k + 4 places. Accounts start in the
    order of their worth, so that what is learned is what a probability would tell beside it. `beside`: the ranker of
    probabilities, from the same rows and seed: codes of words, and how large moves are, are what they are there.
    `churn`: as in `fit_ranker`.
    """
    move = MOVES[motion]
    fit = partial(_fit, data, settings=settings, monotone=monotone, k=k)
    churn = churn or fit("churn", seed, known=beside.churn.encoding if beside else None)
    moves = fit(move, seed + 1, known=beside.move.encoding if beside else None)
    size = beside.size if beside else fit_size(move, data, seed + 2)
    return Ranker(about_of(motion, data, settings, monotone=monotone), churn, moves, size, "lambdarank")


def in_parts(sizes: Sequence[int]) -> Grades:
    """Sizes of lists, in order; those of the parts, as even as can be, of a list that is too long."""
    parts = [[len(part) for part in np.array_split(np.arange(n), -(-n // LONGEST_LIST))] for n in sizes]
    return np.array([n for part in parts for n in part], dtype=np.int64)


def list_parameters(k: int, gains: tuple[float, ...] | None = None) -> dict[str, Any]:
    """LightGBM's parameters for lists of which k places count, and a few beyond; `gains`: of each grade."""
    parameters: dict[str, Any] = {"lambdarank_truncation_level": k + BEYOND_CAPACITY, "eval_at": [k]}
    return parameters | ({"label_gain": list(gains)} if gains else {})


def _fit(
    data: TrainingSet,
    outcome: Outcome,
    seed: int,
    *,
    settings: Boosting,
    monotone: bool,
    k: int,
    known: Encoding | None,
) -> Head:
    train, valid = (_by_list(rows) for rows in rows_for(outcome, data))
    encoding = known or Encoding.fit(train.frame, data.signals, told_by_the_date(train.frame, data.signals))
    rates = fit_rates(train.target, train.weights, segments_of(train.frame))
    few = min(train.weights @ train.target, train.weights @ (1.0 - train.target)) < POSITIVES_FOR_TREES
    if few or valid.target.sum() < MOVES_TO_STOP_BY:
        # An order says no probability before later rows calibrate it: here the rate is all there is to say.
        return Head(encoding, (), rates)
    scale = Scale.of(train.dollars)
    law = law_of(outcome, data) if monotone else {}
    boosters = boost_each(
        _sample(train, encoding, scale),
        _sample(valid, encoding, scale),
        encoding,
        objective="lambdarank",
        seeds=seeds_from(seed, settings.seeds),
        settings=settings,
        monotone=[law.get(c, 0) if c not in encoding.codes else 0 for c in encoding.columns],
        more=list_parameters(k, scale.gains),
    )
    return calibrated_on(valid.validation, Head(encoding, boosters, rates), odds=False)


def _by_list(rows: Rows) -> Rows:
    """The same rows, one list after the other."""
    lists = rows.frame.select("as_of", pl.col("owner").fill_null(NO_OWNER), "account_id")
    order = lists.with_row_index("row").sort(*_LIST, "account_id")["row"].to_numpy()
    return Rows(rows.frame[order], rows.target[order], rows.weights[order], rows.dollars[order])


def _sample(rows: Rows, encoding: Encoding, scale: Scale) -> Sample:
    """Rows in the order of their lists, graded, each beginning with the logarithm of its worth."""
    named = rows.frame.select("as_of", pl.col("owner").fill_null(NO_OWNER))
    sizes = named.group_by(_LIST, maintain_order=True).len()["len"].to_list()
    return Sample(
        encoding.matrix(rows.frame),
        scale.grades(rows.dollars).astype(np.float64),
        rows.weights,
        sizes=in_parts(sizes),
        start=np.log(np.maximum(rows.frame["weight"].to_numpy().astype(np.float64), 1e-9)),
    )
