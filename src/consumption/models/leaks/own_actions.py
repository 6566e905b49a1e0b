"""Signals that count what we did ourselves: a model of the risk must not take our help for its cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from consumption.features.signal import Signal
from consumption.tables import LAKE

# What our people do; tickets, answers and gains are the customer's, invoices are no help.
OURS = ("call", "email", "meeting", "training", "visit")
_DECIDED = ("decisions.", "responses.")
_TOLD = {
    "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
    "minutes": 30,
    "score": 5.0,
    "amount": 1.0,
    "severity": 2,
    "days_ago": 3.0,
    "days_open": 1.0,
    "reopened_days_ago": 2.0,
    "is_open": False,
}


def own_actions(signals: Sequence[Signal]) -> tuple[str, ...]:
    """Signals that read decisions or responses, or whose value contacts of a channel of ours change."""
    rows = _rows()
    return tuple(s.name for s in signals if _counts(s, rows))


def ours() -> pl.Expr:
    """Interactions that are our own doing."""
    return pl.col("channel").is_in(OURS)


def _counts(signal: Signal, rows: pl.DataFrame) -> bool:
    if any(column.startswith(_DECIDED) for column in signal.reads):
        return True
    if signal.of:
        return any(_counts(one, rows) for one in signal.of)
    if signal.source != "interactions" or not set(signal.expr.meta.root_names()) <= set(rows.columns):
        return False
    with_ours, without = (frame.select(signal.expr.alias("value"))["value"] for frame in (rows, rows.clear()))
    return not with_ours.equals(without)


def _rows() -> pl.DataFrame:
    """One contact a channel of ours, as the source `interactions` shows it."""
    schema = LAKE["interactions"].stored_schema
    plain = {name: pl.lit(value).alias(name) for name, value in _TOLD.items()}
    unknown = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in plain]
    return pl.DataFrame({"channel": OURS}).select(*(e for e in unknown if e.meta.output_name() != "channel"),
                                                  *plain.values(), "channel")  # fmt: skip
