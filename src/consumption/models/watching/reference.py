"""How the signals lay that a model learned from, and how far they swung in that time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from consumption.models.heads.context import shared_by_peers
from consumption.models.rows import Floats

BINS = 10
_MOST_WORDS = 20
# What a reference says; one that another edition wrote is not read.
_EDITION = 2
_NO_TIME = timedelta(0)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spread:
    """How one signal lay: shares of its known values between `edges`, or of its words; and of the unknown.

    `words`: the most frequent ones; all others have the last of `shares`. `usual`: the most that a training snapshot
    was off, as PSI. `rise` and `fall`: the most by which the unknown grew, and shrank, between two of them.
    """

    shares: tuple[float, ...]
    unknown: float
    edges: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    usual: float = 0.0
    rise: float = 0.0
    fall: float = 0.0


@dataclass(frozen=True)
class Reference:
    """How the signals lay that a model learned from, over so many accounts.

    `last`: the latest of its snapshots; `span_days`: from the first one to it.
    """

    accounts: int
    last: datetime
    span_days: float
    signals: Mapping[str, Spread] = field(default_factory=dict)

    @staticmethod
    def of(rows: pl.DataFrame, signals: Sequence[str], ahead: timedelta = _NO_TIME) -> Reference:
        """From rows with account_id, as_of and a column a signal.

        `ahead`: how long after a training's last snapshot its model begins to rank, which is how long labels take:
        what is usual is seen from as far. Left out are signals that peers share at a moment (they lie otherwise at
        any other one), and those that are not known in half of the snapshots (nobody can say what is usual). What is
        unknown is told of the last snapshot alone: some signals become known little by little.
        """
        shared = frozenset(shared_by_peers(rows, signals))
        dated = {frame["as_of"][0]: frame for frame in rows.sort("as_of").partition_by("as_of", maintain_order=True)}
        spreads = {}
        for name in signals:
            known = [date for date, frame in dated.items() if frame[name].null_count() < frame.height]
            if name not in shared and 2 * len(known) >= len(dated):
                spreads[name] = _of(rows[name], {date: frame[name] for date, frame in dated.items()}, ahead)
        first, last = min(dated), max(dated)
        return Reference(rows["account_id"].n_unique(), last, (last - first) / _DAY, spreads)

    def further(self, as_of: datetime) -> float:
        """How many times as far a trend of the training has gone by a moment as it went within the training."""
        return max(1.0, (as_of - self.last) / _DAY / self.span_days) if self.span_days else 1.0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "edition": _EDITION,
            "accounts": self.accounts,
            "last": self.last.isoformat(),
            "span_days": self.span_days,
            "signals": {name: asdict(one) for name, one in self.signals.items()},
        }

    @staticmethod
    def of_dict(values: Mapping[str, Any]) -> Reference | None:
        """The reference that `as_dict` wrote; None where another edition did, which measured otherwise."""
        if values.get("edition") != _EDITION:
            return None
        signals = {name: _read(one) for name, one in values["signals"].items()}
        return Reference(values["accounts"], datetime.fromisoformat(values["last"]), values["span_days"], signals)


def psi(before: Sequence[float] | Floats, now: Sequence[float] | Floats) -> float:
    """Population stability index: sum of (now - before) ln(now / before); shares are over 0."""
    old, new = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    return float(((new - old) * np.log(new / old)).sum())


def shares(one: Spread, values: pl.Series) -> list[float]:
    """Shares of the known values by bin; half an account in each beforehand, so that none is 0."""
    known = values.drop_nulls()
    if known.dtype == pl.String:
        codes = {word: place for place, word in enumerate(one.words)}
        places = known.replace_strict(codes, default=len(codes), return_dtype=pl.Int64).to_numpy()
        bins = len(codes) + 1
    else:
        places = np.searchsorted(np.asarray(one.edges), known.cast(pl.Float64).to_numpy(), side="left")
        bins = len(one.edges) + 1
    counts: Floats = np.bincount(places, minlength=bins).astype(np.float64) + 0.5
    return list((counts / counts.sum()).tolist())


def _of(values: pl.Series, dated: Mapping[datetime, pl.Series], ahead: timedelta) -> Spread:
    one = _binned(values)
    one = replace(one, shares=tuple(shares(one, values)))
    by_date = {date: shares(one, of) for date, of in dated.items() if of.null_count() < len(of)}
    unknown = [of.null_count() / len(of) for of in dated.values()]
    rise, fall = _rise(unknown), _rise([-share for share in unknown])
    return replace(one, unknown=unknown[-1], usual=_usual(one, by_date, ahead), rise=rise, fall=fall)


def _usual(one: Spread, by_date: Mapping[datetime, Sequence[float]], ahead: timedelta) -> float:
    """How far a snapshot was from all of them, or from those that were that long before it: the furthest."""
    off = [psi(one.shares, now) for now in by_date.values()]
    for date, now in by_date.items():
        before = [old for other, old in by_date.items() if other < date and other <= date - ahead]
        if before:
            off.append(psi(np.mean(before, axis=0), now))
    return max(off)


def _rise(values: Sequence[float]) -> float:
    """The most by which a value is over one before it."""
    series = np.asarray(values)
    return float((series - np.minimum.accumulate(series)).max())


def _binned(values: pl.Series) -> Spread:
    if values.dtype == pl.String:
        counted = values.drop_nulls().value_counts().sort(["count", values.name], descending=[True, False])
        return Spread((), 0.0, words=tuple(counted[values.name].head(_MOST_WORDS)))
    numbers = values.drop_nulls().cast(pl.Float64).to_numpy()
    cuts = np.unique(np.quantile(numbers, np.arange(1, BINS) / BINS, method="lower"))
    return Spread((), 0.0, edges=tuple(cuts.tolist()))


def _read(values: Mapping[str, Any]) -> Spread:
    many = {name: tuple(values[name]) for name in ("shares", "edges", "words")}
    return Spread(**{**values, **many})
