"""An interval for each account's probability: how far it may be off by what the model could learn."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import polars as pl

from consumption.models.heads.doubt import DAY_ONE, HIDDEN, Doubt
from consumption.models.heads.head import SEGMENT_VOTES
from consumption.models.heads.ranker import Ranker
from consumption.models.heads.rule import Rule
from consumption.models.judging.bootstrap import by_account, clusters
from consumption.models.logistic import log_odds, probability
from consumption.models.model import Model, motion_probability
from consumption.models.motion import MOTIONS
from consumption.models.rows import Floats, Strings, evidence_of, segments_of
from consumption.models.samples.dataset import TrainingSet
from consumption.models.scored import score
from consumption.models.training import Trained

ROWS_TO_TRUST_A_SEGMENT = 200
_SLOPE_SD = 0.5  # as in `calibration`
_M = TypeVar("_M", Rule, Ranker)


def with_doubt(trained: Trained) -> Trained:
    """The same training, its models with their doubt; one that was trained before keeps its own."""
    rule = _told(trained.rule, trained.data)
    ranker = _told(trained.ranker, trained.data) if trained.ranker else None
    model: Model = rule if trained.model is trained.rule else trained.model
    if ranker is not None and trained.model is trained.ranker:
        model = ranker
    return replace(trained, rule=rule, ranker=ranker, model=model)


def doubt_of(model: Model, data: TrainingSet) -> Doubt:
    """Measured on the rows that a model was calibrated on; where there are none, that it was fitted on."""
    late, early = data.part("valid"), data.part("train")
    rows = early if late.is_empty() else late
    if rows.is_empty():
        return DAY_ONE
    scored = score(model, rows)
    said = scored["probability"].to_numpy()
    calibration = _calibration(scored, log_odds(said), rows["row_weight"].to_numpy())
    return Doubt(
        calibration=min(calibration, DAY_ONE.calibration),
        boosters=_boosters(model, rows),
        apart=_apart(said, float(said.var())),
        segments=_by_segment(said, segments_of(rows)),
    )


def between(ranked: pl.DataFrame, rows: pl.DataFrame, *, help: Model, expand: Model) -> pl.DataFrame:  # noqa: A002 - the motion's name
    """account_id, help_low, help_high, expand_low, expand_high, new: what the chances lie between in 8 of 10 cases.

    `ranked`: RANKED, and `rows`: those that were scored (`rows.scoring_rows`), both ordered by account_id. `new`:
    under 28 days there, so that its segment counts for most. Who has given notice has no interval for help.
    """
    evidence, segments = evidence_of(rows), segments_of(rows)
    own = 1.0 - SEGMENT_VOTES / (evidence + SEGMENT_VOTES)
    found: dict[str, pl.Series] = {}
    for motion, model in zip(MOTIONS, (help, expand), strict=True):
        said = ranked[f"{motion}_probability"].to_numpy()
        low, high = (model.about.doubt or DAY_ONE).between(said, segments, own)
        found |= {f"{motion}_low": pl.Series(low), f"{motion}_high": pl.Series(high)}
    told = rows.select("account_id", "notice_given").with_columns(**found, new=pl.Series(np.isfinite(evidence)))
    asked = [pl.when(~pl.col("notice_given")).then(pl.col(name)).alias(name) for name in ("help_low", "help_high")]
    return told.with_columns(asked).drop("notice_given")


def _told(model: _M, data: TrainingSet) -> _M:
    return model.with_about(replace(model.about, doubt=doubt_of(model, data)))


def _calibration(scored: pl.DataFrame, odds: Floats, weights: Floats) -> float:
    """How far a logistic through these rows may be off on average: a sandwich, rows of an account together."""
    design = np.column_stack([np.ones_like(odds), odds - odds.mean()])
    said = probability(odds)
    bread = design.T @ (design * (weights * said * (1.0 - said))[:, None]) + np.diag([0.0, _SLOPE_SD**-2])
    codes, accounts = clusters(scored["account_id"].to_numpy().astype(object))
    scores = by_account(design * (weights * (scored["happened"].to_numpy() - said))[:, None], codes, accounts)
    inverse = np.linalg.pinv(bread)
    covariance = inverse @ (scores.T @ scores) @ inverse
    return float(np.sqrt(np.mean(np.einsum("ij,jk,ik->i", design, covariance, design))))


def _boosters(model: Model, rows: pl.DataFrame) -> float:
    """How far the mean of the boosters would be from that of as many others: one from another, by their number."""
    if not isinstance(model, Ranker):
        return 0.0
    number = min(len(head.boosters) for head in (model.churn, model.move))
    if number < 2:
        return 0.0
    each = [log_odds(_of_one(model, place, rows)) for place in range(number)]
    return float(np.sqrt(np.var(each, axis=0, ddof=1).mean() / number))


def _of_one(model: Ranker, place: int, rows: pl.DataFrame) -> Floats:
    """The motion's probability by one booster of each head alone."""
    churn, move = (replace(h, boosters=(h.boosters[place],)).predict(rows) for h in (model.churn, model.move))
    return motion_probability(model.about.motion, churn, move)


def _by_segment(said: Floats, segments: Strings) -> dict[str, float]:
    """By how much accounts of a segment differ, their variance drawn to that of all with n / (n + 200)."""
    found = {}
    for segment in sorted({s for s in segments if s is not None}):
        mine = said[segments == segment]
        trust = len(mine) / (len(mine) + ROWS_TO_TRUST_A_SEGMENT)
        found[str(segment)] = _apart(mine, float(trust * mine.var() + (1.0 - trust) * said.var()))
    return found


def _apart(said: Floats, variance: float) -> float:
    """The variance of chances, of p (1 - p): what is seen of it in probabilities, and what is hidden beside."""
    return (variance + HIDDEN * float((said * (1.0 - said)).mean())) / float(said.mean() * (1.0 - said.mean()))
