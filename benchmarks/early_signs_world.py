"""A trial world whose telemetry is read once more eight weeks after each quarter's decisions, all given by lot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import polars as pl

from consumption.models.increments.belief import Belief, Floats, Moves, increments
from consumption.world.arrays import Ints
from consumption.world.trial import Trial
from consumption.world.trial.fading import arrived, remains
from consumption.world.trial.latent import QUARTER_WEEKS, Latent, renewing, step
from consumption.world.trial.observed import snapshot
from consumption.world.trial.outcomes import MIDDLE, next_term
from consumption.world.trial.trial import FIRST_DAY, HISTORY
from policy_catalogue import Actions
from policy_risk import Risk
from policy_seen import Seen, happened, quarters

WEEKS = 8  # after the decision: 56 days
LEFT_ALONE = 0.4  # of the accounts, by lot
_GROWS = ("fit", "skill", "champion", "friction", "need", "trend")


@dataclass
class Watched(Trial):
    """A trial that keeps, for each quarter, the account as it was eight weeks later and what had happened by then."""

    at: dict[int, tuple[Latent, Floats, Floats]] = field(default_factory=dict, init=False)
    _acted: Latent = field(init=False)

    def _pushed(self, done: Ints) -> Latent:
        self._acted = super()._pushed(done)
        return self._acted

    def _after(self, acted: Latent, change: Floats, left: Ints) -> Latent:
        week = np.where(renewing(acted), acted.week, MIDDLE)
        now = np.where(week < WEEKS, change, 0.0)
        ahead = step(next_term(acted), self._rng(5))
        part = WEEKS / QUARTER_WEEKS
        between = {n: getattr(acted, n) + part * (getattr(ahead, n) - getattr(acted, n)) for n in _GROWS}
        shown = remains(WEEKS) * acted.shown + arrived(WEEKS) * acted.rising
        passed = renewing(acted) & (acted.week < WEEKS)
        days = 91.0 * acted.due + 7.0 * acted.week - 7.0 * WEEKS + np.where(passed, 91.0 * acted.term, 0.0)
        state = replace(acted, **between, shown=shown, arr=acted.arr * np.maximum(1.0 + now, 0.2))
        self.at[self.quarter] = state, now, days
        return super()._after(acted, change, left)

    def weeks_later(self, quarter: int) -> tuple[pl.DataFrame, Floats]:
        """The snapshot eight weeks into a quarter, and the change of ARR that had happened by then."""
        state, now, days = self.at[quarter]
        as_of = FIRST_DAY + timedelta(weeks=QUARTER_WEEKS * (quarter + HISTORY) + WEEKS)
        rng = np.random.default_rng([self.seed, quarter + HISTORY, 9])
        return snapshot(state, as_of, self.kind.noise, rng).with_columns(days_to_decision=pl.Series(days)), now


@dataclass(frozen=True)
class Read:
    """One quarter by lot.

    `happened` as it came, `early` as eight weeks show it; `truth`: what each action brings, as a share of ARR.
    """

    drivers: Floats
    moves: Moves
    taken: Ints
    chances: Floats
    happened: Floats
    early: Floats
    account: Ints
    truth: Floats


@dataclass(frozen=True)
class _Given:
    """What was known when a quarter was decided, and what was done."""

    seen: Seen
    moves: Moves
    taken: Ints
    chances: Floats
    truth: Floats


def lived(trial: Watched, actions: Actions, last: int) -> list[Read]:
    """The quarters 0 to `last`, decided by a lottery that leans to what the catalogue holds good."""
    folder, seed, accounts = trial.folder, trial.seed, trial.accounts
    risk = None
    waiting = []
    for number in range(last + 4):
        trial.begin()
        if risk is None:
            risk = Risk.fit(list(quarters(folder, 0).values())[:-1], seed=seed)
        seen = Seen(trial.seen(number))
        moves = risk.moves(seen)
        chances = lottery(actions, moves, seen.drivers, np.random.default_rng([seed, number, 21]))
        rng = np.random.default_rng([seed, number, 22])
        taken = (chances.cumsum(axis=1) < rng.random((accounts, 1))).sum(axis=1)
        taken = np.where(taken >= len(actions.names), -1, taken)
        truth = trial.increments()
        trial.carry_out(_decided(seen, actions, taken, chances))
        waiting.append(_Given(seen, moves, taken, chances, truth))
    assert risk is not None
    return [_read(trial, number, risk, waiting[number]) for number in range(last + 1)]


def lottery(actions: Actions, moves: Moves, z: Floats, rng: np.random.Generator) -> Floats:
    """Chances of each action: leans to what the catalogue holds best, with noise."""
    value = increments(Belief.from_priors(actions.priors, moves.slopes), moves, z, np.ones(len(z)))
    lean = np.exp(value / 0.01 + 0.5 * rng.standard_normal(value.shape))
    return np.asarray((1 - LEFT_ALONE) * lean / lean.sum(axis=1, keepdims=True))


def _decided(seen: Seen, actions: Actions, taken: Ints, chances: Floats) -> pl.DataFrame:
    names = pl.Series([*actions.names, None], dtype=pl.String)
    frame = seen.snapshot.select("account_id").with_columns(action=names.gather(taken % (len(actions.names) + 1)))
    return frame.with_columns(pl.Series(a, chances[:, n]) for n, a in enumerate(actions.names))


def _read(trial: Watched, number: int, risk: Risk, given: _Given) -> Read:
    later, now = trial.weeks_later(number)
    rows, told = later.with_columns(treated=pl.lit(0.0)), happened(now)
    ahead = np.column_stack([head.predict(rows) for head in risk.heads])
    early = np.where(told == 1, 1.0, ahead)
    early[told[:, 0] == 1, 1:] = np.nan
    account = given.seen.snapshot["account_id"].str.slice(1).cast(pl.Int64).to_numpy()
    return Read(
        given.seen.drivers, given.moves, given.taken, given.chances, given.seen.happened, early, account, given.truth
    )
