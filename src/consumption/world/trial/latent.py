"""The latent state of every account, and how a quarter turns it into the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from consumption.world.arrays import Flags, Floats, Ints, Rows, logistic

QUARTER_WEEKS = 13
CHURN, CONTRACTION, EXPANSION = range(3)
SKILL, CHAMPION, FRICTION = range(3)

CONDITIONS = (
    "constant",
    "low_adoption",
    "silent_champion",
    "friction",
    "renewal_near",
    "shallow_breadth",
    "under_use",
    "over_use",
    "large",
    "unhappy",
    "at_ease",
    "declining",
)


@dataclass(frozen=True)
class Latent(Rows):
    """One element an account, at the start of a quarter.

    fit, skill, champion, friction, need are standardised: 0 usual, 1 a good deal more. `idle` is the share of what
    was bought that nobody will ever use. `due` is the quarter from now in which the term ends, `week` the week in
    that quarter, `term` its length in quarters. `coming` and `lift` (accounts x outcomes) are what actions will still
    bring and have brought, in log odds for us; `rising` and `shown` (accounts x skill, champion, friction) what of it
    telemetry shows.
    """

    number: Ints
    age: Ints
    arr: Floats
    segment: Ints
    fit: Floats
    skill: Floats
    champion: Floats
    friction: Floats
    need: Floats
    trend: Floats
    idle: Floats
    due: Ints
    week: Ints
    term: Ints
    shrinks_by: Floats
    grows_by: Floats
    coming: Floats
    lift: Floats
    rising: Floats
    shown: Floats


def newcomers(numbers: Ints, rng: np.random.Generator, *, settled: bool) -> Latent:
    """Accounts as they begin; `settled`: met somewhere in their term, after years."""
    n = len(numbers)
    normal = rng.standard_normal((7, n))
    fit = normal[0]
    arr = np.exp(10.2 + 1.05 * normal[1])
    term = rng.choice(np.array([2, 4, 4, 4, 4, 8]), n)
    due = rng.integers(0, 8, n) % term if settled else term - 1
    return Latent(
        number=numbers,
        age=rng.integers(1, 24, n) if settled else np.zeros(n, np.int64),
        arr=arr,
        segment=np.digitize(np.log(arr) + 0.4 * normal[2], (9.7, 10.9)),
        fit=fit,
        skill=0.6 * fit + 0.8 * normal[3] - (0.0 if settled else 0.5),
        champion=normal[4],
        friction=normal[5],
        need=normal[6],
        trend=np.zeros(n),
        idle=0.35 * rng.beta(1.2, 3.0, n),
        due=due,
        week=rng.integers(3, QUARTER_WEEKS, n),
        term=term,
        shrinks_by=rng.uniform(0.15, 0.55, n),
        grows_by=rng.uniform(0.12, 0.50, n),
        coming=np.zeros((n, 3)),
        lift=np.zeros((n, 3)),
        rising=np.zeros((n, 3)),
        shown=np.zeros((n, 3)),
    )


def adoption(state: Latent) -> Floats:
    """How much of what it could use an account uses: utilisation, where 1 is all that was bought."""
    skill, champion, friction = _felt(state)
    able = logistic(0.45 + 0.45 * state.fit + 0.60 * skill + 0.30 * champion - 0.40 * friction)
    return np.asarray(1.30 * able * np.exp(0.28 * state.need) * (1.0 - state.idle))


def conditions(state: Latent) -> Floats:
    """How far each of CONDITIONS really holds, 0 to 1: accounts x conditions."""
    use = adoption(state)
    skill, champion, friction = _felt(state)
    days = 91.0 * state.due + 7.0 * state.week
    columns = {
        "constant": np.ones_like(use),
        "low_adoption": logistic((0.52 - use) / 0.07),
        "silent_champion": logistic((-0.7 - champion) / 0.25),
        "friction": logistic((friction - 0.9) / 0.25),
        "renewal_near": logistic((100.0 - days) / 25.0),
        "shallow_breadth": logistic((-0.6 - 0.85 * skill - 0.35 * state.fit) / 0.25),
        "under_use": logistic((0.50 - use * (1.0 - state.idle)) / 0.08),
        "over_use": logistic((use - 0.98) / 0.06),
        "large": logistic((np.log1p(state.arr) - 11.0) / 0.8),
        "unhappy": logistic((-0.5 - state.fit + 0.5 * friction) / 0.3),
        "at_ease": logistic((skill - 0.6) / 0.3),
        "declining": logistic((-0.45 - state.trend) / 0.2),
    }
    return np.column_stack([columns[name] for name in CONDITIONS])


def step(state: Latent, rng: np.random.Generator) -> Latent:
    """The latent state a quarter later; what actions brought, terms and ARR are carried on by others."""
    n = len(state.number)
    noise = rng.standard_normal((5, n))
    drawn = rng.random((2, n))
    champion = 0.90 * state.champion + 0.40 * noise[2]
    need = 0.92 * state.need + 0.39 * noise[4]
    return replace(
        state,
        fit=0.98 * state.fit + 0.20 * noise[0],
        skill=0.85 * state.skill + 0.09 * state.fit + 0.38 * noise[1],
        champion=np.where(drawn[0] < 0.05, -1.6 + 0.3 * noise[2], champion + 0.08),
        friction=np.where(drawn[1] < 0.08, 1.8 + 0.5 * noise[3], 0.70 * state.friction + 0.55 * noise[3] - 0.12),
        need=need,
        trend=need - state.need,
    )


def _felt(state: Latent) -> tuple[Floats, Floats, Floats]:
    """Skill, champion and friction as they show, with what actions did to them."""
    return (
        state.skill + state.shown[:, SKILL],
        state.champion + state.shown[:, CHAMPION],
        state.friction - state.shown[:, FRICTION],
    )


def renewing(state: Latent) -> Flags:
    """Whose term ends within this quarter."""
    return np.asarray(state.due == 0)
