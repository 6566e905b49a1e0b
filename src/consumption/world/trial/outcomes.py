"""What happens to contracts within a quarter, and what is to be expected over half a year under every action."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from consumption.world.arrays import Floats, Ints, logistic
from consumption.world.trial.fading import arrived, remains, waits
from consumption.world.trial.latent import (
    CHURN,
    CONTRACTION,
    EXPANSION,
    QUARTER_WEEKS,
    Latent,
    adoption,
    renewing,
    step,
)

MIDDLE = 7  # weeks: when what is not decided at the end of a term is decided
FUTURES = 6
_TERM_ENDS = np.array([0.0, 0.0, -0.3])
_WITHIN_TERM = np.array([-3.6, -1.8, -0.5])


@dataclass(frozen=True)
class Moods:
    """How an account leans towards churn, contraction and expansion this quarter: log odds, accounts x outcomes."""

    odds: Floats
    week: Floats

    def chances(self, lift: Floats) -> Floats:
        """Probabilities of the outcomes; `lift` (… x outcomes): log odds for us."""
        return logistic(self.odds + lift * np.array([-1.0, -1.0, 1.0]))


def moods(state: Latent, base: Floats) -> Moods:
    """Where each account stands without what actions brought; `base`: how usual each outcome is, in log odds."""
    use = np.log(np.maximum(adoption(replace(state, shown=np.zeros_like(state.shown))), 0.05))
    leaving = (
        -0.55 * state.fit - 0.40 * state.skill - 0.50 * state.champion + 0.50 * state.friction - 0.20 * state.need
    )
    shrinking = -1.1 * (use + 0.35) + 2.0 * (state.idle - 0.1) - 0.2 * state.fit
    growing = 1.5 * (use + 0.35) + 0.35 * state.fit + 0.25 * state.champion + 0.2 * state.need
    odds = np.column_stack((leaving, shrinking, growing)) + base
    ends = renewing(state)
    odds += np.where(ends[:, None], _TERM_ENDS, _WITHIN_TERM)
    return Moods(odds, np.where(ends, state.week, MIDDLE).astype(np.float64))


def standing(state: Latent, weeks: Floats) -> Floats:
    """What earlier actions amount to, so many weeks into the quarter: accounts x outcomes."""
    return remains(weeks)[:, None] * state.lift + arrived(weeks)[:, None] * state.coming


def carried(state: Latent) -> Latent:
    """What actions brought and will bring, a quarter later."""
    keep, come, wait = remains(QUARTER_WEEKS), arrived(QUARTER_WEEKS), waits(QUARTER_WEEKS)
    return replace(
        state,
        lift=keep * state.lift + come * state.coming,
        coming=wait * state.coming,
        shown=keep * state.shown + come * state.rising,
        rising=wait * state.rising,
    )


def next_term(state: Latent) -> Latent:
    """Terms a quarter later; one that ended began anew."""
    due = np.where(state.due == 0, state.term - 1, state.due - 1)
    return replace(state, due=due, age=state.age + 1)


def kept(first: Floats, second: Floats, shrink: Floats, grow: Floats) -> Floats:
    """Expected share of ARR after two quarters, from the chances of the outcomes in each (last axis)."""
    share = np.ones(np.broadcast_shapes(first.shape[:-1], second.shape[:-1]))
    for chance in (first, second):
        moved = 1.0 - shrink * chance[..., CONTRACTION] + grow * chance[..., EXPANSION]
        share = share * (1.0 - chance[..., CHURN]) * moved
    return share


def expected(state: Latent, shifts: Floats, base: tuple[Floats, Floats], rng: np.random.Generator) -> Floats:
    """Expected share of ARR after half a year under each action: accounts x (actions + 1), doing nothing last.

    `shifts` (accounts x actions x outcomes) as `Mechanism.shifts`; nothing else is done after it. All actions meet
    the same futures. `base`: of this quarter and of the next.
    """
    nothing = np.zeros((shifts.shape[0], 1, 3))
    every = np.concatenate((shifts, nothing), axis=1)
    now = moods(state, base[0])
    lift = standing(state, now.week)[:, None, :] + arrived(now.week)[:, None, None] * every
    first = logistic(now.odds[:, None, :] + lift * np.array([-1.0, -1.0, 1.0]))
    shrink, grow = state.shrinks_by[:, None], state.grows_by[:, None]
    later = next_term(carried(state))
    total = np.zeros(every.shape[:2])
    for _ in range(FUTURES):
        ahead = moods(step(later, rng), base[1])
        came = arrived(QUARTER_WEEKS + ahead.week)[:, None, None] * every
        lift = standing(later, ahead.week)[:, None, :] + came
        second = logistic(ahead.odds[:, None, :] + lift * np.array([-1.0, -1.0, 1.0]))
        total += kept(first, second, shrink, grow)
    return total / FUTURES


@dataclass(frozen=True)
class Happened:
    """What happened to contracts in one quarter: who left, and by what share the others' ARR changed."""

    left: Ints
    change: Floats


def happen(state: Latent, base: Floats, rng: np.random.Generator) -> Happened:
    """Outcomes of one quarter."""
    now = moods(state, base)
    chance = now.chances(standing(state, now.week))
    drawn = rng.random((len(state.number), 3)) < chance
    change = drawn[:, EXPANSION] * state.grows_by - drawn[:, CONTRACTION] * state.shrinks_by
    return Happened(np.flatnonzero(drawn[:, CHURN]), np.where(drawn[:, CHURN], -1.0, change))
