"""A frame of signals as the matrix a booster reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]

MOST_CODES = 40


@dataclass(frozen=True)
class Encoding:
    """The columns in their order, and an integer code for each known value of a text column.

    Numbers and truths become floats, unknown and infinite values NaN, and so does a text never seen in training.
    Columns that are `unread` keep their place and are unknown throughout.
    """

    columns: tuple[str, ...]
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()

    @staticmethod
    def fit(frame: pl.DataFrame, columns: Sequence[str], unread: Iterable[str] = ()) -> Encoding:
        """Codes from the training rows alone: the 40 most frequent values of a text column, in alphabetical order."""
        texts = [c for c in columns if not _is_number(frame.schema[c])]
        codes = {c: _codes(frame[c].cast(pl.String)) for c in texts}
        return Encoding(tuple(columns), codes, frozenset(unread))

    def matrix(self, frame: pl.DataFrame) -> Matrix:
        """One row a row of the frame, one column a column of the encoding."""
        values = frame.select(self._expression(c).alias(c) for c in self.columns)
        return np.ascontiguousarray(values.to_numpy(order="c"), dtype=np.float64).reshape(
            frame.height, len(self.columns)
        )

    @property
    def categorical(self) -> list[int]:
        """Positions of the text columns."""
        return [i for i, c in enumerate(self.columns) if c in self.codes]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "columns": list(self.columns),
            "codes": {c: dict(v) for c, v in sorted(self.codes.items())},
            "unread": sorted(self.unread),
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> Encoding:
        """The encoding that `as_dict` wrote."""
        return Encoding(tuple(values["columns"]), values["codes"], frozenset(values.get("unread", ())))

    def _expression(self, column: str) -> pl.Expr:
        if column in self.unread:
            return pl.lit(None, dtype=pl.Float64)
        if column not in self.codes:
            number = pl.col(column).cast(pl.Float64)
            return pl.when(number.is_finite()).then(number)
        codes = dict(self.codes[column])
        return pl.col(column).cast(pl.String).replace_strict(codes, default=None, return_dtype=pl.Float64)


class Matrices:
    """One frame as encodings see it: those that agree share the matrix, for as long as this is kept."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._made: list[tuple[Encoding, Matrix]] = []

    def of(self, encoding: Encoding) -> Matrix:
        """The frame by this encoding."""
        for known, matrix in self._made:
            if known == encoding:
                return matrix
        self._made.append((encoding, encoding.matrix(self._frame)))
        return self._made[-1][1]


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)


def _codes(values: pl.Series) -> dict[str, int]:
    counted = values.drop_nulls().value_counts().sort(["count", values.name], descending=[True, False])
    kept = sorted(counted[values.name].head(MOST_CODES).to_list())
    return {value: code for code, value in enumerate(kept)}
