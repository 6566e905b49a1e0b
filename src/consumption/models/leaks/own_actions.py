"""Signals that count what we did ourselves: a model of the risk must not take our help for its cause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product

import polars as pl

from consumption.features.signal import Signal
from consumption.tables import LAKE

# What our people do; tickets, answers and gains are the customer's, invoices are no help.
OURS = ("call", "email", "meeting", "training", "visit")
_DECIDED = ("decisions.", "responses.")
# A contact of each kind there can be: a signal may count long calls alone, or talks about one topic, or old ones. A
# topic that it names is tried too, whatever it is.
_MINUTES = (1.0, 30.0, 60.0, 1_000.0)
_DAYS_AGO = (3.0, 45.0, 200.0)
_TOPICS = (None, "another")
_TOLD = {
    "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
    "score": 5.0,
    "amount": 1.0,
    "severity": 2,
    "days_open": 1.0,
    "reopened_days_ago": 2.0,
    "is_open": False,
}


def own_actions(signals: Sequence[Signal]) -> tuple[str, ...]:
    """Signals that read decisions or responses, or whose value contacts of a channel of ours change."""
    return tuple(s.name for s in signals if _counts(s))


def ours() -> pl.Expr:
    """Interactions that are our own doing."""
    return pl.col("channel").is_in(OURS)


def _counts(signal: Signal) -> bool:
    if any(column.startswith(_DECIDED) for column in signal.reads):
        return True
    if signal.of:
        return any(_counts(one) for one in signal.of)
    if signal.source != "interactions":
        return False
    rows = _rows(_named(signal.expr))
    if not set(signal.expr.meta.root_names()) <= set(rows.columns):
        return False
    value = signal.expr.alias("value")
    together, nothing = (some.select(value)["value"] for some in (rows, rows.clear()))
    if not together.equals(nothing):
        return True
    # Each alone too: among others one may go unseen, as in a difference.
    alone = rows.with_row_index("contact").group_by("contact").agg(value)["value"]
    return len(nothing) == 1 and bool(alone.ne_missing(nothing[0]).any())


def _named(expr: pl.Expr) -> tuple[str, ...]:
    """The words that an expression names: one of them may be a topic that it asks for."""
    return tuple(sorted({*re.findall(r'"([^"]*)"', str(expr))} - {*expr.meta.root_names(), *OURS}))


def _rows(words: Sequence[str]) -> pl.DataFrame:
    """Contacts of each kind in each channel of ours, as the source `interactions` shows them."""
    schema = LAKE["interactions"].stored_schema
    plain = {name: pl.lit(value).alias(name) for name, value in _TOLD.items()}
    unknown = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in plain]
    varied = {"channel": pl.String, "minutes": pl.Float64, "days_ago": pl.Float64, "topic": pl.String}
    kinds = product(OURS, _MINUTES, _DAYS_AGO, (*_TOPICS, *words))
    made = pl.DataFrame([*kinds], schema=varied, orient="row")
    return made.select(*(e for e in unknown if e.meta.output_name() not in varied), *plain.values(), *varied)
