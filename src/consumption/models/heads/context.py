"""Columns that tell a date rather than an account: what a whole segment does, at a moment."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from consumption.features.peers import SHARED

# Trees learn from as many cases as there are segments and dates, however many accounts share the value. Under this
# many they would learn which quarter was a bad one, and the next one is another.
MOMENTS_TO_LEARN_FROM = 100
# A segment of which fewer accounts have a value tells nothing about whether it is shared.
FEWEST = 5
_CELL = ["segment", "as_of"]


def told_by_the_date(rows: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """Columns whose value peers share at a moment, where too few such values are known to learn from.

    Needs segment and as_of beside the columns; where either is not there no column is named.
    """
    return [c for c, values in shared_by_peers(rows, columns).items() if values < MOMENTS_TO_LEARN_FROM]


def shared_by_peers(rows: pl.DataFrame, columns: Sequence[str]) -> dict[str, int]:
    """Columns whose value peers share at a moment, and how many such values there are.

    Those that are defined so, whoever the peers are; and any other that all of a segment share. Needs segment and
    as_of beside the columns; where either is not there no column is named.
    """
    if not set(_CELL) <= set(rows.columns):
        return {}
    numbers = [c for c in columns if rows.schema[c].is_numeric() and c not in _CELL]
    cells = rows.select(pl.struct(_CELL).n_unique()).item()
    ever = _distinct(rows, numbers)
    few = [c for c in numbers if 1 < ever[c] <= cells]
    judged = [pl.when(pl.col(c).count() >= FEWEST).then(pl.col(c).drop_nulls().n_unique()).alias(c) for c in few]
    most = rows.group_by(_CELL).agg(judged).select(pl.col(few).max()).row(0, named=True) if few else {}
    defined = [c for c in numbers if c in SHARED and ever[c] > 1]
    dated = [_distinct(of_date, defined) for of_date in rows.partition_by("as_of")] if defined else []
    return {c: sum(values[c] for values in dated) for c in defined} | {c: cells for c in few if most[c] == 1}


def _distinct(rows: pl.DataFrame, columns: Sequence[str]) -> dict[str, int]:
    return rows.select(pl.col(c).drop_nulls().n_unique() for c in columns).row(0, named=True) if columns else {}
