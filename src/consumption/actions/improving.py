"""Where caps intertwine, prices alone leave hours unused: the best of many repairs, and of dearer counts.

Owners under several caps (hours of a skill within the week) are repaired again under shaken prices; components share
no cap, so each keeps its own best. Counts of an action tie all owners together: priced instead of counted they fall
apart again, and each owner's week can be solved by itself; the price rises until the counts are kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from consumption.actions.allocation import NOBODY, Flags, Floats, Ints, Problem, reduced
from consumption.actions.encode import with_components
from consumption.actions.filling import fill, repaired, single_cap

SHAKES = (0.05, 0.15, 0.3)  # standard deviations of the logarithm of the prices
ROUNDS = 48
CELLS = 6_000_000  # candidates looked at in all rounds together, at most; a few rounds are always made
DEARER = (1.0, 1.01, 1.03, 1.06, 1.1, 1.2, 1.4, 2.0, 4.0)
COUNTS = 2  # the kind of cap that counts actions


def improved(problem: Problem, prices: Floats, picks: Ints) -> Ints:
    """A choice worth at least as much as `picks`, keeping every cap."""
    if (problem.uses[COUNTS] < len(problem.capacity) - 1).any():
        picks = _with_dearer_counts(problem, prices, picks)
    tied = ~single_cap(problem)
    return _shaken(problem, prices, picks, tied) if tied.any() else picks


def _with_dearer_counts(problem: Problem, prices: Floats, picks: Ints) -> Ints:
    """The best choice found with counted actions at a price, each owner for itself."""
    none = len(prices) - 1
    counted = problem.uses[COUNTS]
    for dearer in DEARER:
        value = problem.value - dearer * prices[counted]
        uses = (problem.uses[0], problem.uses[1], np.full_like(counted, none))
        apart = with_components(replace(problem, value=np.where(value > 0, value, NOBODY), uses=uses))
        found = fill(apart, np.where(np.isin(np.arange(none + 1), counted), 0.0, prices))
        if (problem.used(found) <= problem.capacity + 1e-9).all() and problem.worth(found) > problem.worth(picks):
            picks = found
    return picks


def _shaken(problem: Problem, prices: Floats, picks: Ints, tied: Flags) -> Ints:
    """For each tied component the best repair under prices shaken again and again."""
    accounts = np.flatnonzero(tied[problem.component])
    part = problem.only(accounts)
    best, most = picks[accounts], _worth(part, picks[accounts])
    rng = np.random.default_rng(0)
    for turn in range(int(np.clip(CELLS // max(part.value.size, 1), 6, ROUNDS))):
        shaken = prices * np.exp(SHAKES[turn % len(SHAKES)] * rng.standard_normal(len(prices)))
        found = repaired(part, reduced(part, shaken))
        worth = _worth(part, found)
        best = np.where((worth > most)[part.component], found, best)
        most = np.maximum(most, worth)
    picks = picks.copy()
    picks[accounts] = best
    return picks


def _worth(problem: Problem, picks: Ints) -> Floats:
    """The value of a choice, a component."""
    taken = np.flatnonzero(picks >= 0)
    value = problem.value[taken, picks[taken]]
    size = int(problem.component.max(initial=-1)) + 1
    return np.bincount(problem.component[taken], value, minlength=size).astype(np.float64)
