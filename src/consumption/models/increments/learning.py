"""Learning what actions do: quarters in, a belief out; what was learned is used only where it earned its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from consumption.models.increments.belief import OUTCOMES, Belief, Floats
from consumption.models.increments.claims import trusted
from consumption.models.increments.evidence import FOLDS, Ints, Quarter, Weighed, each_fold
from consumption.models.increments.posterior import Posterior, QuarterSettled
from consumption.models.increments.threads import one_thread

__all__ = ["Judgement", "Posterior", "Quarter", "QuarterSettled", "earned", "judged"]

LEAST_ACCOUNTS = 300  # that a plan served, over all actions: fewer prove nothing, whatever they seem to say
_DECIMALS = 9  # beyond them is rounding, which must not tell which of two is more


@dataclass(frozen=True)
class Judgement:
    """Whether what was learned about an action is used: its gain in policy value over the prior, and the error.

    `together`: whether all actions, taken together, did better than the prior, from enough accounts.
    """

    action: str
    gain: float
    standard_error: float
    accounts: int
    together: bool = True

    @property
    def used(self) -> bool:
        """The catalogue as a whole did worse, and nothing speaks against this action by one standard error."""
        return self.together and self.gain > -self.standard_error


def earned(posterior: Posterior, quarters: Sequence[Quarter]) -> Belief:
    """What is believed, action by action: what was learned where it earned its place, else the prior.

    `quarters`: those that the posterior was updated with, in the order in which they first came.
    """
    used = np.array([judgement.used for judgement in judged(posterior, quarters)], dtype=bool)
    learned, prior = posterior.belief, posterior.prior
    return Belief(
        prior.actions,
        np.where(used[:, None, None], learned.mean, prior.mean),
        np.where(used[:, None, None, None], learned.covariance, prior.covariance),
    )


def judged(posterior: Posterior, quarters: Sequence[Quarter]) -> tuple[Judgement, ...]:
    """Action by action, the cross-validated policy value of what was learned, less that of the prior.

    A policy treats the accounts where an action brings more than an hour costs elsewhere. That price changes by the
    week, so the value is averaged over all prices, outcome by outcome: an account adds (learned - prior) x (true -
    their mean). The true move is what happened, less what the other actions were expected to do, and less what the
    quarter itself seems to have done. Whole quarters are held out, and the error is the larger of those by account
    and by quarter: see `Evidence`.

    Whether the catalogue can be beaten is asked of all actions together: one at a time, a few hundred accounts tell
    an action's gain from luck only where it is huge, and twenty such questions would keep most of a wrong catalogue.
    Of all together no standard error is asked either: what is believed moves only as far as the evidence goes
    (`claims`), so that using it too early costs little, and waiting costs much, in right catalogues too. What the
    quarters held out speak against, action by action, is left out.
    """
    gains = []
    for fold, others in each_fold(posterior.evidence):
        learned = trusted(posterior.prior, others).belief
        gains += [_gains(quarter, learned, posterior.prior) for quarter in quarters[fold::FOLDS]]
    total = _round(sum((gain.sum(axis=0) for gain in gains), np.zeros(len(posterior.prior.actions))))
    error = _error(quarters, gains) if gains else total
    together = _together(quarters, gains)
    return tuple(
        Judgement(action, float(total[a]), float(error[a]), int(posterior.evidence.accounts[a]), together)
        for a, action in enumerate(posterior.prior.actions)
    )


def _together(quarters: Sequence[Quarter], gains: Sequence[Floats]) -> bool:
    """Whether the sum over all actions is positive, and from enough accounts."""
    served = sum(int(((q.taken >= 0) & ~q.own).sum()) for q in quarters)
    return served >= LEAST_ACCOUNTS and bool(_round(np.array(sum(gain.sum() for gain in gains))) > 0)


def _gains(quarter: Quarter, learned: Belief, prior: Belief) -> Floats:
    """What rows say for the learned moves against the prior's: (rows, actions), each outcome by its variance.

    Rows in which a rep chose by himself do not judge: what he knew stands between the action and the outcome.
    """
    found = np.zeros((len(quarter.taken), len(prior.actions)))
    acts = np.flatnonzero((quarter.taken >= 0) & ~quarter.own)
    taken = quarter.taken[acts]
    hoped, said = (_moved(quarter, belief, acts, taken) for belief in (learned, prior))
    with one_thread():
        for outcome in range(len(OUTCOMES)):
            of = Weighed.of(quarter, outcome, ~quarter.own)
            here = np.isin(acts, of.rows)
            at = np.searchsorted(of.rows, acts[here])
            left = of.moved(quarter, outcome)
            left[at] -= hoped[here, outcome]
            apart = (hoped - said)[here, outcome] * of.root[at]
            found[acts[here], taken[here]] += _credit(of, left * of.root, apart, at, taken[here])
    return found


def _credit(of: Weighed, left: Floats, apart: Floats, at: Ints, taken: Ints) -> Floats:
    """What each row `at` that got something adds: apart x (left + apart / 2), both off the quarter's level."""
    level = of.level[at]
    sums = np.zeros((level.shape[1], int(taken.max(initial=0)) + 1))
    np.add.at(sums.T, taken, level * apart[:, None])
    owed = level @ of.freed
    off = left[at] - owed @ (of.level.T @ left)
    own = apart - np.einsum("nk,kn->n", owed, sums[:, taken])
    return np.asarray(apart * (off + own / 2), dtype=np.float64)


def _moved(quarter: Quarter, belief: Belief, rows: Ints, taken: Ints) -> Floats:
    """How far what was done to these rows moves each probability towards us: (rows, outcomes)."""
    shifts = np.einsum("nd,nmd->nm", quarter.drivers[rows], belief.mean[taken])
    return np.asarray(quarter.moves.only(rows).chords(shifts[:, None])[:, 0] * shifts, dtype=np.float64)


def _error(quarters: Sequence[Quarter], gains: Sequence[Floats]) -> Floats:
    """The standard error of the sum of all gains: the larger of that by account and that by quarter."""
    return _round(np.maximum(_by_account(quarters, gains), _by_quarter(gains)))


def _by_account(quarters: Sequence[Quarter], gains: Sequence[Floats]) -> Floats:
    """The standard error of the sum of all gains, with all rows of an account as one."""
    order = [quarter for fold in range(FOLDS) for quarter in quarters[fold::FOLDS]]
    seen, at = np.unique(np.concatenate([quarter.numbers for quarter in order]), return_inverse=True)
    sums = np.zeros((len(seen), gains[0].shape[1]))
    np.add.at(sums, at, np.vstack(gains))
    return np.asarray(np.sqrt(((sums - sums.mean(axis=0)) ** 2).sum(axis=0)), dtype=np.float64)


def _by_quarter(gains: Sequence[Floats]) -> Floats:
    """The same with all rows of a quarter as one, over the quarters that say anything of an action; none for one.

    Few quarters tell their own spread badly: an error from so few is as much larger as Student's t is wider.
    """
    sums = np.array([gain.sum(axis=0) for gain in gains])
    said = sums != 0
    count = np.maximum(said.sum(axis=0), 1)
    off = np.where(said, sums - sums.sum(axis=0) / count, 0.0)
    wider = t.ppf(norm.cdf(1.0), np.maximum(count - 1, 1))
    return np.asarray(wider * np.sqrt((off**2).sum(axis=0) * count / np.maximum(count - 1, 1)), dtype=np.float64)


def _round(values: Floats) -> Floats:
    return np.asarray(np.round(values, _DECIMALS), dtype=np.float64)
