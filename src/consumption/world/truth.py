"""What really was to be expected: probabilities computed from the latent state, never from a file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from consumption.world.arrays import Flags, Floats, Ints, dates, stack
from consumption.world.commerce import odds
from consumption.world.effects import ACTIONS
from consumption.world.history import Past, in_force
from consumption.world.policy import COMPLIES, choose, feel, propensities, under_review
from consumption.world.pulse import Pulse
from consumption.world.state import State, pulse, step

LEAD_WEEKS = 2
HORIZON_WEEKS = 26
# Futures simulated for each account. The step from a state to a probability is exact, so a few do.
PATHS, PATHS_OVER_TIME = 8, 4
# Mean size of what moves in half a year, as a share of what was paid (measured); and what a renewal costs more.
_GROWS_BY, _SHRINKS_BY, _DEARER = 0.47, 0.34, 0.03


@dataclass(frozen=True)
class Expected:
    """One element an account: probabilities over the label window; `kept` is the expected share of ARR at its end."""

    churn: Floats
    contraction: Floats  # given that it stays
    expansion: Floats  # given that it stays
    kept: Floats


def account_ids(numbers: Ints) -> pl.Series:
    """The id of each account number."""
    return "A" + pl.Series("account_id", numbers + 10_001).cast(pl.String)


def expected(
    state: State,
    week: Ints,
    rng: np.random.Generator,
    *,
    action: Ints | None = None,
    paths: int = PATHS,
    effect_scale: float = 1.0,
) -> Expected:
    """What is to be expected of accounts in force in this state, over lead and horizon.

    Follows `paths` futures of each; moves within the lead are left out, as labels leave them out. With `action`,
    it is carried out at once and nothing after it; without, policy goes on as before. The same `rng` state gives
    the same futures for every action.
    """
    n = len(state.day)
    many = np.repeat(np.arange(n), paths)
    path, weeks = state.take(many), week[many]
    first = None if action is None else action[many]
    stays, keeps, same, price = (np.ones(n * paths) for _ in range(4))
    # Who renews by itself and has given no notice stays; who need not give one may have decided in silence.
    leaving = np.where(path.noticed, 1.0, np.where(path.traits.auto_renews, 0.0, path.leaving % 1.0))
    for ahead in range(LEAD_WEEKS + HORIZON_WEEKS):
        now = pulse(path)
        may = odds(path, now)
        leaving = np.where(may.decides & ~path.noticed, may.leave, leaving)
        if ahead >= LEAD_WEEKS:
            stays *= (1.0 - np.where(may.ends, leaving, 0.0)) * (1.0 - may.breaks)
            keeps *= 1.0 - np.where(may.ends, may.shrink, 0.0)
            same *= 1.0 - may.grow
            price += _DEARER * (may.ends & (path.traits.months > 1))
        leaving = np.where(may.ends, 0.0, leaving)
        path = replace(path, ends=np.where(may.ends, path.ends + 30 * path.traits.months, path.ends))
        if first is None:
            acts = _business_as_usual(path, now, weeks + ahead, rng)
        else:
            acts = first if ahead == 0 else np.zeros_like(first)
        path = step(path, acts, rng, effect_scale)
    return _mean(*(x.reshape(-1, paths) for x in (stays, 1.0 - keeps, 1.0 - same, price)))


def _business_as_usual(path: State, now: Pulse, weeks: Ints, rng: np.random.Generator) -> Ints:
    """What policy and reps carry out this week."""
    action = feel(now, rng)
    rows = under_review(path, weeks)
    chosen = choose(propensities(path.take(rows), now.take(rows), rng), rng)
    action[rows] = np.where(rng.random(len(rows)) < COMPLIES, chosen, 0)
    return action


def _mean(stays: Floats, shrinks: Floats, grows: Floats, price: Floats) -> Expected:
    """Over the paths of each account; what is given that it stays is weighted by how likely the path stays."""
    weight = stays / stays.sum(axis=1, keepdims=True).clip(1e-12)
    churn = 1.0 - stays.mean(axis=1)
    contraction, expansion = (weight * shrinks).sum(axis=1), (weight * grows * (1.0 - shrinks)).sum(axis=1)
    dearer = (weight * price).sum(axis=1)
    kept = (1.0 - churn) * dearer * (1.0 + _GROWS_BY * expansion - _SHRINKS_BY * contraction)
    return Expected(churn, contraction, expansion, kept)


def truth_over_time(past: Past, rng: np.random.Generator, effect_scale: float = 1.0) -> pl.DataFrame:
    """One row an account in force and snapshot: its latent state and what was to be expected of it."""
    states, weeks = [], []
    for i, state in enumerate(past.snapshots):
        rows = np.flatnonzero(_ranked(past, state))
        states.append(state.take(rows))
        weeks.append(np.full(len(rows), past.weeks - 4 * (len(past.snapshots) - 1 - i)))
    state, week = stack(states), np.concatenate(weeks)
    was = expected(state, week, rng, paths=PATHS_OVER_TIME, effect_scale=effect_scale)
    now = pulse(state)
    return pl.DataFrame(
        {
            "account_id": account_ids(state.traits.number),
            "as_of": dates("as_of", state.day),
            "p_churn": was.churn,
            "p_contraction": was.contraction,
            "p_expansion": was.expansion,
            "kept": was.kept,
            "fit": state.fit,
            "skill": now.skill,
            "champion": now.champion,
            "friction": now.friction,
            "need": state.need,
            "use": now.use,
            "breadth": now.breadth,
            "severe_weeks": state.severe,
            "notice_given": state.noticed,
            "lost_on": dates("lost_on", past.lost[state.traits.number].clip(0, 10**6), _lost(past, state)),
        }
    )


def _ranked(past: Past, state: State) -> Flags:
    return in_force(state, past.lost)


def _lost(past: Past, state: State) -> Flags:
    return np.asarray(past.lost[state.traits.number] < 10**6)


def truth_of_actions(past: Past, seed: int, effect_scale: float = 1.0) -> pl.DataFrame:
    """One row an account in force today and action, `none` among them: what it would lead to, from the same draws."""
    today = past.snapshots[-1]
    state = today.take(np.flatnonzero(_ranked(past, today)))
    n = len(state.day)
    ids, week = account_ids(state.traits.number), np.full(n, past.weeks)
    frames = []
    for code, action in enumerate(ACTIONS):
        rng = np.random.default_rng([seed, 90])
        would = expected(state, week, rng, action=np.full(n, code), effect_scale=effect_scale)
        frames.append(
            pl.DataFrame(
                {
                    "account_id": ids,
                    "action": pl.Series([action]).new_from_index(0, n),
                    "p_churn": would.churn,
                    "p_contraction": would.contraction,
                    "p_expansion": would.expansion,
                    "kept": would.kept,
                }
            )
        )
    return pl.concat(frames)
