"""A beam search over the open accounts of many components at once: the most promising states are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumption.actions.allocation import Floats, Ints

ROUNDING = 1e-9

Bits = NDArray[np.uint64]


@dataclass(frozen=True)
class Open:
    """What is open of some components, side by side: components x accounts x options (x caps of the component).

    `account`: -1 where a component has fewer open ones. `column`: -1 for nothing. `regret`: infinite where there is
    no such option. `uses`: of each cap. `left`: of each cap beside what is settled; `price` of each cap; `kept`: the
    shortfall of the best plan known; `component`: which components these are.
    """

    component: Ints
    account: Ints
    column: Ints
    regret: Floats
    uses: Floats
    left: Floats
    price: Floats
    kept: Floats


def beam(core: Open, width: int, uneven: float) -> tuple[Floats, Ints]:
    """For each component the least shortfall found (infinite: none), and the option each open account takes."""
    components, turns, options = core.regret.shape
    rows = np.arange(components)[:, None]
    weights = np.asarray(np.random.default_rng(0).integers(1, 2**62, core.left.shape[1]), dtype=np.uint64)
    # What the accounts still to come would take if each had its best choice.
    wished = np.concatenate((np.cumsum(core.uses[:, ::-1, 0], axis=1)[:, ::-1], np.zeros_like(core.left)[:, None]), 1)
    finite = np.isfinite(core.left)
    dear = np.where(finite, np.maximum(core.price, 0.25 * core.price.max(axis=1, keepdims=True)), 0.0)
    left = np.where(finite, core.left, 0.0)[:, None, :]
    lost = np.where((left >= -ROUNDING).all(axis=2), 0.0, np.inf)
    parents, taken = [], []
    for turn in range(turns):
        after = left[:, :, None, :] - core.uses[:, turn][:, None]
        regret = lost[:, :, None] + core.regret[:, turn][:, None]
        regret[((after < -ROUNDING) & finite[:, None, None, :]).any(axis=3)] = np.inf
        after = after.reshape(components, -1, after.shape[3])
        regret = regret.reshape(components, -1)
        rest = after - wished[:, turn + 1][:, None]
        last = turn == turns - 1
        promise = regret + (
            (np.maximum(rest, 0) * core.price[:, None]).sum(axis=2)
            + (0.0 if last else (np.maximum(-rest, 0) * dear[:, None]).sum(axis=2))
        ) * (1.0 if last else uneven)
        keep = _kept(promise, _fingerprints(after, weights), 1 if last else width)
        parents.append(keep // options)
        taken.append(keep % options)
        lost = regret[rows, keep]
        left = after[rows, keep]
    short = lost[:, 0] + (left[:, 0] * np.where(finite, core.price, 0.0)).sum(axis=1)
    return short, _traced(parents, taken)


def _fingerprints(left: Floats, weights: Bits) -> Bits:
    """One number for all that is left; states of the same number are equal, as far as it matters."""
    parts = np.round(left * 240).astype(np.int64).astype(np.uint64)
    total: Bits = (parts * weights).sum(axis=2, dtype=np.uint64)
    return total


def _kept(promise: Floats, state: Bits, width: int) -> Ints:
    """The places of the best states of each component, each state once."""
    if width < promise.shape[1]:
        wide = min(2 * width, promise.shape[1])
        near = np.argpartition(promise, wide - 1, axis=1)[:, :wide]
    else:
        near = np.tile(np.arange(promise.shape[1]), (len(promise), 1))
    near = np.take_along_axis(near, np.argsort(np.take_along_axis(promise, near, 1), axis=1, kind="stable"), 1)
    names = np.take_along_axis(state, near, axis=1)
    order = np.argsort(names, axis=1, kind="stable")
    ordered = np.take_along_axis(names, order, axis=1)
    again = np.zeros(near.shape, dtype=bool)
    np.put_along_axis(again, order[:, 1:], ordered[:, 1:] == ordered[:, :-1], axis=1)
    first = np.argsort(again, axis=1, kind="stable")[:, :width]
    return np.take_along_axis(near, first, axis=1)


def _traced(parents: list[Ints], taken: list[Ints]) -> Ints:
    """The option of each turn on the way to the first state of the end."""
    row = np.arange(len(parents[0]))
    option, state = np.zeros((len(row), len(parents)), np.int64), np.zeros(len(row), np.int64)
    for turn in reversed(range(len(parents))):
        option[:, turn] = taken[turn][row, state]
        state = parents[turn][row, state]
    return option
