"""Whether trees would serve accounts better than the layer: asked of decisions by lot whose outcomes are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.features.signal import DRIVERS
from consumption.models.effects import ENOUGH_TREATED, choice
from consumption.models.increments import early
from consumption.models.increments.belief import Floats
from consumption.models.increments.crossfit import expected
from consumption.models.increments.evidence import Ints, Quarter
from consumption.models.increments.policy_value import LAYER, policy_values
from consumption.models.increments.study import LEAST_ROWS, NONE, Study, study_of

_BEGUN = f"an S- and a DR-learner challenge it from {ENOUGH_TREATED:,} randomised accounts an action"


@dataclass(frozen=True)
class Challenge:
    """Which learner the effects come from. `method`: what serves accounts best; `why`, and why trees wait."""

    method: str
    why: str

    @property
    def text(self) -> str:
        """A line for whoever trains."""
        held = "" if self.method == LAYER else "; the plan goes by the layer all the same, which says why"
        return f"Learner: the layer; {self.why}{held}."


def challenged(quarters: Sequence[Quarter], actions: Sequence[str], seed: int = 0) -> Challenge:
    """Lines against trees on the actions that were given by lot often enough, by cross-validated policy value.

    Both read the drivers, and answer for the share of ARR that was kept. What was to be expected of an account is not
    read: it was fitted without its own fold, so that a tree could read off it what happened in that fold. Reps' own
    choices and early signs do not count: neither is a trial.
    """
    by_lot = _by_lot(quarters, len(actions))
    enough = by_lot >= ENOUGH_TREATED
    if not enough.any():
        most = f"; {actions[int(by_lot.argmax())]} has most, {by_lot.max():,}" if len(actions) else ""
        return Challenge(LAYER, f"{_BEGUN}{most}")
    rows = [early.only(quarter, enough) for quarter in quarters]
    if sum(int((quarter.taken < 0).sum()) for quarter in rows) < LEAST_ROWS:
        return Challenge(LAYER, f"{_BEGUN}, beside accounts that were left alone by lot")
    study = _study([quarter for quarter in rows if len(quarter.taken)], actions, seed)
    method, why = choice(policy_values(study, expected(study, seed), seed))
    return Challenge(method, f"tried against trees on {', '.join(study.actions)}: {why}")


def _by_lot(quarters: Sequence[Quarter], actions: int) -> Ints:
    """How often each action was given by lot."""
    taken = [quarter.taken[~quarter.own & (quarter.taken >= 0)] for quarter in quarters]
    return np.bincount(np.concatenate(taken or [np.empty(0, np.int64)]), minlength=actions).astype(np.int64)


def _study(quarters: Sequence[Quarter], actions: Sequence[str], seed: int) -> Study:
    """The rows of some quarters as a study; rows in which the outcome is not known are left out."""
    names = [*actions, NONE]
    taken = np.concatenate([quarter.taken for quarter in quarters])
    given = sorted(set(taken[taken >= 0]))
    chances = np.vstack([quarter.propensities for quarter in quarters])
    outcome = np.concatenate([_kept(quarter) for quarter in quarters])
    known = ~np.isnan(outcome)
    propensity = pl.DataFrame({names[n]: chances[known, n] for n in given})
    features = np.vstack([quarter.drivers[:, 1:] for quarter in quarters])[known]
    return study_of(
        pl.DataFrame(features, schema=list(DRIVERS[1:])),
        pl.Series([names[n] for n in taken[known]]),
        pl.Series(outcome[known]),
        propensity.with_columns((1 - pl.sum_horizontal(pl.all())).clip(0.0).alias(NONE)),
        prior=None,
        seed=seed,
    )


def _kept(quarter: Quarter) -> Floats:
    """The change of ARR as a share: -1 where the account left, else by the usual size of its move; NaN: not known."""
    left, shrank, grew = quarter.happened.T
    moved = np.nan_to_num(grew) * quarter.moves.grow - np.nan_to_num(shrank) * quarter.moves.shrink
    return np.asarray(np.where(left == 1, -1.0, np.where(np.isnan(left), np.nan, moved)), dtype=np.float64)
