"""Two accounts whose stories the demo tells: licences nobody uses, and a guarantee about to be missed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from consumption.world.arrays import Ints, months_later
from consumption.world.books import MACHINES, RESELLER
from consumption.world.history import Past
from consumption.world.traits import Traits

IDLE_LICENCES = 0  # number of the account that pays for 60 licences and uses 36
GUARANTEE = 1  # number of the account whose machines have run too little since the quarter began
PINNED: Ints = np.array([IDLE_LICENCES, GUARANTEE])
LICENCES, UNUSED = 60, 24
GUARANTEED_LEVEL = 0.92
_DAYS_INTO_QUARTER = 68
_WEEKS_OF_TROUBLE = 9


def cast(traits: Traits, first_day: int, today: int) -> Traits:
    """The traits with the two accounts given their parts."""
    bought_hours = months_later(np.array([_early_in_month(today - _DAYS_INTO_QUARTER)]), -6)[0]
    bought_licences = months_later(np.array([_early_in_month(today + 75)]), -12)[0]
    starts = np.array([_first_term(bought_licences, first_day), _first_term(bought_hours, first_day)])
    changed = {
        "book": np.array([RESELLER, MACHINES]),
        "segment": np.array([1, 1]),
        "parent": np.array([-1, -1]),
        "starts": starts,
        "created": starts - 400,
        "months": np.array([12, 12]),
        "auto_renews": np.array([True, True]),
        "notice_days": np.array([60, 30]),
        "by_outcome": np.array([False, True]),
        "credits": np.array([False, False]),
        "arr": np.array([57_600.0, 118_000.0]),
        "quantity": np.array([float(LICENCES), 12.0]),
        "second": np.array([0.0, 0.0]),
        "dormant": np.array([UNUSED / LICENCES, 0.0]),
        "season": np.array([0.02, 0.02]),
        "fit": np.array([0.75, 0.70]),
        "growth": np.array([0.0, 0.0]),
        "large": np.array([0.0, 0.0]),
    }
    return replace(traits, **{name: _put(getattr(traits, name), values) for name, values in changed.items()})


def _put(column: npt.NDArray[Any], values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    column = column.copy()
    column[PINNED] = values
    return column


def _early_in_month(day: int) -> int:
    """The same day of the month, or the 28th: every month has it."""
    as_day = np.datetime64(day, "D")
    within = int((as_day - as_day.astype("datetime64[M]").astype("datetime64[D]")).astype(int))
    return day - max(within - 27, 0)


def _first_term(start: int, first_day: int) -> int:
    """The last yearly start at or before the first day of the history."""
    years = max(-(-(start - first_day) // 365), 0)
    return int(months_later(np.array([start]), -12 * years)[0])


def tell(past: Past) -> Past:
    """The past in which these two did what their stories say in its last weeks."""
    weekly = {name: values.copy() for name, values in past.weekly.items()}
    today = past.weeks
    weekly["activity"][:today, IDLE_LICENCES] = 1.4
    weekly["champion"][:today, IDLE_LICENCES] = 0.9
    weekly["activity"][:today, GUARANTEE] = 1.04
    weekly["friction"][:today, GUARANTEE] = 0.04
    weekly["champion"][:today, GUARANTEE] = 0.8
    weekly["activity"][today - _WEEKS_OF_TROUBLE : today, GUARANTEE] = 0.96
    weekly["friction"][today - _WEEKS_OF_TROUBLE : today, GUARANTEE] = 0.42
    return replace(past, weekly=weekly)
