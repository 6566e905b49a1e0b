"""Owners under several caps at once, nearly exactly and side by side: a beam search over what prices leave open.

A plan falls short of its bound by what its accounts give up against their best choice (regret) and by the price of
what it leaves unused. Accounts that would have to give up more than the best known plan falls short keep their best
choice; the few others are decided one after the other, and of all that could be decided so far the states that
promise the least shortfall are kept.
"""

from __future__ import annotations

import numpy as np

from consumption.actions.allocation import Flags, Floats, Ints, Problem, best, component_gaps, reduced
from consumption.actions.beam import Open, beam

OPEN = 24  # accounts of a component that may be decided anew, those that give up least first
OPTIONS = 8  # of each of them, nothing among them
MOST_CAPS = 12  # of a component; with more of them a beam says little
MOST_OF_IT = 0.9  # of what is missing: the components that hold so much of it together are searched
CELLS = 12_000_000  # of all states looked at in one turn, times options and caps
WIDTHS = (4, 64)
UNEVEN = (1.0, 0.2, 0.1, 0.05, 0.0)  # how much it counts against a state that what is left fits badly, turn by turn


def searched(problem: Problem, prices: Floats, picks: Ints, tied: Flags) -> Ints:
    """A choice at least as good as `picks`, better in some of the components marked `tied`."""
    worth = reduced(problem, prices)
    for uneven in UNEVEN:
        gaps, bounds = component_gaps(problem, picks, worth, prices)
        wanted = tied & (gaps > 1e-7 * np.maximum(bounds, 1e-12))
        if not wanted.any():
            break
        core = _core(problem, prices, picks, worth, _largest(np.where(wanted, gaps, 0.0)))
        if core is not None:
            picks = _adopted(problem, picks, worth, core, uneven)
    return picks


def _largest(gaps: Floats) -> Floats:
    """The largest gaps, which together are most of it; 0 for the rest."""
    order = np.argsort(-gaps, kind="stable")
    chosen = order[np.cumsum(gaps[order]) - gaps[order] < MOST_OF_IT * gaps.sum()]
    kept = np.zeros_like(gaps)
    kept[chosen] = gaps[chosen]
    return kept


def _core(problem: Problem, prices: Floats, picks: Ints, worth: Floats, gaps: Floats) -> Open | None:
    """What is open in the components that have a gap; None where nothing is."""
    none = len(problem.capacity) - 1
    column, top = best(worth)
    stay = np.maximum(top, 0.0)
    mine = np.flatnonzero(gaps[problem.component] > 0)
    options, regret = _options(worth[mine], stay[mine], gaps[problem.component[mine]])
    free = np.isfinite(regret).sum(axis=1) > 1
    opened = mine[free]
    group = problem.component[opened]
    easy = np.sort(regret[free], axis=1)[:, 1]
    # Where the plan known departs from what prices choose, it had to; and what they choose may be too large to fit.
    departs = picks[opened] != np.where(top[opened] > 0, column[opened], -1)
    kinds = (np.where(departs, -1.0, easy), np.where(top[opened] > 0, easy, np.inf))
    order = np.unique(np.concatenate([_easiest(group, kind) for kind in kinds]))
    settled = np.where((gaps[problem.component] > 0) & (top > 0), column, -1)
    settled[opened[order]] = -1
    components, place = np.unique(group[order], return_inverse=True)
    if not len(components):
        return None
    caps, local = _local_caps(problem, components)
    if caps is None:
        return None
    rest = opened[order]
    rank = np.empty(len(rest), dtype=np.int64)
    hardest = np.lexsort((rest, -easy[order], place))
    rank[hardest] = _position(place[hardest])
    shape = (len(components), int(rank.max()) + 1)
    account = np.full(shape, -1)
    account[place, rank] = rest
    columns = np.full((*shape, OPTIONS), -1)
    columns[place, rank] = options[free][order]
    costs = np.full((*shape, OPTIONS), np.inf)
    costs[:, :, 0] = 0.0
    costs[place, rank] = regret[free][order]
    left = np.where(caps < none, (problem.capacity - problem.used(settled))[caps], np.inf)
    price = np.where(caps < none, prices[caps], 0.0)
    uses = _uses(problem, account, columns, local, caps.shape[1])
    return Open(components, account, columns, costs, uses, left, price, gaps[components])


