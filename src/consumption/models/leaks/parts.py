"""Whether what is learned stays within its part: of the rows, and of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from consumption.models.dataset import TrainingSet
from consumption.models.encoding import Encoding
from consumption.models.leaks.leak import FITTED_OUTSIDE, OVERLAPPING, Leak
from consumption.models.ranker import Ranker


def fitted_outside(ranker: Ranker, data: TrainingSet) -> list[Leak]:
    """Leak 5: a word with a code, or a segment with a rate, that no row of the training part has."""
    train = data.part("train")
    known = {"churn": ranker.churn.encoding, "move": ranker.move.encoding, "size": ranker.size.encoding}
    strange = sorted({name for encoding in known.values() for name in _strange(encoding, train)})
    segments = {s for head in (ranker.churn, ranker.move) for s in head.rates.segments}
    if not segments <= set(train["segment"].drop_nulls().unique()):
        strange.append("segment")
    seen = "its codes or rates know values that no training row has"
    return [Leak(FITTED_OUTSIDE, tuple(strange), seen)] if strange else []


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


def _strange(encoding: Encoding, train: pl.DataFrame) -> Iterator[str]:
    for name, codes in encoding.codes.items():
        if not set(codes) <= set(train[name].cast(pl.String).drop_nulls().unique()):
            yield name
