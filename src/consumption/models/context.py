"""Columns that tell a date rather than an account: what a whole segment does, at a moment."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# Trees learn from as many cases as there are segments and dates, however many accounts share the value. Under this
# many they would learn which quarter was a bad one, and the next one is another.
MOMENTS_TO_LEARN_FROM = 100
# A segment of which fewer accounts have a value tells nothing about whether it is shared.
FEWEST = 5
_CELL = ["segment", "as_of"]


def told_by_the_date(rows: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """Columns whose value all of a segment share at a moment, where too few such moments are known to learn from.

    Needs segment and as_of beside the columns; where either is not there no column is named.
    """
    if not set(_CELL) <= set(rows.columns):
        return []
    numbers = [c for c in columns if rows.schema[c].is_numeric() and c not in _CELL]
    if not numbers or rows.select(pl.struct(_CELL).n_unique()).item() >= MOMENTS_TO_LEARN_FROM:
        return []
    judged = [pl.when(pl.col(c).count() >= FEWEST).then(pl.col(c).drop_nulls().n_unique()).alias(c) for c in numbers]
    values = rows.group_by(_CELL).agg(judged).select(pl.col(numbers).max()).row(0, named=True)
    varied = rows.select(pl.col(c).drop_nulls().n_unique() for c in numbers).row(0, named=True)
    return [c for c in numbers if values[c] == 1 and varied[c] > 1]
