"""Arithmetic that gives the same bits in any order, in any company, on any number of threads."""

from __future__ import annotations

import polars as pl

# Quantities and money are summed as whole millionths: integer sums are exact, in any order, and can be taken back.
MICRO = 1_000_000
_LARGEST = 9e12


def micro(value: pl.Expr) -> pl.Expr:
    """A number as whole millionths (Int64)."""
    return (value.cast(pl.Float64).clip(-_LARGEST, _LARGEST) * MICRO).round().cast(pl.Int64, strict=False)


def from_micro(value: pl.Expr) -> pl.Expr:
    """Whole millionths as a number."""
    return over(value, MICRO)


def over(value: pl.Expr, number: float) -> pl.Expr:
    """A value divided by a number, correctly rounded.

    Polars multiplies a column by the number's reciprocal, but divides where a thread has one row of it: the last bit
    would depend on how many accounts there are. By a column it always divides.
    """
    return value / (value.is_not_null() * float(number))
