"""Grouping by several columns as by one number: what a hash table of integers does is what takes the time."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

import polars as pl

_KEY = "_key"
# Fewer rows are grouped as they are: packing them takes longer than it saves.
_FEW = 20_000
# Numbers that a signed 64-bit key can tell apart.
_ROOM = 2**62


def grouped(rows: pl.DataFrame, by: Sequence[str], sums: Sequence[pl.Expr]) -> pl.DataFrame:
    """`rows.group_by(by).agg(sums)`, of columns of codes and days, in whatever order.

    A key is the columns' codes as digits of one number, each counted from 1, 0 standing for null; where they do not
    fit into one number they are grouped by as they are.
    """
    digits = _digits(rows, by)
    if digits is None:
        # What is small is done before streams have started.
        engine: Literal["in-memory", "streaming"] = "in-memory" if rows.height < _FEW else "streaming"
        return rows.lazy().group_by(by).agg(sums).collect(engine=engine)
    found = rows.lazy().with_columns(_key(digits)).group_by(_KEY).agg(sums).collect(engine="streaming")
    return found.select(*_values(digits), pl.exclude(_KEY))


def _digits(rows: pl.DataFrame, by: Sequence[str]) -> list[_Digit] | None:
    """The columns as digits; None where a number of them would not fit, or is not worth the while."""
    if rows.height < _FEW:
        return None
    digits = [_Digit(rows[name]) for name in by]
    return digits if prod(digit.size for digit in digits) <= _ROOM else None


def _key(digits: Sequence[_Digit]) -> pl.Expr:
    key = pl.lit(0, dtype=pl.Int64)
    for digit in digits:
        key = key * digit.size + digit.number
    return key.alias(_KEY)


def _values(digits: Sequence[_Digit]) -> list[pl.Expr]:
    rest, columns = pl.col(_KEY), []
    for digit in reversed(digits):
        columns.append(digit.value(rest % digit.size))
        rest //= digit.size
    return list(reversed(columns))


class _Digit:
    """A column as whole numbers from 1 on; 0 is null."""

    def __init__(self, column: pl.Series) -> None:
        self._name, self._dtype = column.name, column.dtype
        physical = column.to_physical()
        self._physical = physical.dtype
        least, most = physical.min(), physical.max()
        self._least = int(least) if isinstance(least, int) else 0
        self.size = (int(most) if isinstance(most, int) else 0) - self._least + 2

    @property
    def number(self) -> pl.Expr:
        """The digit of each row."""
        return (pl.col(self._name).to_physical().cast(pl.Int64) - (self._least - 1)).fill_null(0)

    def value(self, digit: pl.Expr) -> pl.Expr:
        """The column's value, from its digit."""
        code = pl.when(digit > 0).then(digit + (self._least - 1)).cast(self._physical)
        is_code = isinstance(self._dtype, pl.Categorical | pl.Enum)
        return (code.cat.to(self._dtype) if is_code else code.cast(self._dtype)).alias(self._name)
