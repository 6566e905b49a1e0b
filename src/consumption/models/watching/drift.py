"""Whether the accounts of today are still the ones that a model learned from, and its probabilities still true."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from scipy.stats import chi2

from consumption.models.rows import Floats
from consumption.models.watching.reference import Reference, Spread, psi, shares

# Under this a distribution has not moved, however many accounts there are; what chance brings comes on top.
PSI_LEVEL = 0.20
MISSING_LEVEL = 0.05
# One signal of over a hundred may be off by chance; this seldom none is.
_SURE = 0.9995
_DEVIATIONS = 3.5
CALIBRATION_LEVEL = 0.25
_CALIBRATION_DEVIATIONS = 3.0


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


def moved(reference: Reference, rows: pl.DataFrame, read: Collection[str] | None = None) -> list[Moved]:
    """Signals that lie otherwise among these rows, a row an account; the furthest over their threshold first.

    `read`: the columns that the model reads, where not all. Thresholds are what size and chance allow, and on top
    what the signal swung in training: seasons and trends that the model has seen are no alarm. A trend is taken to
    go on: by d times its time in training a share has gone d times as far, and PSI, by its square, d x d times.
    """
    if rows.is_empty():
        return []
    moment: datetime = rows["as_of"][0]
    looked = {n: s for n, s in reference.signals.items() if n in rows.columns and (read is None or n in read)}
    found = [off for n, s in looked.items() for off in _off(n, s, rows[n], reference, moment)]
    return sorted(found, key=lambda off: (off.threshold / max(off.value, 1e-12), off.signal))


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


def _off(name: str, one: Spread, values: pl.Series, reference: Reference, moment: datetime) -> Iterator[Moved]:
    now, known, accounts = len(values), len(values) - values.null_count(), reference.accounts
    further = reference.further(moment)
    if known:
        value = psi(one.shares, shares(one, values))
        most = psi_threshold(len(one.shares), accounts, known) + one.usual * further**2
        if value > most:
            yield Moved(name, "spread", value, most)
    unknown = 1.0 - known / now
    both = (unknown * now + one.unknown * accounts) / (now + accounts)
    chance = _DEVIATIONS * float(np.sqrt(both * (1.0 - both) * (1.0 / accounts + 1.0 / now)))
    # Seen from the last snapshot back, what rose has fallen.
    rising = (unknown > one.unknown) == (moment >= reference.last)
    usual = (one.rise if rising else one.fall) * further
    if abs(unknown - one.unknown) > MISSING_LEVEL + chance + usual:
        yield Moved(name, "missing", abs(unknown - one.unknown), MISSING_LEVEL + chance + usual)