def _options(worth: Floats, stay: Floats, gap: Floats) -> tuple[Ints, Floats]:
    """The options of each account that give up less than the gap, least first: columns (-1: nothing), and regret."""
    with_none = np.column_stack((np.zeros(len(worth)), worth))
    regret = stay[:, None] - with_none
    regret = np.where(regret < gap[:, None], regret, np.inf)
    most = min(OPTIONS, regret.shape[1])
    first = np.argpartition(regret, most - 1, axis=1)[:, :most] if most < regret.shape[1] else None
    place = np.tile(np.arange(most), (len(worth), 1)) if first is None else first
    found = np.take_along_axis(regret, place, axis=1)
    order = np.argsort(found, axis=1, kind="stable")
    place, found = np.take_along_axis(place, order, axis=1), np.take_along_axis(found, order, axis=1)
    pad = OPTIONS - most
    return (
        np.pad(place - 1, ((0, 0), (0, pad)), constant_values=-1),
        np.pad(found, ((0, 0), (0, pad)), constant_values=np.inf),
    )


def _easiest(group: Ints, easy: Floats) -> Ints:
    """The few of each group that give up least; none that is infinite."""
    order = np.lexsort((easy, group))
    return order[(_position(group[order]) < OPEN) & np.isfinite(easy[order])]


def _position(group: Ints) -> Ints:
    """Where each element stands in its run of equal elements, from 0."""
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, dtype=np.int64)
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))


def _local_caps(problem: Problem, components: Ints) -> tuple[Ints | None, Ints]:
    """The caps of each component side by side (the index for none where it has fewer), and each cap's place there."""
    none = len(problem.capacity) - 1
    inside = np.isin(problem.component, components)
    pairs = []
    for use in problem.uses:
        real = np.isfinite(problem.value) & (use < none) & inside[:, None]
        row, col = np.nonzero(real)
        pairs.append(np.unique(problem.component[row] * (none + 1) + use[row, col]))
    every = np.unique(np.concatenate(pairs))
    owner, cap = np.searchsorted(components, every // (none + 1)), every % (none + 1)
    turn = _position(owner)
    width = int(turn.max(initial=0)) + 1
    local = np.zeros(none + 1, dtype=np.int64)
    local[cap] = turn
    if width > MOST_CAPS:
        return None, local
    caps = np.full((len(components), width), none)
    caps[owner, turn] = cap
    return caps, local


def _uses(problem: Problem, account: Ints, columns: Ints, local: Ints, caps: int) -> Floats:
    """How much of each of its component's caps an option takes."""
    total = np.zeros((*columns.shape, caps))
    where = np.nonzero((account[:, :, None] >= 0) & (columns >= 0))
    line, column = account[where[0], where[1]], columns[where]
    for use, amount in zip(problem.uses, problem.amount, strict=True):
        cap, much = use[line, column], amount[line, column]
        real = cap < len(problem.capacity) - 1
        np.add.at(total, (*(w[real] for w in where), local[cap[real]]), much[real])
    return total


def _adopted(problem: Problem, picks: Ints, worth: Floats, core: Open, uneven: float) -> Ints:
    """The picks with the beam's choice in each component where it falls less short."""
    width = int(np.clip(CELLS // max(core.uses.size, 1), *WIDTHS))
    short, option = beam(core, width, uneven)
    better = np.flatnonzero(short < core.kept * (1 - 1e-12))
    if not len(better):
        return picks
    column, top = best(worth)
    changed = np.isin(problem.component, core.component[better])
    picks = np.where(changed, np.where(top > 0, column, -1), picks)
    account = core.account[better]
    there = account >= 0
    chosen = np.take_along_axis(core.column[better], option[better][:, :, None], axis=2)[:, :, 0]
    picks[account[there]] = chosen[there]
    return picks
