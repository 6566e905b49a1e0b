"""What a learner may read of a world: files of snapshots, decisions and outcomes, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.features.drivers import DRIVERS, drivers
from consumption.models.increments.belief import Floats

NOT_SIGNALS = ("account_id", "as_of", "owner")
HAPPENED_BY = 0.10  # a move of ARR is a contraction or an expansion from this share on


@dataclass(frozen=True)
class Seen:
    """One quarter as its files show it; decisions and outcomes once they are there."""

    folder: Path

    @cached_property
    def snapshot(self) -> pl.DataFrame:
        """One row an account: signals, segment, owner."""
        return pl.read_parquet(self.folder / "snapshot.parquet")

    @cached_property
    def drivers(self) -> Floats:
        """The drivers of each account, from the signals alone: accounts x DRIVERS."""
        return drivers(self.snapshot, self.snapshot).select(DRIVERS).to_numpy().astype(np.float64)

    @cached_property
    def arr(self) -> Floats:
        """ARR of each account."""
        return self.snapshot["arr"].to_numpy()

    @cached_property
    def decisions(self) -> pl.DataFrame:
        """account_id, action, own_action, and the propensity of each action."""
        return pl.read_parquet(self.folder / "decisions.parquet")

    @property
    def due(self) -> bool:
        """Whether outcomes are known."""
        return (self.folder / "outcomes.parquet").exists()

    @cached_property
    def y(self) -> Floats:
        """The change of ARR of each account within half a year, as a share."""
        return pl.read_parquet(self.folder / "outcomes.parquet")["y"].to_numpy()

    @cached_property
    def happened(self) -> Floats:
        """Churn, contraction, expansion: 0 or 1; the last two NaN for who left."""
        return happened(self.y)

    @property
    def untreated(self) -> NDArray[np.bool_]:
        """Where nobody did anything, neither by a plan nor of his own accord."""
        acted = self.decisions.select(pl.any_horizontal(pl.col("action", "own_action").is_not_null()))
        return np.asarray(~acted.to_series().to_numpy(), dtype=np.bool_)


def happened(y: Floats) -> Floats:
    """The outcomes that changes of ARR stand for: accounts x 3."""
    left = y <= -0.95
    moved = np.column_stack((left, y <= -HAPPENED_BY, y >= HAPPENED_BY)).astype(np.float64)
    moved[left, 1:] = np.nan
    return moved


def quarters(folder: Path, last: int, first: int = -6) -> dict[int, Seen]:
    """All quarters up to `last` that have files."""
    found = {q: Seen(folder / "seen" / f"{q:+03d}") for q in range(first, last + 1)}
    return {q: seen for q, seen in found.items() if seen.folder.exists()}
