"""Which signals a model leans on, and what is suspected of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from consumption.models.leaks.leak import Leak
from consumption.models.model import Model

# What a signal carries of the strongest ones for a model to lean on it.
HEAVY = 0.1


def strongest_signals(model: Model, rows: pl.DataFrame, most: int = 15) -> dict[str, float]:
    """Mean absolute contribution to the log odds over the rows, the largest first.

    Signals without any are left out.
    """
    parts = model.contributions(rows).drop("account_id")
    sizes = parts.select(pl.all().abs().mean()).row(0)
    by_size = sorted(zip(parts.columns, sizes, strict=True), key=lambda pair: (-pair[1], pair[0]))
    return {name: float(size) for name, size in by_size[:most] if size > 0.0}


def alarms(leaks: Sequence[Leak], strongest: Mapping[str, float]) -> list[str]:
    """What is suspected of signals that carry a tenth of the model or more."""
    whole = sum(strongest.values())
    heavy = {name for name, size in strongest.items() if size >= HEAVY * whole}
    return [leak.text for leak in leaks if not leak.trusted and heavy.intersection(leak.subjects)]
