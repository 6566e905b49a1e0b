"""Codes and days as digits of a number."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Digit:
    """A column as whole numbers below `size`: its codes counted from 1, and 0 for null."""

    name: str
    dtype: pl.DataType
    physical: pl.DataType
    least: int
    size: int

    @staticmethod
    def of(column: pl.Series) -> Digit:
        """The digit of a column of codes, days or whole numbers."""
        physical = column.to_physical()
        ends = physical.min(), physical.max()
        least, most = (end if isinstance(end, int) else 0 for end in ends)
        return Digit(column.name, column.dtype, physical.dtype, least, most - least + 2)

    @property
    def number(self) -> pl.Expr:
        """The digit of each row."""
        return (pl.col(self.name).to_physical().cast(pl.Int64) - (self.least - 1)).fill_null(0)

    def value(self, digit: pl.Expr) -> pl.Expr:
        """The column's value, from its digit."""
        code = pl.when(digit > 0).then(digit + (self.least - 1)).cast(self.physical)
        is_code = isinstance(self.dtype, pl.Categorical | pl.Enum)
        return (code.cat.to(self.dtype) if is_code else code.cast(self.dtype)).alias(self.name)
