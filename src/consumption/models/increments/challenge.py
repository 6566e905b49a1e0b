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
from consumption.models.increments.claims import trusted
from consumption.models.increments.crossfit import expected
from consumption.models.increments.evidence import FOLDS, Ints, Quarter, each_fold
from consumption.models.increments.policy_value import LAYER, policy_values
from consumption.models.increments.posterior import Posterior
from consumption.models.increments.study import LEAST_ROWS, NONE, Study, UnusableStudy, study_of

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


def challenged(quarters: Sequence[Quarter], posterior: Posterior, seed: int = 0) -> Challenge:
    """The layer against trees on the actions that were given by lot often enough, by cross-validated policy value.

    `posterior`: the catalogue and these quarters, updated in their order. The layer says of a quarter what the others
    have taught it, on top of what is claimed. Trees read the drivers, and answer for the share of ARR that was kept.
    What was to be expected of an account they do not read: it was fitted without its own fold, so that a tree could
    read off it what happened in that fold. Reps' own choices and early signs do not count: neither is a trial.
    """
    actions = posterior.prior.actions
    by_lot = _by_lot(quarters, len(actions))
    enough = by_lot >= ENOUGH_TREATED
    if not enough.any():
        most = f"; {actions[int(by_lot.argmax())]} has most, {by_lot.max():,}" if len(actions) else ""
        return Challenge(LAYER, f"{_BEGUN}{most}")
    rows = [early.only(quarter, enough) for quarter in quarters]
    if sum(int((quarter.taken < 0).sum()) for quarter in rows) < LEAST_ROWS:
        return Challenge(LAYER, f"{_BEGUN}, beside accounts that were left alone by lot")
    try:
        study = _study(rows, actions, seed)
    except UnusableStudy as unusable:  # nothing has become of any account yet, or of too few
        return Challenge(LAYER, f"{_BEGUN}; {unusable.problem}")
    said = _said(rows, posterior)[:, [actions.index(action) for action in study.actions]]
    method, why = choice(policy_values(study, expected(study, seed), seed, said))
    return Challenge(method, f"tried against trees on {', '.join(study.actions)}: {why}")


def _by_lot(quarters: Sequence[Quarter], actions: int) -> Ints:
    """How often each action was given by lot."""
    taken = [quarter.taken[~quarter.own & (quarter.taken >= 0)] for quarter in quarters]
    return np.bincount(np.concatenate(taken or [np.empty(0, np.int64)]), minlength=actions).astype(np.int64)


def _said(quarters: Sequence[Quarter], posterior: Posterior) -> Floats:
    """What the layer says of each row whose outcome is known, from the quarters of other folds: (rows, actions)."""
    found: dict[int, Floats] = {}
    for fold, others in each_fold(posterior.evidence):
        belief = trusted(posterior.prior, others).belief
        for place in range(fold, len(quarters), FOLDS):
            quarter = quarters[place]
            shares = quarter.moves.shares(belief.shifts(quarter.drivers)).sum(axis=2)
            found[place] = shares[~np.isnan(_kept(quarter))]
    return np.vstack([found[place] for place in range(len(quarters))])


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
