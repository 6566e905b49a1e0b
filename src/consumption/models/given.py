"""What callers give to a function of the library: frames, series, names and numbers, read or refused in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.errors import ConsumptionError
from consumption.models.rows import Floats

Flags = NDArray[np.bool_]

MOST = 1e18
"""What is larger, in size, is a mistake; and sums of its squares would be no numbers any more."""
LARGEST_SEED = 2**31 - 1_000


@dataclass(frozen=True)
class Reader:
    """Reads one thing that was given, or raises what `refusal` makes of a problem and a remedy.

    `what`: how a problem begins, the name of the frame; empty where columns are given one by one.
    """

    what: str
    refusal: Callable[[str, str], ConsumptionError]

    def frame(self, given: object) -> pl.DataFrame:
        """A Polars frame as it is; a lazy one is collected."""
        if isinstance(given, pl.LazyFrame):
            try:
                return given.collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                told = str(error).partition("\n")[0]
                raise self.refusal(
                    f"{self.what} cannot be collected: {told}",
                    f"mend what makes it, until {self.what}.collect() works",
                ) from error
        if isinstance(given, pl.DataFrame):
            return given
        raise self.refusal(
            f"{self.what} is a {type(given).__name__}, not a Polars frame",
            f"give {self.what} as a polars.DataFrame; polars.from_pandas and polars.from_arrow make one",
        )

    def series(self, given: object) -> pl.Series:
        """A Polars series as it is."""
        if isinstance(given, pl.Series):
            return given
        raise self.refusal(
            f"{self.what} is a {type(given).__name__}, not a Polars series", f"give polars.Series({self.what})"
        )

    def names(self, column: str, values: pl.Series) -> pl.Series:
        """Text, as which categories and whole numbers are read; nulls stay."""
        if values.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null) or values.dtype.is_integer():
            return values.cast(pl.String)
        raise self.refusal(
            f"{self._where}{column} is {values.dtype}, not text", "give it as text, categories or whole numbers"
        )

    def numbers(self, column: str, values: pl.Series, remedy: str) -> Floats:
        """Numbers, every one of them known; `remedy`: what to do about rows where one is not."""
        if not is_number(values.dtype):
            raise self.refusal(f"{self._where}{column} is {values.dtype}, not numbers", f"give {column} as numbers")
        found = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        self.refuse_rows(f"whose {column} is not a number", ~np.isfinite(found), remedy)
        self.refuse_rows(f"whose {column} is beyond {MOST:.0e}", np.abs(found) > MOST, "give it in a larger unit")
        return np.asarray(found, dtype=np.float64)

    def refuse_rows(self, which: str, wrong: Flags, remedy: str) -> None:
        """Raises where rows are marked: how many they are, which is the first, and what to do."""
        if wrong.any():
            first = int(wrong.argmax())
            problem = f"{self._where}{int(wrong.sum()):,} rows {which} (the first: row {first:,}, counted from 0)"
            raise self.refusal(problem, remedy)

    @property
    def _where(self) -> str:
        return f"{self.what}: " if self.what else ""


def is_number(dtype: pl.DataType) -> bool:
    """Whether a column holds numbers, truths, or nothing at all."""
    return dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)


def is_text(dtype: pl.DataType) -> bool:
    """Whether a column holds text, or what stands for one: categories, and days and times."""
    return dtype in (pl.String, pl.Categorical, pl.Enum) or dtype.is_temporal()


def seed_of(given: object, refusal: Callable[[str, str], ConsumptionError]) -> int:
    """A whole number that every source of chance takes."""
    if isinstance(given, Integral) and 0 <= int(given) <= LARGEST_SEED:
        return int(given)
    raise refusal(f"seed is {given!r}", f"a seed is a whole number from 0 to {LARGEST_SEED:,}")
