"""Whether what is learned stays within its part: of the rows, and of time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

import polars as pl

from consumption.models.encoding import Encoding
from consumption.models.heads.calibration import NO_CALIBRATION
from consumption.models.heads.fitting import rows_for
from consumption.models.heads.head import Head, calibrated_on, fit_rates
from consumption.models.heads.ranker import Kind, Ranker
from consumption.models.leaks.leak import FITTED_OUTSIDE, OVERLAPPING, Leak
from consumption.models.motion import MOVES, Outcome
from consumption.models.rows import segments_of
from consumption.models.samples.dataset import TrainingSet


def fitted_outside(ranker: Ranker, data: TrainingSet) -> list[Leak]:
    """Leak 5: codes, rates or a calibration that other rows than their own part's gave.

    Each is made once more from the rows it may come from, training's for codes and rates, validation's for the
    calibration, and has to be the same.
    """
    heads: dict[Outcome, Head] = {"churn": ranker.churn, MOVES[ranker.about.motion]: ranker.move}
    strange = {what for outcome, head in heads.items() for what in _made_otherwise(head, outcome, data, ranker.kind)}
    strange |= set(_strange(ranker.size.encoding, data.part("train")))
    seen = "made once more from their own part, they are others"
    return [Leak(FITTED_OUTSIDE, tuple(sorted(strange)), seen)] if strange else []


def overlapping(data: TrainingSet) -> list[Leak]:
    """Leak 6: a label window that reaches into a later part, or into the embargo between validation and test."""
    embargo = timedelta(days=data.horizon.windows.embargo)
    gaps = (("train", "valid", timedelta()), ("valid", "test", embargo), ("train", "test", timedelta()))
    return [leak for before, after, gap in gaps for leak in _reaching(data, before, after, gap)]


def _reaching(data: TrainingSet, before: str, after: str, gap: timedelta) -> Iterator[Leak]:
    last, first = data.part(before)["window_end"].max(), data.part(after)["as_of"].min()
    if not isinstance(last, datetime) or not isinstance(first, datetime):
        return
    if last + gap > first:
        embargo = f", with {gap.days} days between them" if gap else ""
        yield Leak(
            OVERLAPPING,
            (before,),
            f"label windows reach to {last:%Y-%m-%d}, and {after} begins on {first:%Y-%m-%d}{embargo}",
        )


def _made_otherwise(head: Head, outcome: Outcome, data: TrainingSet, kind: Kind) -> Iterator[str]:
    """Columns with codes of values that no training row has, `segment rates` and `calibration`, where they differ."""
    train, valid = rows_for(outcome, data)
    yield from _strange(head.encoding, train.frame)
    rates = fit_rates(train.target, train.weights, segments_of(train.frame))
    if not _alike(asdict(rates), asdict(head.rates)):
        yield "segment rates"
    if head.boosters and head.calibration != NO_CALIBRATION:
        again = calibrated_on(valid.validation, head, odds=kind != "lambdarank")
        if not _alike(again.calibration.as_dict(), head.calibration.as_dict()):
            yield "calibration"


def _strange(encoding: Encoding, train: pl.DataFrame) -> Iterator[str]:
    for name, codes in encoding.codes.items():
        if not set(codes) <= set(train[name].cast(pl.String).drop_nulls().unique()):
            yield name


def _alike(one: object, other: object) -> bool:
    """Whether plain values agree; numbers but for the order in which they were added up."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    return one == other
