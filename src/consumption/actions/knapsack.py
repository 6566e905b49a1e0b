"""Owners whose week is one cap of hours, solved exactly and side by side (multiple-choice knapsacks).

Reduced values settle most accounts: one that would have to give up more than the gap between bound and plan keeps its
place. What stays open is few, and a table over the hours left finds its best choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from consumption.actions.allocation import Flags, Floats, Ints, Problem, best, component_gaps

PARTS_OF_AN_HOUR = (1, 2, 4, 10, 20, 60)
FINEST = 240
CELLS = 4_000_000  # of one table: open accounts x owners x units of hours


@dataclass(frozen=True)
class _Open:
    """What reduced values leave open: a row an open account, in order of component.

    `columns`, `units`, `value`: its open candidates, padded with -1, 0 and -inf; `leaves`: it may also get nothing.
    """

    account: Ints
    component: Ints
    columns: Ints
    units: Ints
    value: Floats
    leaves: Flags


def solve_owners(problem: Problem, picks: Ints, worth: Floats, prices: Floats, single: Flags) -> Ints:
    """The better of `picks` and the exact choice, for every component marked `single`; the others stay."""
    cap = _cap_of(problem, len(single))
    gap, _ = component_gaps(problem, picks, worth, prices)
    todo = single & (cap >= 0) & (gap > 0)
    if not todo.any():
        return picks
    reach = gap[problem.component] * (1 + 1e-9) + 1e-12
    column, top = best(worth)
    stay = np.maximum(top, 0)
    mine = todo[problem.component]
    open_ = np.isfinite(problem.value) & (stay[:, None] - worth <= reach[:, None]) & mine[:, None]
    leaves = stay <= reach
    free = open_.any(axis=1) & (leaves | (open_.sum(axis=1) > 1))
    settled = np.where(mine & ~free & (top > 0), column, -1)
    left = np.append(problem.capacity - problem.used(settled), -1.0)[cap]
    return _better(problem, picks, settled, _opened(problem, free, open_, leaves), np.where(todo, left, -1.0))


def _cap_of(problem: Problem, components: int) -> Ints:
    """The one cap of each component, -1 where it has none."""
    none = len(problem.capacity) - 1
    cap = np.full(components, -1)
    for use in problem.uses:
        real = np.isfinite(problem.value) & (use < none)
        cap[np.broadcast_to(problem.component[:, None], use.shape)[real]] = use[real]
    return cap


def _opened(problem: Problem, free: Flags, open_: Flags, leaves: Flags) -> tuple[_Open, int]:
    """The open accounts and candidates, and into how many units an hour is cut."""
    account = np.flatnonzero(free)
    account = account[np.argsort(problem.component[account], kind="stable")]
    isopen = open_[account]
    width = int(isopen.sum(axis=1).max(initial=0))
    columns = np.argsort(~isopen, axis=1, kind="stable")[:, :width]
    isopen = np.take_along_axis(isopen, columns, axis=1)
    hours = np.zeros(problem.value.shape)
    for use, amount in zip(problem.uses, problem.amount, strict=True):
        hours = np.where(use < len(problem.capacity) - 1, amount, hours)
    hours = np.where(isopen, np.take_along_axis(hours[account], columns, axis=1), 0.0)
    value = np.where(isopen, np.take_along_axis(problem.value[account], columns, axis=1), -np.inf)
    parts = next(
        (p for p in PARTS_OF_AN_HOUR if np.abs(hours * p - np.round(hours * p)).max(initial=0) < 1e-7), FINEST
    )
    units = np.ceil(hours * parts - 1e-6).astype(np.int64)
    found = _Open(account, problem.component[account], np.where(isopen, columns, -1), units, value, leaves[account])
    return found, parts


def _better(problem: Problem, picks: Ints, settled: Ints, opened: tuple[_Open, int], left: Floats) -> Ints:
    """Where the exact choice is worth more than `picks`, that; `left`: hours after what is settled, a component."""
    found, parts = opened
    exact, solved = settled.copy(), np.zeros(len(left), dtype=bool)
    units = np.floor(left * parts + 1e-6).astype(np.int64)
    for table in _tables(found.component, units):
        rows = np.flatnonzero(np.isin(found.component, table))
        solved[table] = _fill_table(found, rows, np.searchsorted(table, found.component[rows]), units[table], exact)
    before, after = (_worth(problem, p, len(left)) for p in (picks, exact))
    adopt = solved & (after > before)
    return np.where(adopt[problem.component], exact, picks)


def _worth(problem: Problem, picks: Ints, components: int) -> Floats:
    """The value of a choice, a component."""
    taken = np.flatnonzero(picks >= 0)
    value = problem.value[taken, picks[taken]]
    return np.bincount(problem.component[taken], value, minlength=components).astype(np.float64)


def _tables(component: Ints, units: Ints) -> Iterator[Ints]:
    """Components in groups of like size whose common table is small enough; larger ones are left out."""
    steps = np.bincount(component, minlength=len(units))
    todo = np.flatnonzero((steps > 0) & (units >= 0) & (steps * (units + 1) <= CELLS))
    todo = todo[np.lexsort((todo, units[todo], steps[todo]))]
    start = 0
    for stop in range(1, len(todo) + 1):
        ahead = todo[start : stop + 1]
        if stop == len(todo) or steps[ahead].max() * (units[ahead].max() + 1) * len(ahead) > CELLS:
            yield np.sort(todo[start:stop])
            start = stop


def _fill_table(found: _Open, rows: Ints, owner: Ints, units: Ints, exact: Ints) -> Flags:
    """Solve some components by dynamic programming and write their choices into `exact`.

    True for each component that has a choice: where those that must take something cannot, nothing beats the plan.

    `rows`: their open accounts, in order of `owner`, the component's place in the table; `units`: what each has left.
    """
    width = int(units.max()) + 1
    starts = np.searchsorted(owner, np.arange(len(units)))
    turn = np.arange(len(rows)) - starts[owner]
    table = np.zeros((len(units), width))
    choices = []
    for step in range(int(turn.max()) + 1):
        now = np.flatnonzero(turn == step)
        choice = np.zeros((len(units), width), dtype=np.int16)
        table[owner[now]], choice[owner[now]] = _step(found, rows[now], table[owner[now]])
        choices.append(choice)
    found_one = np.isfinite(table[np.arange(len(units)), units])
    hours = units.copy()
    for step in range(len(choices) - 1, -1, -1):
        now = np.flatnonzero(turn == step)
        place = choices[step][owner[now], hours[owner[now]]] - 1
        took = np.flatnonzero(place >= 0)
        line = rows[now[took]]
        exact[found.account[line]] = found.columns[line, place[took]]
        hours[owner[now[took]]] -= found.units[line, place[took]]
    return found_one


def _step(found: _Open, rows: Ints, before: Floats) -> tuple[Floats, Ints]:
    """One account of each component: the best value within each number of units, and the candidate it takes."""
    after = np.where(found.leaves[rows][:, None], before, -np.inf)
    choice = np.zeros(before.shape, dtype=np.int64)
    place = np.arange(before.shape[1])
    for candidate in range(found.columns.shape[1]):
        value = found.value[rows, candidate]
        if not np.isfinite(value).any():
            continue
        source = place[None, :] - found.units[rows, candidate][:, None]
        moved = np.take_along_axis(before, np.maximum(source, 0), axis=1) + value[:, None]
        better = (source >= 0) & (moved > after)
        after = np.where(better, moved, after)
        choice = np.where(better, candidate + 1, choice)
    return after, choice
