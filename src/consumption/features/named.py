"""Named features: how often each feature that settings name was used, how much in all, and how much at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from consumption.features.exact import from_micro
from consumption.features.signal import Signal, weeks

# A year: what a feature was used for in its season counts until that season comes again.
WINDOW = weeks(52)
FAMILY = "depth"


def feature_signals(features: Sequence[str]) -> tuple[Signal, ...]:
    """Three signals a feature (event name): its events in a year, their quantity, and the quantity of one of them."""
    return tuple(signal for feature in features for signal in _signals_of(feature))


def _signals_of(feature: str) -> Iterator[Signal]:
    of_feature = pl.col("event").cast(pl.String) == feature
    events, quantity = (pl.col(name).filter(of_feature).sum() for name in ("events", "quantity"))
    yield Signal(
        name=f"feature_{_column(feature)}_{WINDOW}d",
        unit="events",
        meaning=f"Events named `{feature}`.",
        label=f"Use of {_words(feature)} in a year",
        expr=events,
        silence=0,
        family=FAMILY,
        source="features",
        window=WINDOW,
    )
    yield Signal(
        name=f"feature_{_column(feature)}_quantity_{WINDOW}d",
        unit="quantity",
        meaning=f"Sum of the quantities of events named `{feature}`.",
        label=f"Quantity of {_words(feature)} in a year",
        expr=from_micro(quantity),
        silence=0,
        family=FAMILY,
        source="features",
        window=WINDOW,
    )
    yield Signal(
        name=f"feature_{_column(feature)}_size_{WINDOW}d",
        unit="quantity",
        meaning=f"Mean quantity of an event named `{feature}`; unknown where there was none.",
        label=f"Quantity per {_words(feature)} in a year",
        expr=pl.when(events > 0).then(from_micro(quantity) / events),
        family=FAMILY,
        source="features",
        window=WINDOW,
    )


def _column(feature: str) -> str:
    """The name as part of a column that a condition in `actions.toml` can name."""
    return re.sub(r"[^a-z0-9]+", "_", feature.lower()).strip("_")


def _words(feature: str) -> str:
    return _column(feature).replace("_", " ")
