"""Whether the accounts of today are still the ones that a model learned from, and its probabilities still true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import chi2

from consumption.models.context import shared_by_peers
from consumption.models.rows import Floats

BINS = 10
# Under this a distribution has not moved, however many accounts there are; what chance brings comes on top.
PSI_LEVEL = 0.20
MISSING_LEVEL = 0.05
# One signal of over a hundred may be off by chance; this seldom none is.
_SURE = 0.9995
_DEVIATIONS = 3.5
CALIBRATION_LEVEL = 0.25
_CALIBRATION_DEVIATIONS = 3.0
_MOST_WORDS = 20


@dataclass(frozen=True)
class Spread:
    """How one signal lay: shares of its known values between `edges`, or of its words; and of the unknown.

    `words`: the most frequent ones; all others have the last of `shares`.
    """

    shares: tuple[float, ...]
    unknown: float
    edges: tuple[float, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """How the signals lay that a model learned from, over so many accounts."""

    accounts: int
    signals: Mapping[str, Spread] = field(default_factory=dict)

    @staticmethod
    def of(rows: pl.DataFrame, signals: Sequence[str]) -> Reference:
        """From rows with account_id, as_of and a column a signal; signals that are never known are left out.

        So are those that peers share at a moment: they lie otherwise at any other one. What is unknown is
        told of the last snapshot alone: some signals become known little by little, and what matters is a jump.
        """
        shared = frozenset(shared_by_peers(rows, signals))
        known = [name for name in signals if rows[name].null_count() < rows.height and name not in shared]
        last = rows.filter(pl.col("as_of") == pl.col("as_of").max())
        unknown = {name: last[name].null_count() / max(1, last.height) for name in known}
        spreads = {name: replace(_spread(rows[name]), unknown=unknown[name]) for name in known}
        return Reference(rows["account_id"].n_unique(), spreads)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"accounts": self.accounts, "signals": {name: asdict(one) for name, one in self.signals.items()}}

    @staticmethod
    def of_dict(values: Mapping[str, Any]) -> Reference:
        """The reference that `as_dict` wrote."""
        return Reference(values["accounts"], {name: _read(one) for name, one in values["signals"].items()})


@dataclass(frozen=True)
class Moved:
    """One signal that lies otherwise: `kind` is `spread` (PSI) or `missing`, over what size and chance allow."""

    signal: str
    kind: str
    value: float
    threshold: float


@dataclass(frozen=True)
class Large:
    """Calibration in the large: how many were expected and how many there were, and whether chance explains it."""

    rows: int
    expected: float
    observed: float
    alarm: bool


def moved(reference: Reference, rows: pl.DataFrame) -> list[Moved]:
    """Signals that lie otherwise among these rows, a row an account; the furthest over their threshold first."""
    there = ((name, one) for name, one in reference.signals.items() if name in rows.columns)
    found = [off for name, one in there for off in _off(name, one, rows[name], reference.accounts)]
    return sorted(found, key=lambda off: (off.threshold / max(off.value, 1e-12), off.signal))


def psi(before: Sequence[float], now: Sequence[float]) -> float:
    """Population stability index: sum of (now - before) ln(now / before); shares are over 0."""
    old, new = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    return float(((new - old) * np.log(new / old)).sum())


def psi_threshold(bins: int, before: int, now: int) -> float:
    """What PSI must be over: .20, and what chance brings to so many accounts.

    Without drift PSI is about (1 / before + 1 / now) chi-square with bins - 1 degrees of freedom (Yurdakul, 2018).
    """
    return PSI_LEVEL + float(chi2.ppf(_SURE, max(1, bins - 1))) * (1.0 / before + 1.0 / now)


def in_the_large(probability: Floats, happened: Floats) -> Large:
    """Whether as many left as was said: an alarm where it is off by a quarter, and by three standard deviations."""
    expected, observed = float(probability.sum()), float(happened.sum())
    deviation = float(np.sqrt((probability * (1.0 - probability)).sum()))
    off = abs(observed - expected)
    alarm = off > CALIBRATION_LEVEL * expected and off > _CALIBRATION_DEVIATIONS * deviation
    return Large(len(probability), expected, observed, alarm)


def _off(name: str, one: Spread, values: pl.Series, accounts: int) -> Iterator[Moved]:
    now, known = len(values), len(values) - values.null_count()
    if not now:
        return
    if known:
        value, most = psi(one.shares, _shares(one, values)), psi_threshold(len(one.shares), accounts, known)
        if value > most:
            yield Moved(name, "spread", value, most)
    unknown = 1.0 - known / now
    both = (unknown * now + one.unknown * accounts) / (now + accounts)
    chance = _DEVIATIONS * float(np.sqrt(both * (1.0 - both) * (1.0 / accounts + 1.0 / now)))
    if abs(unknown - one.unknown) > MISSING_LEVEL + chance:
        yield Moved(name, "missing", abs(unknown - one.unknown), MISSING_LEVEL + chance)


def _spread(values: pl.Series) -> Spread:
    if values.dtype == pl.String:
        counted = values.drop_nulls().value_counts().sort(["count", values.name], descending=[True, False])
        empty = Spread((), 0.0, words=tuple(counted[values.name].head(_MOST_WORDS)))
    else:
        numbers = values.drop_nulls().cast(pl.Float64).to_numpy()
        cuts = np.unique(np.quantile(numbers, np.arange(1, BINS) / BINS, method="lower"))
        empty = Spread((), 0.0, edges=tuple(cuts.tolist()))
    return replace(empty, shares=tuple(_shares(empty, values)))


def _shares(one: Spread, values: pl.Series) -> list[float]:
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


def _read(values: Mapping[str, Any]) -> Spread:
    return Spread(tuple(values["shares"]), values["unknown"], tuple(values["edges"]), tuple(values["words"]))
