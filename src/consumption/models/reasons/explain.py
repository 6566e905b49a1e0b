"""Why an account is on a list: up to three reasons a motion, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from consumption.features.signal import Signal
from consumption.models.encoding import Matrix
from consumption.models.model import Model
from consumption.models.motion import MOTIONS
from consumption.models.reasons.figures import AGAINST, CHANGE, Figures
from consumption.models.reasons.listed import Listed, listed
from consumption.models.reasons.words import Value, sentence
from consumption.models.rows import Floats, scoring_rows
from consumption.tables import REASONS

# A signal whose words carry the motion better speaks for its group before one that weighs up to this many times more.
PREFERENCE = 4.0
# Under this share of all that pushes, a further reason is none.
SMALLEST_SHARE = 0.05
# That an account is large says how much is at stake, not why.
NO_REASON = frozenset({"large", "constant"})


def reasons(
    snapshot: pl.DataFrame,
    baseline: pl.DataFrame,
    population: pl.DataFrame,
    ranked: pl.DataFrame,
    *,
    help: Model,  # noqa: A002 - the motion's name
    expand: Model,
    signals: Sequence[Signal],
    top: int = 3,
) -> pl.DataFrame:
    """REASONS for the accounts of `ranked`.

    `baseline`: as a snapshot, each signal the account's own median of earlier snapshots; an account or a signal that
    is not there has no baseline. Peers are the accounts of the same segment in this snapshot. Contributions to the
    log odds of the probability in `ranked` (`listed`) are summed by driver (a signal without one: by its family); of
    each of the `top` groups that push towards the motion, the strongest signal whose words do not contradict it
    speaks. An account that nothing pushes has no row; a notice is no signal, and is told by what reads reasons.
    Raises StaleModel if the snapshot lacks a signal that a model reads.
    """
    rows = scoring_rows(snapshot, population)
    wanted = np.flatnonzero(rows["account_id"].is_in(ranked["account_id"].implode()).to_numpy())
    found: list[dict[str, Any]] = []
    parts = listed(rows[wanted], help=help, expand=expand)
    read = read_by(parts["help"], signals)
    figures = Figures.of(rows, baseline, read, wanted)
    for motion in MOTIONS:
        pushes, carries = _Pushes.of(parts[motion], read), figures.carries(motion)
        for place, account in enumerate(rows["account_id"][wanted]):
            for told in pushes.speakers(place, carries[place], top):
                change = bool(carries[place, told.signal] == CHANGE)
                reason = _reason(figures, place, told, change=change)
                found.append({"account_id": account, "motion": motion, **reason})
    return REASONS.check(pl.DataFrame(found, schema=REASONS.schema).sort("account_id", "motion", "position"))


def explain_change(before: Listed, after: Listed) -> pl.DataFrame:
    """Why a probability moved between two dates: account_id, signal, contribution; the largest of an account first.

    `before`, `after`: by the same models; accounts in both are explained. `contribution` is the change of what the
    signal (or the notice) adds to the log odds; they add up to the change of the log odds less that of their base.
    """
    names = list(after.signals)
    old, new = (pl.DataFrame(one.of(names), schema=names).with_columns(one.accounts) for one in (before, after))
    joined = new.join(old, on="account_id", suffix="_before")
    moved = joined.select("account_id", *((pl.col(n) - pl.col(f"{n}_before")).alias(n) for n in names))
    long = moved.unpivot(names, index="account_id", variable_name="signal", value_name="contribution")
    return long.sort(pl.col("account_id"), -pl.col("contribution").abs(), pl.col("signal"))


def read_by(parts: Listed, signals: Sequence[Signal]) -> list[Signal]:
    """Those of the signals that the models read."""
    names = set(parts.signals)
    return [signal for signal in signals if signal.name in names]


@dataclass(frozen=True)
class _Told:
    """A group that pushes, the signal (its column) that speaks for it, and its share of all that pushes."""

    position: int
    group: str
    signal: int
    share: float


@dataclass(frozen=True, eq=False)
class _Pushes:
    """What each signal adds to the log odds (a row an account), which group it is of, and what each group adds."""

    by_signal: Matrix
    groups: tuple[str, ...]
    member: Matrix
    by_group: Matrix

    @staticmethod
    def of(parts: Listed, signals: Sequence[Signal]) -> _Pushes:
        names = [s.driver or s.family for s in signals]
        groups = tuple(sorted(set(names)))
        member = np.array([[name == group for group in groups] for name in names], dtype=np.float64)
        by_signal = parts.of([s.name for s in signals])
        return _Pushes(by_signal, groups, member, by_signal @ member)

    def speakers(self, account: int, carries: Floats, top: int) -> Iterator[_Told]:
        """The groups that push most, each with who speaks for it; a group that nobody can speak for is left out."""
        weight = np.where(carries > AGAINST, PREFERENCE**carries, 0.0)
        strength = np.clip(self.by_signal[account], 0.0, None) * weight
        by_group = self.by_group[account]
        total = np.clip(by_group, 0.0, None).sum()
        position = 0
        for group in np.argsort(-by_group, kind="stable"):
            share = float(by_group[group] / total) if total > 0.0 else 0.0
            if share <= (SMALLEST_SHARE if position else 0.0) or position == top:
                return
            candidates = strength * self.member[:, group]
            if candidates.max() > 0.0 and self.groups[group] not in NO_REASON:
                position += 1
                yield _Told(position, self.groups[group], int(candidates.argmax()), share)


def _reason(figures: Figures, row: int, told: _Told, *, change: bool) -> dict[str, Any]:
    said = figures.said(row, told.signal)
    return {
        "position": told.position,
        "driver": told.group,
        "code": said.signal.name,
        "text": sentence(said, change=change),
        "value": _number(said.value),
        "baseline": _number(said.baseline),
        "peer": _number(said.peer),
        "unit": said.signal.unit,
        "contribution": told.share,
    }


def _number(value: Value) -> float | None:
    return None if isinstance(value, str) else value
