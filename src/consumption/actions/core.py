"""What reduced values leave open in a plan: the few accounts whose choice is not settled by the prices.

An account that would have to give up more against its best choice than the plan falls short of its bound keeps that
choice in every better plan (reduced-cost fixing), so only the others need to be looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from consumption.actions.allocation import NOBODY, Flags, Floats, Ints, Problem, best


@dataclass(frozen=True)
class Core:
    """The open part of a problem.

    `problem`: open accounts and their open candidates, with the capacity that the settled ones leave. `account`,
    `columns`: where they stand in the whole problem. `settled`: the column of every settled account, -1 for others.
    """

    problem: Problem
    account: Ints
    columns: Ints
    settled: Ints

    def adopted(self, picks: Ints, found: Ints, better: Flags, component: Ints) -> Ints:
        """`picks` with what was `found` in the core, and what is settled, in each component that is `better`."""
        result = np.where(better[component], self.settled, picks)
        mine = np.flatnonzero(better[self.problem.component] & (found >= 0))
        result[self.account[mine]] = self.columns[mine, found[mine]]
        return result


def open_core(problem: Problem, worth: Floats, gaps: Floats) -> Core:
    """The core of the components whose gap (what a plan may fall short by) is above 0; `worth`: reduced values."""
    column, top = best(worth)
    stay = np.maximum(top, 0.0)
    reach = gaps[problem.component] * (1 + 1e-9)
    mine = reach > 0
    opened = np.isfinite(problem.value) & (stay[:, None] - worth <= reach[:, None]) & mine[:, None]
    free = opened.any(axis=1) & ((stay <= reach) | (opened.sum(axis=1) > 1))
    settled = np.where(mine & ~free & (top > 0), column, -1)
    account = np.flatnonzero(free)
    opened = opened[account]
    columns = np.argsort(~opened, axis=1, kind="stable")[:, : int(opened.sum(axis=1).max(initial=0))]
    opened = np.take_along_axis(opened, columns, axis=1)
    part = problem.only(account)
    part = replace(
        part,
        value=np.where(opened, np.take_along_axis(part.value, columns, axis=1), NOBODY),
        row=np.take_along_axis(part.row, columns, axis=1),
        uses=tuple(np.take_along_axis(use, columns, axis=1) for use in part.uses),
        amount=tuple(np.take_along_axis(amount, columns, axis=1) for amount in part.amount),
        capacity=problem.capacity - problem.used(settled),
    )
    return Core(part, account, columns, settled)


def worth_by_component(problem: Problem, picks: Ints, components: int) -> Floats:
    """The value of a choice, a component."""
    taken = np.flatnonzero(picks >= 0)
    value = problem.value[taken, picks[taken]]
    return np.bincount(problem.component[taken], value, minlength=components).astype(np.float64)
