"""The week's plan as arrays: who could get what, and which hours and counts that uses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY = -np.inf  # the value of a place in the grid that holds no candidate


@dataclass(frozen=True)
class Problem:
    """Candidates in a grid: a row an account, a column each of its candidates.

    `value`: NOBODY where there is no candidate. `row`: which row of the candidates' frame it is. `uses`: for each
    kind of cap (all hours of an owner, the owner's hours of a skill, the count of an action) the index of the cap
    that the candidate falls under; the last index stands for none. `amount`: how much of it, in the same order.
    `capacity`: by that index, infinite for the last. `component`: of each account; different components share no cap.
    """

    value: Floats
    row: Ints
    uses: tuple[Ints, ...]
    amount: tuple[Floats, ...]
    capacity: Floats
    component: Ints

    @property
    def accounts(self) -> int:
        """How many accounts have a candidate."""
        return len(self.value)

    def only(self, accounts: Flags | Ints) -> Problem:
        """The part that concerns some accounts."""
        return replace(
            self,
            value=self.value[accounts],
            row=self.row[accounts],
            uses=tuple(u[accounts] for u in self.uses),
            amount=tuple(a[accounts] for a in self.amount),
            component=self.component[accounts],
        )

    def within(self, capacity: Floats) -> Problem:
        """With other caps; what does not fit them even alone is no candidate any more."""
        fits = np.ones(self.value.shape, dtype=bool)
        for use, amount in zip(self.uses, self.amount, strict=True):
            fits &= amount <= capacity[use] + 1e-9
        return replace(self, value=np.where(fits, self.value, NOBODY), capacity=capacity)

    def valued(self, value: Floats) -> Problem:
        """With other values, an element a row of the candidates' frame; what brings nothing is no candidate."""
        worth = value[self.row]
        return replace(self, value=np.where((self.row >= 0) & (worth > 0), worth, NOBODY))

    def used(self, picks: Ints) -> Floats:
        """How much of each cap a choice takes; `picks`: the column chosen for each account, -1 for none."""
        total = np.zeros(len(self.capacity))
        taken = np.flatnonzero(picks >= 0)
        for use, amount in zip(self.uses, self.amount, strict=True):
            where, much = use[taken, picks[taken]], amount[taken, picks[taken]]
            total += np.bincount(where, much, minlength=len(total))
        total[-1] = 0.0
        return total

    def worth(self, picks: Ints) -> float:
        """The value of a choice."""
        taken = np.flatnonzero(picks >= 0)
        return float(self.value[taken, picks[taken]].sum())

    def rows(self, picks: Ints) -> Ints:
        """The rows of the candidates' frame that a choice takes."""
        taken = np.flatnonzero(picks >= 0)
        return self.row[taken, picks[taken]]


def reduced(problem: Problem, prices: Floats) -> Floats:
    """What each candidate is worth beyond the price of what it uses."""
    worth = problem.value.copy()
    for use, amount in zip(problem.uses, problem.amount, strict=True):
        worth -= prices[use] * amount
    return worth


def best(worth: Floats) -> tuple[Ints, Floats]:
    """Each account's best column and what it is worth."""
    column = worth.argmax(axis=1) if worth.shape[1] else np.zeros(len(worth), dtype=np.int64)
    return column, worth[np.arange(len(worth)), column]


def bound(problem: Problem, prices: Floats) -> float:
    """No plan can be worth more, whatever the prices (weak duality)."""
    caps = np.isfinite(problem.capacity)
    _, worth = best(reduced(problem, prices))
    return float(prices[caps] @ problem.capacity[caps] + np.maximum(worth, 0).sum())


def component_gaps(problem: Problem, picks: Ints, worth: Floats, prices: Floats) -> tuple[Floats, Floats]:
    """For each component, how far a choice may be from the best there is, and the bound it is held against."""
    size = int(problem.component.max(initial=-1)) + 1
    none = len(problem.capacity) - 1
    _, top = best(worth)
    taken = np.flatnonzero(picks >= 0)
    value = problem.value[taken, picks[taken]]
    found = np.bincount(problem.component[taken], value, minlength=size).astype(np.float64)
    bounds = np.bincount(problem.component, np.maximum(top, 0), minlength=size).astype(np.float64)
    owner = np.full(none + 1, -1)
    for use in problem.uses:
        owner[use] = problem.component[:, None]
    priced = np.flatnonzero((owner[:none] >= 0) & (prices[:none] > 0))
    bounds += np.bincount(owner[priced], prices[priced] * problem.capacity[priced], minlength=size)
    return np.maximum(bounds - found, 0), bounds
