"""Which signals a model leans on, and what is suspected of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from consumption.models.heads.ranker import Ranker
from consumption.models.leaks.leak import Leak
from consumption.models.motion import MOVES

# What suspected signals carry, of the strongest ones, for a model to lean on them.
HEAVY = 0.1


def leaning(ranker: Ranker, rows: pl.DataFrame) -> dict[str, dict[str, float]]:
    """What each signal adds to the log odds, its mean size over the rows: of the `probability`, `churn` and the move.

    The move is called by its outcome (contraction, expansion).
    """
    heads = {"probability": "probability", "churn": "churn", "move": MOVES[ranker.about.motion]}
    names = ranker.about.signals
    found = ranker.by_head(rows)
    return {called: dict(zip(names, np.abs(found[head]).mean(axis=0).tolist(), strict=True))
            for head, called in heads.items()}  # fmt: skip


def strongest_signals(sizes: Mapping[str, float], most: int = 15) -> dict[str, float]:
    """The signals of largest size, the largest first; those without any are left out."""
    by_size = sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
    return {name: size for name, size in by_size[:most] if size > 0.0}


def alarms(leaks: Sequence[Leak], sizes: Mapping[str, float]) -> list[str]:
    """What is suspected of signals that together carry as much as a tenth of the strongest ones, or more.

    Together, because trees spread a leak over all signals that tell it. `sizes`: of all signals.
    """
    told = [leak for leak in leaks if not leak.trusted]
    suspected = {name for leak in told for name in leak.subjects if sizes.get(name, 0.0) > 0.0}
    carried, whole = sum(sizes[name] for name in suspected), sum(strongest_signals(sizes).values())
    if not suspected or carried < HEAVY * whole:
        return []
    return [leak.text for leak in told if suspected.intersection(leak.subjects)]
