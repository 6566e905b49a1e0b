"""All that can be seen of leaks, in the order in which a training comes to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from consumption.models.heads.ranker import Ranker
from consumption.models.leaks.alone import telling
from consumption.models.leaks.leak import Leak, trusting
from consumption.models.leaks.overwritten import overwritten
from consumption.models.leaks.parts import fitted_outside, overlapping
from consumption.models.leaks.rebuilt import Past, rebuilt
from consumption.models.motion import Motion
from consumption.models.samples.dataset import TrainingSet


def of_the_past(
    past: Past, snapshots: Mapping[datetime, pl.DataFrame], *, trusted: tuple[str, ...] = (), seed: int = 0
) -> tuple[Leak, ...]:
    """What only the history tells: leaks 1, 4, 7 and 8. Asked once, for both motions."""
    found = rebuilt(past, snapshots, seed=seed)
    found += overwritten(past.history, past.signals, past.learned, sorted(snapshots))
    return trusting(found, trusted)


def before_fitting(motion: Motion, data: TrainingSet) -> tuple[Leak, ...]:
    """What the rows tell: leaks 2, 3 and 6; and what the history told of them."""
    found = telling(motion, data.part("train"), data.signals, known=data.terms)
    return (*data.leaks, *trusting([*overlapping(data), *found], data.trusted))


def of_the_fit(ranker: Ranker, data: TrainingSet) -> tuple[Leak, ...]:
    """What the fitted model tells: leak 5."""
    return trusting(fitted_outside(ranker, data), data.trusted)
