"""Floors: a least share of the hours for a motion, as what an hour of it must count more to get there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from consumption.actions.allocation import Floats, Problem
from consumption.actions.encode import encode
from consumption.actions.planner import solve

STEPS = 16
ENOUGH = 1e-9


def bonuses(
    pairs: pl.DataFrame,
    hours: pl.DataFrame,
    limits: Mapping[str, int] | None,
    least: Mapping[str, float],
    settled: pl.DataFrame,
) -> tuple[dict[str, float], dict[str, float]]:
    """What an hour of each motion counts more, so that it gets its least share of the hours that are filled.

    `pairs`: account_id, action, motion, weighed, hours, owner, skill of what may still be chosen; `settled`: motion,
    hours of what is. The second answer is the share each floor reaches; below `least` where it is out of reach.
    """
    asked = {motion: share for motion, share in least.items() if share > 0}
    if not asked or pairs.is_empty():
        return {}, {}
    lines = pairs.filter(pl.col("weighed") > 0)
    problem = encode(lines.with_columns(value="weighed"), hours, limits).problem
    week = _Week(problem, lines, dict(settled.group_by("motion").agg(pl.col("hours").sum()).iter_rows()))
    found: dict[str, float] = {}
    for motion in sorted(asked):
        found[motion] = _least_bonus(week, found, motion, asked[motion])
    return found, {motion: week.share(found, motion) for motion in asked}


class _Week:
    """One week's problem, solved again and again with other bonuses."""

    def __init__(self, problem: Problem, lines: pl.DataFrame, settled: Mapping[str, float]) -> None:
        self._problem = problem
        self._values: Floats = lines["weighed"].to_numpy().astype(np.float64)
        self._hours: Floats = lines["hours"].to_numpy().astype(np.float64)
        self._motion = lines["motion"].to_numpy()
        self._settled = settled

    @property
    def dearest(self) -> float:
        """More than any hour brings."""
        hours = np.where(self._hours > 0, self._hours, np.inf)
        return float(2.0 * (self._values / hours).max(initial=0.0) + 1.0)

    def share(self, bonus: Mapping[str, float], motion: str) -> float:
        """The share of the hours that go to a motion under these bonuses."""
        added = sum((np.where(self._motion == m, b, 0.0) for m, b in bonus.items()), np.zeros(len(self._values)))
        problem = self._problem.valued(self._values + added * self._hours)
        rows = problem.rows(solve(problem, exact=False)[0])
        spent = np.bincount(self._motion[rows] == motion, self._hours[rows], minlength=2)
        mine = spent[1] + self._settled.get(motion, 0.0)
        total = float(spent.sum()) + sum(self._settled.values())
        return float(mine / total) if total > 0 else 1.0


def _least_bonus(week: _Week, others: Mapping[str, float], motion: str, share: float) -> float:
    """The smallest bonus at which a motion has its share; the dearest one where none does."""
    low, high = 0.0, week.dearest
    if week.share({**others, motion: low}, motion) >= share - ENOUGH:
        return low
    if week.share({**others, motion: high}, motion) < share - ENOUGH:
        return high
    for _ in range(STEPS):
        middle = (low + high) / 2
        enough = week.share({**others, motion: middle}, motion) >= share - ENOUGH
        low, high = (low, middle) if enough else (middle, high)
    return high
