"""Why one account's probability is another than it was, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.features.drivers import DRIVER_LABELS
from consumption.features.signal import Signal
from consumption.models.model import Model
from consumption.models.motion import MOTIONS, Motion
from consumption.models.reasons.explain import explain_change, read_by
from consumption.models.reasons.figures import Figures
from consumption.models.reasons.listed import NOTICE, Listed, listed
from consumption.models.reasons.words import Said, Value, sentence

# Of a driver that moved the log odds by less than this nobody has to hear.
SMALLEST = 0.02
# What the whole segment or the season did as well: no reason of the account's own, and told apart.
COMMON = "common"
_COMMON = "What similar accounts, or the season, did too"
_NOTICE_GIVEN, _NOTICE_BACK = "They gave notice", "They took their notice back"
_NOTICE_STANDS = "The notice they had given stands, so the rest moves less"


@dataclass(frozen=True)
class Part:
    """What one driver did to the log odds, and the signal of it that did most, in a sentence."""

    driver: str
    contribution: float
    text: str


@dataclass(frozen=True)
class Changed:
    """A probability before and after, and what moved it: `base` and `parts` add up to the change of the log odds.

    `base`: what the same signals would have said otherwise (the segment's rate, the account's age); `parts`: by
    driver, the largest first.
    """

    before: float
    after: float
    base: float
    parts: tuple[Part, ...]

    @property
    def lines(self) -> list[str]:
        """In words: up or down, by how much, and why."""
        told = [p for p in self.parts if abs(p.contribution) >= SMALLEST]
        return [
            f"{self.before:.1%} before, {self.after:.1%} after",
            *(f"  {'up  ' if p.contribution > 0 else 'down'} {abs(p.contribution):.2f}  {p.text}" for p in told),
        ]


def changed(
    account_id: str,
    before: pl.DataFrame,
    after: pl.DataFrame,
    *,
    help: Model,  # noqa: A002 - the motion's name
    expand: Model,
    signals: Sequence[Signal],
) -> dict[Motion, Changed]:
    """Both motions' probabilities of one account, as lists show them at each date.

    `before`, `after`: rows to score at each date (`rows.scoring_rows`), of all accounts. The others tell what the
    whole segment did: it is summed up apart, with what the season did.
    """
    was, is_ = (frame.filter(pl.col("account_id") == account_id) for frame in (before, after))
    old, new = (listed(row, help=help, expand=expand) for row in (was, is_))
    read = read_by(new["help"], signals)
    told = _Told.of((was, is_), Figures.of(after, before, read, _place(after, account_id)))
    return {motion: _changed(old[motion], new[motion], told) for motion in MOTIONS}


def _changed(old: Listed, new: Listed, told: _Told) -> Changed:
    groups: dict[str, list[tuple[str, float]]] = {}
    for name, contribution in explain_change(old, new).select("signal", "contribution").iter_rows():
        groups.setdefault(told.group(name), []).append((name, contribution))
    given = any(row[NOTICE][0] for row in told.rows)
    parts = [told.part(group, members) for group, members in groups.items() if given or group != NOTICE]
    return Changed(
        before=float(old.probability[0]),
        after=float(new.probability[0]),
        base=float(new.base[0] - old.base[0]),
        parts=tuple(sorted(parts, key=lambda part: (-abs(part.contribution), part.driver))),
    )


@dataclass(frozen=True, eq=False)
class _Told:
    """What can be said of an account's signals: its rows before and after, and which moved for others as well."""

    rows: tuple[pl.DataFrame, pl.DataFrame]
    read: Mapping[str, Signal]
    shared: frozenset[str]
    speakable: frozenset[str]

    @staticmethod
    def of(rows: tuple[pl.DataFrame, pl.DataFrame], figures: Figures) -> _Told:
        shared = (s.name for s, is_ in zip(figures.signals, figures.shared[0], strict=True) if is_)
        speakable = (s.name for s, is_ in zip(figures.signals, figures.speakable, strict=True) if is_)
        return _Told(rows, {s.name: s for s in figures.signals}, frozenset(shared), frozenset(speakable))

    def group(self, name: str) -> str:
        """The driver of a signal; what others did too is one of its own."""
        signal = self.read.get(name)
        if name in self.shared:
            return COMMON
        return (signal.driver or signal.family) if signal else name

    def part(self, driver: str, members: Sequence[tuple[str, float]]) -> Part:
        """The driver's sum; of its members that can be said the one that moved it most the same way speaks."""
        total = sum(contribution for _, contribution in members)
        if driver == COMMON:
            return Part(driver, total, _COMMON)
        if driver == NOTICE:
            was, is_ = (bool(row[NOTICE][0]) for row in self.rows)
            return Part(driver, total, _NOTICE_STANDS if was and is_ else _NOTICE_GIVEN if is_ else _NOTICE_BACK)
        label = DRIVER_LABELS.get(driver, driver.capitalize())
        way = 1.0 if total >= 0 else -1.0
        said = [(way * contribution, name) for name, contribution in members if name in self.speakable]
        if not said or max(said)[0] <= 0.0:
            return Part(driver, total, label)
        return Part(driver, total, f"{label}: {self._sentence(max(said)[1])}")

    def _sentence(self, name: str) -> str:
        was, is_ = (_value(row, name) for row in self.rows)
        return sentence(Said(self.read[name], is_, None if isinstance(is_, str) else was))


def _place(rows: pl.DataFrame, account_id: str) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.flatnonzero((rows["account_id"] == account_id).to_numpy())


def _value(row: pl.DataFrame, name: str) -> Value:
    value = row[name][0] if name in row.columns else None
    if value is None or isinstance(value, str):
        return value
    return None if value != value else float(value)  # noqa: PLR0124 - NaN is not itself
