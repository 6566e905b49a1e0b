"""Features as the columns of a linear model: bounded, of one size, with the unknown as a column of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from consumption.models.encoding import Encoding, Matrix
from consumption.models.rows import Floats

TAIL = 0.005  # of the rows at either end are pulled in: one odd account must not turn a line
SKEWED = 2.0
RARE = 20  # rows that a text value, or the unknown, needs for a column of its own
MOST_COLUMNS = 60  # further ones are folded into their leading directions


@dataclass(frozen=True, eq=False)
class _Number:
    """One number: bounded, by its logarithm where it is skewed, centred and of standard deviation 1."""

    low: float
    high: float
    log: bool
    middle: float
    step: float

    def values(self, column: Floats) -> Floats:
        bounded = np.clip(column, self.low, self.high)
        scaled = np.log1p(bounded - self.low) if self.log else bounded
        return np.nan_to_num((scaled - self.middle) / self.step, nan=0.0)


@dataclass(frozen=True, eq=False)
class Basis:
    """How a matrix of features becomes `width` columns; nothing is learned from the outcome.

    `numbers` by column of the matrix; `unknown`: columns with a 1 where the value is not known; `texts`: pairs of a
    column and the code that it has a 1 for. `middle`: of each column, so that the constant is the average account.
    `turn` (columns, width): the leading directions, where there are many.
    """

    numbers: dict[int, _Number]
    unknown: tuple[int, ...]
    texts: tuple[tuple[int, float], ...]
    middle: Floats | None = None
    turn: Matrix | None = None

    @classmethod
    def of(cls, matrix: Matrix, encoding: Encoding) -> Basis:
        """The columns that rows of a study are worth."""
        texts = set(encoding.categorical)
        numbers, kinds, unknown = {}, [], []
        for place in range(matrix.shape[1]):
            column = matrix[:, place]
            blank = int(np.isnan(column).sum())
            if RARE <= blank <= len(column) - RARE:
                unknown.append(place)
            if place in texts:
                codes, counts = np.unique(column[~np.isnan(column)], return_counts=True)
                kinds += [(place, float(code)) for code, n in zip(codes, counts, strict=True) if n >= RARE]
            elif (number := _number(column)) is not None:
                numbers[place] = number
        flat = cls(numbers, tuple(unknown), tuple(kinds))
        columns = flat.rows(matrix)
        centred = replace(flat, middle=columns.mean(axis=0))
        return centred if columns.shape[1] <= MOST_COLUMNS else replace(centred, turn=_turn(columns))

    def rows(self, matrix: Matrix) -> Matrix:
        """One row a row of the matrix, without a constant."""
        columns = [number.values(matrix[:, place]) for place, number in self.numbers.items()]
        columns += [np.isnan(matrix[:, place]).astype(np.float64) for place in self.unknown]
        columns += [(matrix[:, place] == code).astype(np.float64) for place, code in self.texts]
        made = np.column_stack(columns) if columns else np.zeros((len(matrix), 0))
        made = made if self.middle is None else made - self.middle
        return made if self.turn is None else np.asarray(made @ self.turn, dtype=np.float64)


def _number(column: Floats) -> _Number | None:
    known = column[~np.isnan(column)]
    if not len(known):
        return None
    low, high = (float(q) for q in np.quantile(known, [TAIL, 1 - TAIL]))
    if high <= low:
        low, high = float(known.min()), float(known.max())
    if high <= low:
        return None
    bounded = np.clip(known, low, high)
    skew = float(((bounded - bounded.mean()) ** 3).mean() / bounded.std() ** 3)
    log = skew > SKEWED and len(np.unique(known)) > 2
    scaled = np.log1p(bounded - low) if log else bounded
    return _Number(low, high, log, float(scaled.mean()), float(scaled.std()))


def _turn(columns: Matrix) -> Matrix:
    """The directions in which the rows differ most."""
    _, vectors = np.linalg.eigh(np.cov(columns, rowvar=False))
    return np.asarray(vectors[:, : -MOST_COLUMNS - 1 : -1], dtype=np.float64)
