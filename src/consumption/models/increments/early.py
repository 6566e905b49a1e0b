"""Early signs: outcomes as use foretells them, weeks after a decision, in place of those that take half a year.

An early sign counts half, informs what is believed, and judges nothing: whether what was learned of an action is
used is decided by outcomes alone. It stands only for actions that work through use, and for doing nothing beside
them: what an action does to a contract, a bill or a mood, telemetry does not show, and its silence would be read as
no effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from consumption.models.increments.belief import Prior
from consumption.models.increments.evidence import Quarter

WEIGHT = 0.5
SHOWN_BY = frozenset({"low_adoption", "silent_champion", "shallow_breadth"})
"""Drivers that an action can only work through by changing how much, how widely and by whom the product is used."""


def work_through_use(priors: Mapping[str, Sequence[Prior]]) -> tuple[str, ...]:
    """The actions of which every claim is about a driver that use shows."""
    return tuple(action for action, said in priors.items() if said and {prior.driver for prior in said} <= SHOWN_BY)


def is_early(quarter: Quarter) -> bool:
    """Whether its outcomes are early signs."""
    return not quarter.settled


def only(quarter: Quarter, shown: NDArray[np.bool_]) -> Quarter:
    """The rows of an early quarter that say something: those that chance gave one of the `shown` actions, or nothing.

    What else was on offer is as if it had not been. A rep's own choice has no known chance: he chose by what he
    saw coming, which is what early signs are made of.
    """
    kept = ~quarter.own & ((quarter.taken < 0) | shown[quarter.taken]) & shown.any()
    chances = np.where(shown, quarter.propensities[kept], 0.0)
    rest = np.maximum(1 - quarter.propensities[kept][:, ~shown].sum(axis=1), 1e-9)
    return replace(_rows(quarter, kept), propensities=np.minimum(chances / rest[:, None], 1.0))


def ground(quarter: Quarter) -> Quarter:
    """What a quarter says to whoever judges by outcomes: all of it, or nothing where it has early signs."""
    return _rows(quarter, np.zeros(len(quarter.taken), dtype=np.bool_)) if is_early(quarter) else quarter


def _rows(quarter: Quarter, kept: NDArray[np.bool_]) -> Quarter:
    return replace(
        quarter,
        drivers=quarter.drivers[kept],
        moves=quarter.moves.only(np.flatnonzero(kept)),
        taken=quarter.taken[kept],
        propensities=quarter.propensities[kept],
        happened=quarter.happened[kept],
        weight=quarter.weight[kept],
        account=quarter.numbers[kept],
        worth=None if quarter.worth is None else quarter.worth[kept],
    )
