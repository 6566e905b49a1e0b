"""Resampling whole accounts: rows of one account are one piece of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from consumption.models.encoding import Matrix
from consumption.models.rows import Floats, Strings

# Counts of one block of draws stay in cache and memory, however many accounts there are.
_CELLS = 4_000_000


def clusters(account_ids: Strings) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], int]:
    """A number for each row's account, in the order of their ids, and how many accounts there are."""
    names, codes = np.unique(account_ids.astype(str), return_inverse=True)
    return codes, len(names)


def account_draws(accounts: int, draws: int, seed: int) -> Iterator[Matrix]:
    """How often each account is drawn, with replacement: blocks with a row a draw and a column an account."""
    random = np.random.default_rng(seed)
    block = max(1, min(draws, _CELLS // max(1, accounts)))
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        picked = random.integers(0, accounts, size=(rows, accounts)) + accounts * np.arange(rows)[:, None]
        yield np.bincount(picked.ravel(), minlength=rows * accounts).reshape(rows, accounts).astype(np.float64)


def by_account(values: Matrix, codes: np.ndarray[tuple[int], np.dtype[np.intp]], accounts: int) -> Matrix:
    """Sums of each column over the rows of each account."""
    return np.column_stack([np.bincount(codes, weights=column, minlength=accounts) for column in values.T])


@dataclass(frozen=True, eq=False)
class Drawn:
    """How often rows are drawn, by draws of their accounts (`account_draws`, `clusters`).

    `drawn @ values`: the sum of a value over the rows of each draw. It goes by account first: there are fewer of
    them than rows, and many draws.
    """

    counts: Matrix
    codes: np.ndarray[tuple[int], np.dtype[np.intp]]

    @staticmethod
    def once(rows: int) -> Drawn:
        """Each row once."""
        return Drawn(np.ones((1, rows)), np.arange(rows))

    def __matmul__(self, values: Floats) -> Floats:
        """An element a draw."""
        sums = np.bincount(self.codes, weights=values, minlength=self.counts.shape[1])
        return np.asarray(self.counts @ sums, dtype=np.float64)

    @property
    def total(self) -> Floats:
        """How many rows each draw has."""
        return self @ np.ones(len(self.codes))

    def by_bin(self, values: Floats, bins: np.ndarray[tuple[int], np.dtype[np.intp]], number: int) -> Matrix:
        """The same for the rows of each bin: a row a draw, a column a bin."""
        accounts = self.counts.shape[1]
        sums = np.bincount(self.codes * number + bins, weights=values, minlength=accounts * number)
        return np.asarray(self.counts @ sums.reshape(accounts, number), dtype=np.float64)

    def times(self, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Matrix:
        """How often each of these rows is drawn: a row a draw, a column a row."""
        return self.counts[:, self.codes[rows]]


def interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """The middle `level` of the draws; draws without an answer (NaN) are left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
