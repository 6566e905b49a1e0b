"""Grouping by several columns as by one number: what a hash table of integers does is what takes the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import polars as pl

from consumption.features.addresses import Addresses, How
from consumption.features.digits import Digit

_KEY = "_key"
# Fewer rows are grouped as they are: packing them takes longer than it saves.
_FEW = 20_000
# Numbers that a signed 64-bit key can tell apart.
_ROOM = 2**62
_HOW = {"sum": pl.Expr.sum, "min": pl.Expr.min, "max": pl.Expr.max}


def grouped(rows: pl.DataFrame, by: Sequence[str], how: Mapping[str, How]) -> pl.DataFrame:
    """One row a value of `by`, columns of codes and days, in whatever order; `how` says what becomes of others.

    Where values of `by` are few beside rows they are places in an array (see `Addresses`). Others are packed: the
    columns' codes are the digits of one number, which is grouped by in place of them, if it holds them.
    """
    aggregates = [_HOW[what](pl.col(name)) for name, what in how.items()]
    if rows.height < _FEW:
        # What is small is done before streams have started.
        return rows.lazy().group_by(by).agg(aggregates).collect(engine="in-memory")
    digits = [Digit.of(rows[name]) for name in by]
    whole = not any(rows.schema[name].is_float() for name in how)
    if whole and (addresses := Addresses.of(rows, digits)) is not None:
        return addresses.grouped(rows, how)
    if not _fits(digits):
        return rows.lazy().group_by(by).agg(aggregates).collect(engine="streaming")
    found = rows.lazy().with_columns(_key(digits)).group_by(_KEY).agg(aggregates).collect(engine="streaming")
    return found.select(*_values(digits), pl.exclude(_KEY))


def one_of_each(rows: pl.DataFrame, by: Sequence[str]) -> pl.Series:
    """Whether a row stands for all with its values of `by`: true for one of them, whichever."""
    if rows.height < _FEW:
        return rows.select(pl.struct(by).is_first_distinct()).to_series()
    digits = [Digit.of(rows[name]) for name in by]
    if (addresses := Addresses.of(rows, digits)) is not None:
        return addresses.one_of_each()
    return rows.select((_key(digits) if _fits(digits) else pl.struct(by)).is_first_distinct()).to_series()


def _fits(digits: Sequence[Digit]) -> bool:
    return prod(digit.size for digit in digits) <= _ROOM


def _key(digits: Sequence[Digit]) -> pl.Expr:
    key = pl.lit(0, dtype=pl.Int64)
    for digit in digits:
        key = key * digit.size + digit.number
    return key.alias(_KEY)


def _values(digits: Sequence[Digit]) -> list[pl.Expr]:
    rest, columns = pl.col(_KEY), []
    for digit in reversed(digits):
        columns.append(digit.value(rest % digit.size))
        rest //= digit.size
    return list(reversed(columns))
