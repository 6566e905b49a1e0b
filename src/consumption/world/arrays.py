"""Rows of arrays: what every vectorised part of the world is made of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from consumption.tables import TIMESTAMP

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Rows:
    """Arrays of equal length, one element an account."""

    def take(self, rows: Ints) -> Self:
        """The same fields for these rows only, in this order; a row may come several times."""
        taken: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            taken[field.name] = value.take(rows) if isinstance(value, Rows) else value[rows]
        return type(self)(**taken)


_R = TypeVar("_R", bound=Rows)


def stack(parts: list[_R]) -> _R:
    """Rows of one kind put under each other."""
    joined: dict[str, Any] = {}
    for field in fields(parts[0]):
        values = [getattr(part, field.name) for part in parts]
        joined[field.name] = stack(values) if isinstance(values[0], Rows) else np.concatenate(values)
    return type(parts[0])(**joined)


def logistic(x: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def share(x: Floats) -> Floats:
    """The value held between 0 and 1."""
    return np.clip(x, 0.0, 1.0)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def months_later(days: Ints, months: Ints | int) -> Ints:
    """The same day of the month, `months` later; days are counted since 1970-01-01 and lie on the 1st to 28th."""
    as_days = days.astype("datetime64[D]")
    month = as_days.astype("datetime64[M]")
    within = as_days - month.astype("datetime64[D]")
    return np.asarray(((month + months).astype("datetime64[D]") + within).astype(np.int64))


def dates(name: str, days: Ints, known: Flags | None = None) -> pl.Series:
    """Days since 1970-01-01 as a Date column; null where not known."""
    column = pl.Series(name, days.astype(np.int32)).cast(pl.Date)
    return column if known is None else pl.select(pl.when(pl.Series(known)).then(column).alias(name)).to_series()


def moments(name: str, seconds: Ints) -> pl.Series:
    """Seconds since 1970-01-01 as a column of UTC timestamps."""
    return pl.Series(name, seconds * 1_000_000).cast(TIMESTAMP)


def words(name: str, vocabulary: tuple[str, ...] | list[str], codes: Ints) -> pl.Series:
    """Codes as the words they stand for; a negative code is null."""
    if not vocabulary:
        return pl.Series(name, [None] * len(codes), dtype=pl.String)
    index = pl.Series(np.where(codes < 0, 0, codes).astype(np.uint32))
    column = pl.Series(name, vocabulary).gather(index)
    if (codes >= 0).all():
        return column
    return pl.select(pl.when(pl.Series(codes >= 0)).then(column).alias(name)).to_series()
