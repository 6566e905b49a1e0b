"""Heads grown again on every row before the test, each calibrated on what its boosters said of accounts unseen."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl

from consumption.models.heads.boosting import USUAL_BOOSTING, Boosting, Sample, boost
from consumption.models.heads.calibration import fit_calibration
from consumption.models.heads.fitting import Rows, law_of, rows_for
from consumption.models.heads.head import Head
from consumption.models.heads.ranker import Ranker
from consumption.models.motion import MOVES, Outcome
from consumption.models.rows import segments_of
from consumption.models.samples.dataset import TrainingSet

# Boosters of a head that was grown again, each from four fifths of the accounts.
FOLDS = 5

Folds = np.ndarray[tuple[int], np.dtype[np.int64]]


def grown_on_all(
    ranker: Ranker,
    data: TrainingSet,
    *,
    seed: int,
    settings: Boosting = USUAL_BOOSTING,
    monotone: bool = True,
    churn: Head | None = None,
) -> Ranker:
    """The ranker with heads that learn from the validation rows too, once these have said how far to grow.

    They are the newest rows, and half as many again as there are to train. A booster a fold of the accounts, with as
    many trees as the head's own have, learns from the other folds; their mean is what the head says. What each said
    of the accounts it has not seen calibrates the head, on the rows of both parts: the validation snapshots alone
    hold too few outcomes to tell a level. Sizes, codes of words and rates stay those of the training rows. No
    validation row can be read for this ranker any more; the test rows still can. `churn`: as in `fit_ranker`.
    """
    again = partial(_again, data=data, settings=settings, monotone=monotone)
    move = again(MOVES[ranker.about.motion], ranker.move, seed=seed + 1)
    return replace(ranker, churn=churn or again("churn", ranker.churn, seed=seed), move=move)


def _again(outcome: Outcome, head: Head, *, data: TrainingSet, seed: int, settings: Boosting, monotone: bool) -> Head:
    """The head with boosters of the rows of both parts; as it is where it has none."""
    if not head.boosters:
        return head
    rows = _both(*rows_for(outcome, data))
    law = law_of(outcome, data) if monotone else {}
    matrix, fold = head.encoding.matrix(rows.frame), by_account(rows.frame["account_id"], seed)
    as_long = replace(settings, rounds_without_validation=max(1, round(head.trees / len(head.boosters))))
    said, boosters = np.empty(len(fold)), []
    for number in range(FOLDS):
        others, own = fold != number, fold == number
        booster = boost(
            Sample(np.ascontiguousarray(matrix[others]), rows.target[others], rows.weights[others]),
            None,
            head.encoding,
            objective="binary",
            seed=seed + number,
            settings=as_long,
            monotone=[law.get(c, 0) if c not in head.encoding.codes else 0 for c in head.encoding.columns],
        )
        said[own] = np.asarray(booster.predict(matrix[own], raw_score=True), dtype=np.float64)
        boosters.append(booster)
    calibration = fit_calibration(said, rows.target, rows.weights, segments_of(rows.frame))
    return replace(head, boosters=tuple(boosters), calibration=calibration)


def by_account(accounts: pl.Series, seed: int) -> Folds:
    """The fold of each row: all rows of an account are in one, and folds have as many accounts as each other."""
    place = accounts.rank("dense").to_numpy().astype(np.int64) - 1
    return np.asarray((np.random.default_rng([seed, FOLDS]).permutation(place.max() + 1) % FOLDS)[place])


def _both(train: Rows, valid: Rows) -> Rows:
    """The rows of two parts, whose label windows do not overlap, so that each keeps its weight."""
    pairs = [(train.target, valid.target), (train.weights, valid.weights), (train.dollars, valid.dollars)]
    return Rows(pl.concat([train.frame, valid.frame]), *(np.concatenate(pair) for pair in pairs))
