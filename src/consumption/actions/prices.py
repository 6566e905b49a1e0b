"""What one more hour, or one more of an action, is worth: the Lagrangian dual of the week's plan.

With every cap priced, each account chooses for itself; prices are right when what is chosen just fits the caps.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from consumption.actions.allocation import Flags, Floats, Ints, Problem, best, bound, reduced

STEPS = 40
ROUGH_STEPS = 20  # where the linear programme has the last word
MOVES = 0.3  # by which share the first prices may still be wrong
PRUNE_EVERY = 4
ROUNDS = 3
LP_ROUNDS = 8
LP_COLUMNS = 400_000


def prices(problem: Problem, *, exact: bool) -> Floats:
    """A price for each cap, 0 or more; where `exact`, those of the linear programme if caps are intertwined."""
    found = np.zeros(len(problem.capacity))
    kinds = [kind for kind, use in enumerate(problem.uses) if (use != len(found) - 1).any()]
    polish = exact and problem.accounts > 0 and (len(kinds) > 1 or _intertwined(problem))
    for _ in range(ROUNDS if len(kinds) > 1 else 1):
        for kind in kinds:
            found = _bisected(problem, found, kind, ROUGH_STEPS if polish else STEPS)
    return _polished(problem, found) if polish else found


def _intertwined(problem: Problem) -> bool:
    """Whether an account's candidates fall under different caps of one kind."""
    real = np.isfinite(problem.value)
    for use in problem.uses:
        least = np.where(real, use, len(problem.capacity)).min(axis=1, initial=len(problem.capacity))
        most = np.where(real, use, -1).max(axis=1, initial=-1)
        if (least < most).any():
            return True
    return False


def _bisected(problem: Problem, found: Floats, kind: int, steps: int) -> Floats:
    """The prices of one kind of cap, halving all their brackets at once, the other kinds' prices as they are."""
    others = found.copy()
    mine = np.unique(problem.uses[kind])
    mine = mine[mine < len(found) - 1]
    others[mine] = 0.0
    net = reduced(problem, others)
    use, amount = problem.uses[kind], problem.amount[kind]
    low, high = np.zeros(len(found)), _dearest(net, use, amount, len(found))
    part = (net, use, amount)
    for step in range(steps):
        if step % PRUNE_EVERY == 0:
            part = _still_asking(*part, low)
        middle = (low + high) / 2 if step else low
        over = _demand(*part, middle) > problem.capacity + 1e-9
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    result = others.copy()
    result[mine] = high[mine]
    return result


def _dearest(net: Floats, use: Ints, amount: Floats, size: int) -> Floats:
    """A price for each cap at which nobody asks for it any more."""
    asked = np.divide(net, amount, out=np.zeros_like(net), where=(amount > 0) & np.isfinite(net))
    highest = np.zeros(size)
    np.maximum.at(highest, use.ravel(), asked.ravel())
    highest[-1] = 0.0
    return highest * (1 + 1e-9)


def _still_asking(net: Floats, use: Ints, amount: Floats, low: Floats) -> tuple[Floats, Ints, Floats]:
    """Only the accounts that would take something at the lowest price still possible."""
    keep = (net - low[use] * amount > 0).any(axis=1)
    return (net, use, amount) if keep.all() else (net[keep], use[keep], amount[keep])


def _demand(net: Floats, use: Ints, amount: Floats, price: Floats) -> Floats:
    """How much of each cap is asked for at a price."""
    column, worth = best(net - price[use] * amount)
    asking = np.flatnonzero(worth > 0)
    column = column[asking]
    return np.bincount(use[asking, column], amount[asking, column], minlength=len(price)).astype(np.float64)


def _polished(problem: Problem, found: Floats) -> Floats:
    """The prices of the linear programme, by column generation from good ones; the lowest bound seen wins."""
    lowest, known = bound(problem, found), found
    scale = max(lowest, 1e-12)
    columns = _near(problem, found)
    for _ in range(LP_ROUNDS):
        if not 0 < columns.sum() <= LP_COLUMNS:
            break
        value, priced, keep = _programme(problem, columns)
        now = bound(problem, priced)
        if now < lowest:
            lowest, known = now, priced
        if lowest - value <= 1e-7 * scale:
            break
        missing = np.isfinite(problem.value) & ~columns & (reduced(problem, priced) > keep[:, None] + 1e-9 * scale)
        if not missing.any():
            break
        columns |= missing
    return known


def _near(problem: Problem, found: Floats) -> Flags:
    """The candidates that may matter: not behind their account's best by more than prices may still move."""
    worth = reduced(problem, found)
    column, top = best(worth)
    real = np.isfinite(problem.value)
    cost = np.where(real, problem.value, 0.0) - np.where(real, worth, 0.0)
    dearest = np.maximum(cost, np.take_along_axis(cost, column[:, None], axis=1))
    behind = np.maximum(top, 0)[:, None] - worth
    return np.asarray(real & (behind <= MOVES * dearest))


def _programme(problem: Problem, columns: Flags) -> tuple[float, Floats, Floats]:
    """The linear programme over some candidates: its value, the price of each cap, what each account keeps."""
    account, column = np.nonzero(columns)
    accounts, place = np.unique(account, return_inverse=True)
    parts = [(place, np.arange(len(account)), np.ones(len(account)))]
    last = len(problem.capacity) - 1
    caps = np.unique(np.concatenate([u[account, column] for u in problem.uses]))
    caps = caps[caps < last]
    for use, amount in zip(problem.uses, problem.amount, strict=True):
        where = use[account, column]
        real = np.flatnonzero(where < last)
        parts.append((len(accounts) + np.searchsorted(caps, where[real]), real, amount[account, column][real]))
    lines, items, much = (np.concatenate(p) for p in zip(*parts, strict=True))
    matrix = coo_array((much, (lines, items)), shape=(len(accounts) + len(caps), len(account))).tocsc()
    limits = np.concatenate((np.ones(len(accounts)), problem.capacity[caps]))
    # Bounded by the account's own line: x <= 1 follows, and a bound would take a share of the price.
    solved = linprog(  # type: ignore[call-overload]  # the stubs do not know sparse matrices
        -problem.value[account, column], A_ub=matrix, b_ub=limits, bounds=(0, None), method="highs"
    )
    dual = np.maximum(-solved.ineqlin.marginals, 0)
    price, keep = np.zeros(last + 1), np.zeros(problem.accounts)
    price[caps], keep[accounts] = dual[len(accounts) :], dual[: len(accounts)]
    return -float(solved.fun), price, keep
