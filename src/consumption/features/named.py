"""Named features: how often each feature that settings name was used, and how much at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from consumption.features.exact import from_micro
from consumption.features.signal import Signal, weeks

# A year: what a feature was used for in its season counts until that season comes again.
WINDOW = weeks(52)


def feature_signals(features: Sequence[str]) -> tuple[Signal, ...]:
    """Two signals a feature (event name): its events in a year, and their mean quantity."""
    return tuple(signal for feature in features for signal in (_uses(feature), _quantity(feature)))


def _uses(feature: str) -> Signal:
    of_feature = pl.col("event").cast(pl.String) == feature
    return Signal(
        name=f"feature_{_column(feature)}_{WINDOW}d",
        unit="events",
        family="depth",
        meaning=f"Events named `{feature}`.",
        label=f"Use of {_words(feature)} in a year",
        source="features",
        window=WINDOW,
        expr=pl.col("events").filter(of_feature).sum(),
        silence=0,
        driver="shallow_breadth",
    )


def _quantity(feature: str) -> Signal:
    of_feature = pl.col("event").cast(pl.String) == feature
    quantity, events = (pl.col(name).filter(of_feature).sum() for name in ("quantity", "events"))
    return Signal(
        name=f"feature_{_column(feature)}_quantity_{WINDOW}d",
        unit="quantity",
        family="depth",
        meaning=f"Mean quantity of an event named `{feature}`; unknown where there was none.",
        label=f"Quantity per {_words(feature)} in a year",
        source="features",
        window=WINDOW,
        expr=pl.when(events > 0).then(from_micro(quantity) / events),
        driver="shallow_breadth",
    )


def _column(feature: str) -> str:
    """The name as part of a column that a condition in `actions.toml` can name."""
    return re.sub(r"[^a-z0-9]+", "_", feature.lower()).strip("_")


def _words(feature: str) -> str:
    return _column(feature).replace("_", " ")
