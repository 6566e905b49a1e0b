"""Why one account's probability is another than it was, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from consumption.features.drivers import DRIVER_LABELS
from consumption.features.signal import Signal
from consumption.models.explain import explain_change
from consumption.models.logistic import probability
from consumption.models.model import Model
from consumption.models.words import Said, Value, sentence

# Of a driver that moved the log odds by less than this nobody has to hear.
SMALLEST = 0.02


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


def changed(before: pl.DataFrame, after: pl.DataFrame, model: Model, signals: Sequence[Signal]) -> Changed:
    """Of one account: `before` and `after` are its row to score at each date (`rows.scoring_rows`)."""
    old, new = model.odds(before), model.odds(after)
    read = {s.name: s for s in signals}
    moved = explain_change(before, after, model)
    groups: dict[str, list[tuple[str, float]]] = {}
    for name, contribution in moved.select("signal", "contribution").iter_rows():
        signal = read.get(name)
        groups.setdefault((signal.driver or signal.family) if signal else name, []).append((name, contribution))
    parts = [_part(group, members, (before, after), read) for group, members in groups.items()]
    said = probability(old["log_odds"].to_numpy()), probability(new["log_odds"].to_numpy())
    return Changed(
        before=float(said[0][0]),
        after=float(said[1][0]),
        base=float(new["base"][0] - old["base"][0]),
        parts=tuple(sorted(parts, key=lambda part: (-abs(part.contribution), part.driver))),
    )


def _part(
    driver: str,
    members: Sequence[tuple[str, float]],
    rows: tuple[pl.DataFrame, pl.DataFrame],
    read: Mapping[str, Signal],
) -> Part:
    """The driver's sum; of its members the one that moved it most the same way speaks."""
    total = sum(contribution for _, contribution in members)
    name, _ = max(members, key=lambda member: member[1] * (1.0 if total >= 0 else -1.0))
    label = DRIVER_LABELS.get(driver, driver.capitalize())
    if name not in read:
        return Part(driver, total, label)
    was, is_ = (_value(row, name) for row in rows)
    return Part(driver, total, f"{label}: {sentence(Said(read[name], is_, None if isinstance(is_, str) else was))}")


def _value(row: pl.DataFrame, name: str) -> Value:
    value = row[name][0] if name in row.columns else None
    if value is None or isinstance(value, str):
        return value
    return None if value != value else float(value)  # noqa: PLR0124 - NaN is not itself
