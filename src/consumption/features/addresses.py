"""Groups as places in an array: where they are few beside rows, several times as fast as a table of hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from consumption.features.digits import Digit

How = Literal["sum", "min", "max"]
Whole = npt.NDArray[np.int64]

# Places a row: what is empty has to be gone through too.
_PLACES_A_ROW = 4


@dataclass(frozen=True)
class _Part:
    """A part of an address: a number below `size` for each row, and what columns the numbers stand for."""

    digits: tuple[Digit, ...]
    of_rows: Whole
    of_numbers: tuple[Whole, ...]
    size: int

    def columns(self, numbers: Whole) -> list[pl.Series]:
        """The columns that numbers stand for."""
        told = [digits[numbers] for digits in self.of_numbers] if self.of_numbers else [numbers]
        named = zip(self.digits, told, strict=True)
        return [pl.select(digit.value(pl.lit(pl.Series(values)))).to_series() for digit, values in named]


@dataclass(frozen=True)
class Addresses:
    """The place of each row (`of_rows`) among so many (`size`), put together from parts."""

    parts: tuple[_Part, ...]
    of_rows: Whole
    size: int

    @staticmethod
    def of(rows: pl.DataFrame, digits: Sequence[Digit]) -> Addresses | None:
        """The places of the values of these columns; None where they are not few beside rows.

        Of the first two columns, most values of the second may go with one of the first, as users do with accounts:
        then the second's codes are places enough, and the other pairs come after them.
        """
        most = _PLACES_A_ROW * rows.height
        sizes = [digit.size for digit in digits]
        if prod(sizes) <= most:
            return Addresses._put_together([_single(rows, digit) for digit in digits])
        if len(digits) < 2 or prod(sizes[1:]) > most:
            return None
        parts = [_pair(rows, digits[0], digits[1]), *(_single(rows, digit) for digit in digits[2:])]
        return Addresses._put_together(parts) if prod(part.size for part in parts) <= most else None

    @staticmethod
    def _put_together(parts: Sequence[_Part]) -> Addresses:
        places = parts[0].of_rows
        for part in parts[1:]:
            places = places * part.size + part.of_rows
        return Addresses(tuple(parts), places, prod(part.size for part in parts))

    def grouped(self, rows: pl.DataFrame, how: Mapping[str, How]) -> pl.DataFrame:
        """One row a place that any row has; of whole numbers, days and truths the sum, the least or the most."""
        taken = np.zeros(self.size, np.bool_)
        taken[self.of_rows] = True
        places = np.flatnonzero(taken)
        made = [self._made(rows[name], what, places) for name, what in how.items()]
        return pl.DataFrame([*self._columns(places), *made])

    def one_of_each(self) -> pl.Series:
        """Whether a row is the one of its place."""
        numbers = np.arange(len(self.of_rows), dtype=np.int32 if len(self.of_rows) < 2**31 else np.int64)
        last = np.zeros(self.size, numbers.dtype)
        last[self.of_rows] = numbers
        return pl.Series(last[self.of_rows] == numbers)

    def _columns(self, places: Whole) -> list[pl.Series]:
        columns: list[pl.Series] = []
        for part in reversed(self.parts):
            places, numbers = np.divmod(places, part.size)
            columns = [*part.columns(numbers), *columns]
        return columns

    def _made(self, column: pl.Series, how: How, places: Whole) -> pl.Series:
        """The column put together at these places: null where it has nothing but null."""
        physical = column.to_physical().cast(pl.Int64)
        ends = np.iinfo(np.int64)
        made = np.full(self.size, {"sum": 0, "min": ends.max, "max": ends.min}[how], np.int64)
        of_rows = self.of_rows[column.is_not_null().to_numpy()] if column.null_count() else self.of_rows
        {"sum": np.add, "min": np.minimum, "max": np.maximum}[how].at(made, of_rows, physical.drop_nulls().to_numpy())
        values = pl.Series(column.name, made[places])
        if how != "sum" and column.null_count():
            some = np.zeros(self.size, np.bool_)
            some[of_rows] = True
            values = values.set(pl.Series(~some[places]), None)
        return values.cast(column.to_physical().dtype).cast(column.dtype)


def _single(rows: pl.DataFrame, digit: Digit) -> _Part:
    return _Part((digit,), _numbers(rows, digit), (), digit.size)


def _pair(rows: pl.DataFrame, first: Digit, second: Digit) -> _Part:
    """Pairs as the second's numbers where each goes with one of the first, and further numbers for all others."""
    firsts, seconds = _numbers(rows, first), _numbers(rows, second)
    goes_with = np.zeros(second.size, np.int64)
    goes_with[seconds] = firsts
    others = np.flatnonzero(goes_with[seconds] != firsts)
    more, numbers = np.unique(firsts[others] * second.size + seconds[others], return_inverse=True)
    of_rows = seconds.copy()
    of_rows[others] = second.size + numbers
    first_of, second_of = np.divmod(more, second.size)
    told = np.concatenate([goes_with, first_of]), np.concatenate([np.arange(second.size), second_of])
    return _Part((first, second), of_rows, told, second.size + len(more))


def _numbers(rows: pl.DataFrame, digit: Digit) -> Whole:
    return rows.select(digit.number).to_series().to_numpy()
