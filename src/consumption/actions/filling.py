"""From prices to a plan that keeps every cap: greedy repair, then the best use of small leftovers.

Prices alone leave each owner a few hours that no candidate fits exactly. In a week of eight hours that matters, so
owners are solved exactly where their few open questions (what reduced values cannot settle) allow it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from consumption.actions.allocation import Flags, Floats, Ints, Problem, best, reduced
from consumption.actions.knapsack import solve_owners

FILLERS = 128  # candidates a component that may fill what is left, best value for their price first


def fill(problem: Problem, prices: Floats) -> Ints:
    """A column for each account, -1 for none, keeping every cap."""
    worth = reduced(problem, prices)
    picks = repaired(problem, worth)
    single = single_cap(problem)
    return solve_owners(problem, picks, worth, prices, single)


def repaired(problem: Problem, worth: Floats) -> Ints:
    """What prices choose, as far as it fits; then whatever still fits, best value for its price first."""
    picks = np.full(problem.accounts, -1, dtype=np.int64)
    column, top = best(worth)
    wanted = np.flatnonzero(top > 0)
    cost = np.subtract(problem.value, worth, out=np.zeros_like(worth), where=np.isfinite(worth))
    free = problem.capacity.copy()
    _take(problem, (picks, free), wanted, column[wanted], _merit(problem, cost, wanted, column[wanted]))
    accounts, columns = np.nonzero(np.isfinite(problem.value) & (picks < 0)[:, None] & _fits(problem, free))
    merit = _merit(problem, cost, accounts, columns)
    chosen = _first(problem.component[accounts], merit, FILLERS)
    _take(problem, (picks, free), accounts[chosen], columns[chosen], merit[chosen])
    return picks


def _merit(problem: Problem, cost: Floats, accounts: Ints, columns: Ints) -> Floats:
    """Value for its price; what costs nothing comes first."""
    value, price = problem.value[accounts, columns], cost[accounts, columns]
    merit: Floats = np.divide(value, price, out=np.full(len(value), np.inf), where=price > 0)
    return merit


def _fits(problem: Problem, free: Floats) -> Flags:
    """Which candidates fit what is left."""
    fits = np.ones(problem.value.shape, dtype=bool)
    for use, amount in zip(problem.uses, problem.amount, strict=True):
        fits &= amount <= free[use] + 1e-9
    return fits


def _first(group: Ints, merit: Floats, most: int) -> Ints:
    """The places of the best few of each group, in order of merit within it."""
    order = np.lexsort((-merit, group))
    return order[_position(group[order]) < most]


def _position(group: Ints) -> Ints:
    """Where each element stands in its run of equal elements, from 0."""
    if not len(group):
        return group
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))


def _take(problem: Problem, state: tuple[Ints, Floats], accounts: Ints, columns: Ints, merit: Floats) -> None:
    """Take candidates by merit while they fit, components side by side; changes `state`: picks, and what is free."""
    picks, free = state
    order = np.lexsort((columns, accounts, -merit, problem.component[accounts]))
    accounts, columns = accounts[order], columns[order]
    turn = _position(problem.component[accounts])
    by_turn = np.argsort(turn, kind="stable")
    ends = np.searchsorted(turn[by_turn], np.arange(turn.max(initial=-1) + 2))
    for start, stop in pairwise(ends):
        now = by_turn[start:stop]
        account, column = accounts[now], columns[now]
        fits = picks[account] < 0
        for use, amount in zip(problem.uses, problem.amount, strict=True):
            fits &= amount[account, column] <= free[use[account, column]] + 1e-9
        account, column = account[fits], column[fits]
        picks[account] = column
        for use, amount in zip(problem.uses, problem.amount, strict=True):
            np.subtract.at(free, use[account, column], amount[account, column])


def single_cap(problem: Problem) -> Flags:
    """For each component, whether all its candidates fall under one and the same cap."""
    none = len(problem.capacity) - 1
    size = int(problem.component.max(initial=-1)) + 1
    least, most = np.full(size, none), np.full(size, -1)
    for use in problem.uses:
        real = np.isfinite(problem.value) & (use < none)
        where = np.broadcast_to(problem.component[:, None], use.shape)[real]
        np.minimum.at(least, where, use[real])
        np.maximum.at(most, where, use[real])
    return np.asarray(least >= most)
