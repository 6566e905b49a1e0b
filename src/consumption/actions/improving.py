"""Where caps intertwine, prices alone leave hours unused: the best of many repairs, and of dearer counts.

Owners under several caps (hours of a skill within the week) are repaired again under shaken prices, then searched;
components share no cap, so each keeps its own best. Counts of an action tie all owners together: priced instead of
counted they fall apart again, and each owner's week can be solved by itself; the price rises until they are kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from consumption.actions.allocation import NOBODY, Flags, Floats, Ints, Problem, component_gaps, reduced
from consumption.actions.core import open_core, worth_by_component
from consumption.actions.encode import with_components
from consumption.actions.filling import fill, repaired, single_cap
from consumption.actions.searching import searched

SHAKES = (0.05, 0.15, 0.3)  # standard deviations of the logarithm of the prices
ROUNDS = (3, 24)
CELLS = 3_000_000  # open candidates looked at in all rounds together, about
DEARER = (1.0, 1.01, 1.03, 1.06, 1.1, 1.2, 1.4, 2.0, 4.0)
ENOUGH = 2  # prices at which the counts are kept: dearer ones only keep more hours idle
COUNTS = 2  # the kind of cap that counts actions


def improved(problem: Problem, prices: Floats, picks: Ints) -> Ints:
    """A choice worth at least as much as `picks`, keeping every cap."""
    if (problem.uses[COUNTS] < len(problem.capacity) - 1).any():
        picks = _with_dearer_counts(problem, prices, picks)
    tied = ~single_cap(problem)
    if not tied.any():
        return picks
    return searched(problem, prices, _shaken(problem, prices, picks, tied), tied)


def _with_dearer_counts(problem: Problem, prices: Floats, picks: Ints) -> Ints:
    """The best choice found with counted actions at a price, each owner for itself."""
    none = len(prices) - 1
    counted = problem.uses[COUNTS]
    own = np.where(np.isin(np.arange(none + 1), counted), 0.0, prices)
    kept = 0
    for dearer in DEARER:
        value = problem.value - dearer * prices[counted]
        uses = (problem.uses[0], problem.uses[1], np.full_like(counted, none))
        apart = with_components(replace(problem, value=np.where(value > 0, value, NOBODY), uses=uses))
        found = fill(apart, own)
        if not _keeps(problem, found):
            continue
        kept += 1
        tied = ~single_cap(apart)
        for choice in (found, searched(apart, own, found, tied)) if tied.any() else (found,):
            if _keeps(problem, choice) and problem.worth(choice) > problem.worth(picks):
                picks = choice
        if kept == ENOUGH:
            break
    return picks


def _keeps(problem: Problem, picks: Ints) -> bool:
    """Whether a choice keeps every cap."""
    return bool((problem.used(picks) <= problem.capacity + 1e-9).all())


def _shaken(problem: Problem, prices: Floats, picks: Ints, tied: Flags) -> Ints:
    """For each tied component the best repair under prices shaken again and again."""
    worth = reduced(problem, prices)
    gaps, _ = component_gaps(problem, picks, worth, prices)
    core = open_core(problem, worth, np.where(tied, gaps, 0.0))
    if not core.problem.accounts:
        return picks
    size = len(gaps)
    settled = worth_by_component(problem, core.settled, size)
    found, most = np.full(core.problem.accounts, -1, dtype=np.int64), worth_by_component(problem, picks, size)
    better = np.zeros(size, dtype=bool)
    rng = np.random.default_rng(0)
    for turn in range(int(np.clip(CELLS // core.problem.value.size, *ROUNDS))):
        shaken = prices * np.exp(SHAKES[turn % len(SHAKES)] * rng.standard_normal(len(prices)))
        repair = repaired(core.problem, reduced(core.problem, shaken))
        total = settled + worth_by_component(core.problem, repair, size)
        up = total > most * (1 + 1e-12)
        found = np.where(up[core.problem.component], repair, found)
        most, better = np.maximum(most, total), better | up
    return core.adopted(picks, found, better, problem.component)
