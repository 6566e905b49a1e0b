"""What there is to say of each signal: its figures, and how well they bear a motion out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from consumption.features.peers import SHARED
from consumption.features.signal import Signal
from consumption.models.encoding import Matrix
from consumption.models.motion import Motion
from consumption.models.reasons.words import Said, Value
from consumption.models.rows import Floats

# How well a signal's words carry the motion: a change of the account's own, a level against its peers, a plain level.
CHANGE, LEVEL, PLAIN, AGAINST = 3, 2, 1, 0
# Under this share of its own size a change is none.
SMALLEST_CHANGE = 0.10
OVER_USE = "over_use"
# What no one can say on the phone: distances in spreads, evenness, shares of shares, amounts of no unit one knows.
UNSPEAKABLE = frozenset(
    {
        "events_deviation",
        "volatility",
        "last_week_share_28d",
        "last_month_share_84d",
        "events_per_week",
        "events_slope",
        # What the season does, and what similar accounts do, is no reason of the account's own.
        "events_trend_last_year_28d",
        *SHARED,
    }
)
UNSPEAKABLE_UNITS = frozenset({"quantity", "ratio"})
# A ratio that one does say: so many per hundred.
SPOKEN_RATIO = "per 100"
# The change of use in the same weeks of a year ago, in logarithms; and signals of use, which move with the season.
SEASON = "events_trend_last_year_28d"
SEASONAL_FAMILIES = frozenset({"frequency", "depth", "trend", "by product"})
SEASONAL = frozenset({"seat_utilisation_28d"})

Ints = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, eq=False)
class Figures:
    """Arrays with a row an account and a column a signal: values now, usual, of peers, and peers' usual.

    `words`: of each signal that is a word, every account's and the most frequent of its peers. `season`: the relative
    change of each account's use in the same weeks of a year ago, 0 where it is not known.
    """

    signals: tuple[Signal, ...]
    value: Matrix
    baseline: Matrix
    peer: Matrix
    peer_baseline: Matrix
    words: Mapping[str, tuple[list[str | None], list[str | None]]]
    season: Floats

    @staticmethod
    def of(
        rows: pl.DataFrame, baseline: pl.DataFrame, signals: Sequence[Signal], wanted: Ints | None = None
    ) -> Figures:
        """Figures of the `wanted` rows to score (of all, without it); peers are all rows of the same segment."""
        wanted = np.arange(rows.height) if wanted is None else wanted
        known = [s.name for s in signals if s.name in baseline.columns]
        usual = rows.select("account_id", "segment").join(
            baseline.select("account_id", *known), on="account_id", how="left", maintain_order="left"
        )
        return Figures(
            signals=tuple(signals),
            value=_numbers(rows[wanted], signals),
            baseline=_numbers(usual[wanted], signals),
            peer=_numbers(_medians(rows, signals, wanted), signals),
            peer_baseline=_numbers(_medians(usual, signals, wanted), signals),
            words=_words(rows, signals, wanted),
            season=_season(rows[wanted]),
        )

    def said(self, row: int, column: int) -> Said:
        """What there is to say of one signal of one account."""
        signal = self.signals[column]
        if signal.unit == "word":
            values, peers = self.words[signal.name]
            return Said(signal, values[row], None, peers[row])
        value: Value = _known(self.value[row, column])
        return Said(signal, value, _known(self.baseline[row, column]), _known(self.peer[row, column]))

    def carries(self, motion: Motion) -> Matrix:
        """How well each signal's words carry the motion: CHANGE, LEVEL, PLAIN or AGAINST, a row an account.

        For help a change or a level carries it that is bad by the signal's direction, for expand one that is good.
        """
        wanted = np.array([_wanted(s, motion) for s in self.signals])
        plain = np.array([_is_plain(s) for s in self.signals])
        fits_change = self._own_change() * wanted > 0.0
        fits_level = self._apart() * wanted > 0.0
        fits = np.where(fits_change, CHANGE, np.where(fits_level, LEVEL, np.where(plain, PLAIN, AGAINST)))
        known = ~np.isnan(self.value) | self._are("word")
        return np.where(known & self.speakable, fits, AGAINST).astype(np.float64)

    @property
    def shared(self) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        """Whether a signal moved from its baseline as it did for the segment or the season, or is theirs alone."""
        moved, common = _change(self.value, self.baseline), _change(self.peer, self.peer_baseline)
        trend = np.nan_to_num(self.value)
        as_level = (moved != 0.0) & (_explains(common, moved) | self._seasonal(moved))
        as_trend = _explains(np.nan_to_num(self.peer), trend) | self._seasonal(_relative(trend))
        of_all = np.array([s.name in SHARED or s.name == SEASON for s in self.signals], dtype=np.bool_)
        return np.asarray(np.where(self._are("change"), as_trend, as_level) | of_all, dtype=np.bool_)

    @property
    def speakable(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether one can say a signal on the phone."""
        return np.array([_is_speakable(s) for s in self.signals], dtype=np.bool_)

    def _own_change(self) -> Matrix:
        """Change from the baseline; 0 where the segment or the season has it: no reason of this account's own."""
        moved = _change(self.value, self.baseline)
        return np.where(self.shared | self._are("change") | self._places(), 0.0, moved)

    def _apart(self) -> Matrix:
        """Distance from the peers; a change stands for itself, a place among peers for its distance from half.

        A change that the segment or the season has as well stands for nothing.
        """
        own = np.nan_to_num(self.value)
        explained = _explains(np.nan_to_num(self.peer), own) | self._seasonal(_relative(own))
        changes = np.where((np.abs(own) >= SMALLEST_CHANGE) & ~explained, own, 0.0)
        places = np.where(np.isnan(self.value), 0.0, self.value - 0.5)
        apart = _change(self.value, self.peer)
        return np.where(self._are("change"), changes, np.where(self._places(), places, apart))

    def _seasonal(self, moved: Matrix) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        """Whether a change is no more than what use did in the same weeks a year ago."""
        of_use = [s.family in SEASONAL_FAMILIES or s.name in SEASONAL for s in self.signals]
        more = np.array([s.direction if s.direction and known else 0 for s, known in zip(self.signals, of_use,
                         strict=True)], dtype=np.float64)  # fmt: skip
        return _explains(self.season[:, None] * more[None, :], moved)

    def _are(self, unit: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([s.unit == unit for s in self.signals], dtype=np.bool_)

    def _places(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([s.family == "peers" and s.unit == "share" for s in self.signals], dtype=np.bool_)


def _is_speakable(signal: Signal) -> bool:
    spoken = signal.unit not in UNSPEAKABLE_UNITS or SPOKEN_RATIO in signal.label
    return spoken and signal.name not in UNSPEAKABLE


def _wanted(signal: Signal, motion: Motion) -> float:
    """The sign of a change that carries the motion; 0 where no change does.

    Use beyond what was bought says nothing of staying, but more of it (and fewer days until it runs out) is growth.
    """
    if signal.driver == OVER_USE and not signal.direction:
        return 0.0 if motion == "help" else -1.0 if signal.unit == "days" else 1.0
    return -float(signal.direction) if motion == "help" else float(signal.direction)


def _is_plain(signal: Signal) -> bool:
    """Whether a level says something by itself: that a date is near, that an account is new, what kind it is."""
    return not signal.direction and signal.driver != OVER_USE


def _explains(common: Matrix, moved: Matrix) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Whether a change that others have too is about as large as the account's own."""
    large = np.abs(common) >= SMALLEST_CHANGE
    same_way = np.sign(common) == np.sign(moved)
    return np.asarray(large & same_way & (np.abs(moved) <= np.abs(common) + SMALLEST_CHANGE), dtype=np.bool_)


def _season(rows: pl.DataFrame) -> Floats:
    if SEASON not in rows.columns:
        return np.zeros(rows.height)
    return _relative(np.nan_to_num(rows[SEASON].cast(pl.Float64).to_numpy()))


def _relative(logarithms: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A change in logarithms as a share of the larger of both ends, as `_change` tells changes."""
    return np.asarray(np.sign(logarithms) * -np.expm1(-np.abs(logarithms)), dtype=np.float64)


def _change(now: Matrix, before: Matrix) -> Matrix:
    """Relative change, 0 where it is under a tenth or not known."""
    size = np.maximum(np.maximum(np.abs(now), np.abs(before)), 1e-9)
    relative = np.nan_to_num((now - before) / size)
    return np.where(np.abs(relative) >= SMALLEST_CHANGE, relative, 0.0)


def _medians(rows: pl.DataFrame, signals: Sequence[Signal], wanted: Ints) -> pl.DataFrame:
    """Medians of the segments of some rows; unknown for an account that has no peers."""
    there = [s.name for s in signals if s.name in rows.columns and s.unit != "word"]
    medians = (pl.when(pl.len() > 1).then(pl.col(name).cast(pl.Float64).median()).alias(name) for name in there)
    found = rows.group_by("segment").agg(medians)
    return rows[wanted].select("segment").join(
        found, on="segment", how="left", nulls_equal=True, maintain_order="left"
    )  # fmt: skip


def _numbers(frame: pl.DataFrame, signals: Sequence[Signal]) -> Matrix:
    unknown = np.full(frame.height, np.nan)
    there = [s.name if s.unit != "word" and s.name in frame.columns else None for s in signals]
    columns = [unknown if name is None else frame[name].cast(pl.Float64).to_numpy() for name in there]
    return np.column_stack(columns) if columns else np.empty((frame.height, 0))


def _words(
    rows: pl.DataFrame, signals: Sequence[Signal], wanted: Ints
) -> dict[str, tuple[list[str | None], list[str | None]]]:
    found = {}
    for name in (s.name for s in signals if s.unit == "word"):
        usual = pl.col(name).drop_nulls().mode().sort().first().over("segment")
        both = rows.select(value=pl.col(name).cast(pl.String), peer=usual.cast(pl.String))[wanted]
        found[name] = (both["value"].to_list(), both["peer"].to_list())
    return found


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
