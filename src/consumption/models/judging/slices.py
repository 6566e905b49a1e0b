"""The parts of a book that figures are told of."""

from __future__ import annotations

import polars as pl

# A segment or a quarter with fewer rows than this gets no line of its own.
ROWS_FOR_A_SLICE = 200


def slices(scored: pl.DataFrame, *, seen: pl.Series) -> dict[str, pl.DataFrame]:
    """Scored rows by slice: `all`, `unseen` (accounts not among `seen`), `segment NAME`, `quarter 2026-Q1`."""
    found = {"all": scored, "unseen": scored.filter(~pl.col("account_id").is_in(seen.unique().implode()))}
    named = scored.with_columns(quarter=quarter(pl.col("as_of")))
    for column in ("quarter", "segment"):
        for (name,), rows in named.group_by(column, maintain_order=True):
            if name is not None and rows.height >= ROWS_FOR_A_SLICE:
                found[f"{column} {name}"] = rows.drop("quarter")
    return dict(sorted(found.items()))


def quarter(moment: pl.Expr) -> pl.Expr:
    """The calendar quarter of a moment: 2026-Q1."""
    return pl.format("{}-Q{}", moment.dt.year(), moment.dt.quarter())
