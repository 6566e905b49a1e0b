"""Learning what actions do: quarters in, a belief out; what was learned is used only where it earned its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from consumption.models.belief import GOOD, Belief, Floats, Moves
from consumption.models.evidence import FOLDS, Quarter, each_fold
from consumption.models.posterior import Posterior, QuarterSettled, believe

__all__ = ["Judgement", "Posterior", "Quarter", "QuarterSettled", "earned", "judged"]


@dataclass(frozen=True)
class Judgement:
    """Whether what was learned about an action is used: its gain in policy value over the prior, and the error."""

    action: str
    gain: float
    standard_error: float
    accounts: int

    @property
    def used(self) -> bool:
        """Beats the prior by one standard error."""
        return self.gain > self.standard_error


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
    their mean). The true move is what happened, less what the other actions were expected to do. Whole quarters are
    held out, and the error is the larger of those by account and by quarter: see `Evidence`.
    """
    gains = []
    for fold, others in each_fold(posterior.evidence):
        learned = believe(posterior.prior, others)
        gains += [_gains(quarter, learned, posterior.prior) for quarter in quarters[fold::FOLDS]]
    total = sum((gain.sum(axis=0) for gain in gains), np.zeros(len(posterior.prior.actions)))
    error = np.maximum(_by_account(quarters, gains), _by_quarter(gains)) if gains else total
    return tuple(
        Judgement(action, float(total[a]), float(error[a]), int(posterior.evidence.accounts[a]))
        for a, action in enumerate(posterior.prior.actions)
    )


def _gains(quarter: Quarter, learned: Belief, prior: Belief) -> Floats:
    """What rows say for the learned moves against the prior's: (rows, actions), each outcome by its variance.

    Rows in which a rep chose by himself do not judge: what he knew stands between the action and the outcome.
    """
    lift = np.where(quarter.own[:, None], 0.0, quarter.lift)
    hoped, said = (_moved(quarter.moves, belief.shifts(quarter.drivers)) for belief in (learned, prior))
    known = ~np.isnan(quarter.happened)
    happened = np.where(known, (quarter.happened - quarter.moves.chances) * GOOD, 0.0)
    left = happened - np.einsum("na,nam->nm", lift, hoped)
    weight = np.where(known, quarter.weight[:, None] / quarter.variance, 0.0)
    apart = lift[:, :, None] * (hoped - said)
    return np.asarray((weight[:, None] * apart * (left[:, None] + apart / 2)).sum(axis=2), dtype=np.float64)


def _moved(moves: Moves, shifts: Floats) -> Floats:
    """How far shifts of the log odds move each probability towards us: (rows, actions, outcomes)."""
    return moves.chords(shifts) * shifts


def _by_account(quarters: Sequence[Quarter], gains: Sequence[Floats]) -> Floats:
    """The standard error of the sum of all gains, with all rows of an account as one."""
    order = [quarter for fold in range(FOLDS) for quarter in quarters[fold::FOLDS]]
    seen, at = np.unique(np.concatenate([quarter.numbers for quarter in order]), return_inverse=True)
    sums = np.zeros((len(seen), gains[0].shape[1]))
    np.add.at(sums, at, np.vstack(gains))
    return np.asarray(np.sqrt(((sums - sums.mean(axis=0)) ** 2).sum(axis=0)), dtype=np.float64)


def _by_quarter(gains: Sequence[Floats]) -> Floats:
    """The same with all rows of a quarter as one, over the quarters that say anything of an action; none for one."""
    sums = np.array([gain.sum(axis=0) for gain in gains])
    said = sums != 0
    count = np.maximum(said.sum(axis=0), 1)
    off = np.where(said, sums - sums.sum(axis=0) / count, 0.0)
    return np.asarray(np.sqrt((off**2).sum(axis=0) * count / np.maximum(count - 1, 1)), dtype=np.float64)
