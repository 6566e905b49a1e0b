"""The latent state of every account, and how one week turns it into the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from consumption.world.arrays import Flags, Floats, Ints, Rows, logistic, months_later, share
from consumption.world.effects import BUILDS_UP, CHAMPION, CHANNELS, CLOSES_TICKETS, FADES, FIT, FRICTION, SKILL, push
from consumption.world.pulse import Pulse
from consumption.world.traits import Traits

WEEK = 7
ONBOARDING_WEEKS = 12.0


@dataclass(frozen=True)
class State(Rows):
    """One element an account, at the start of the week that begins on `day`.

    `severe` counts the weeks a severe ticket has been open (0: none), `relief` the weeks since. `need` is what the
    account would use, in units of its first quantity, if all its users were at home in the product. `coming` and
    `lift` (accounts x channels) are what actions will still bring and what they have brought. `leaving` is the
    probability, fixed at the decision point, that the term now running is the last; `noticed` that notice was given.
    """

    traits: Traits
    day: Ints
    fit: Floats
    skill: Floats
    champion: Floats
    friction: Floats
    severe: Floats
    need: Floats
    coming: Floats
    lift: Floats
    quantity: Floats
    price: Floats
    second: Floats
    ends: Ints
    leaving: Floats
    noticed: Flags


def first_state(traits: Traits, first_day: int, rng: np.random.Generator) -> State:
    """Every account as its history begins; one that has not started waits in this state until it does."""
    n = len(traits.number)
    new = traits.starts >= first_day
    settled = share(0.25 + 0.55 * traits.fit + 0.12 * rng.standard_normal(n))
    gone = rng.random(n) < 0.2
    return State(
        traits=traits,
        day=np.full(n, first_day),
        fit=share(traits.fit + 0.05 * rng.standard_normal(n)),
        skill=np.where(new, rng.uniform(0.05, 0.25, n), settled),
        champion=np.where(gone & ~new, 0.4, 1.0) * traits.champion,
        friction=0.12 * rng.exponential(1.0, n).clip(0, 4),
        severe=np.zeros(n),
        need=np.exp(0.18 * rng.standard_normal(n)),
        coming=np.zeros((n, CHANNELS)),
        lift=np.zeros((n, CHANNELS)),
        quantity=traits.quantity.copy(),
        price=traits.arr / traits.quantity,
        second=traits.second.copy(),
        ends=months_later(traits.starts, traits.months),
        leaving=np.zeros(n),
        noticed=np.zeros(n, dtype=np.bool_),
    )


def pulse(state: State) -> Pulse:
    """What the state amounts to this week."""
    traits, lift = state.traits, state.lift
    skill = share(state.skill + lift[:, SKILL])
    champion = share(state.champion + lift[:, CHAMPION])
    friction = share(state.friction + lift[:, FRICTION])
    fit = share(state.fit + lift[:, FIT])
    adoption = logistic(-1.5 + 1.7 * fit + 1.9 * skill + 0.9 * champion - 1.6 * friction)
    use = 1.22 * adoption * state.need * traits.quantity / state.quantity
    breadth = share(0.06 + 0.90 * skill * (0.35 + 0.65 * fit))
    onboarding = share(1.0 - (state.day - traits.starts) / (WEEK * ONBOARDING_WEEKS))
    onboarding = np.where(traits.created < traits.starts - 60, 0.0, onboarding)
    turn = 2 * np.pi * (state.day / WEEK - traits.season_week) / 52.1775
    activity = use * (1.0 + traits.season * np.sin(turn)) * (1.0 - 0.6 * onboarding)
    return Pulse(
        use=use,
        activity=activity,
        skill=skill,
        champion=champion,
        friction=friction,
        breadth=breadth,
        onboarding=onboarding,
        low=logistic((0.52 - use) / 0.06),
        idle=share((0.85 - use * (1.0 - traits.dormant)) / 0.7),
        silent=logistic((0.42 - champion) / 0.06),
        narrow=logistic((0.38 - breadth) / 0.05),
        crowded=logistic((use - 1.12) / 0.06),
        satisfied=logistic((fit - 0.42 - 0.9 * friction) / 0.08),
    )


def step(state: State, action: Ints, rng: np.random.Generator, effect_scale: float = 1.0) -> State:
    """The state a week later, had `action` (a code of `effects.ACTIONS`, 0 is none) been carried out in this week."""
    traits, now = state.traits, pulse(state)
    n = len(state.day)
    noise = rng.standard_normal((4, n))
    drawn = rng.random((4, n))
    target = 0.22 + 0.60 * state.fit
    learns = 0.020 + 0.06 * now.onboarding
    leaves = drawn[0] < 0.0060
    incident = drawn[1] < 0.012 + 0.012 * (1.0 - state.fit)
    opens = incident & (drawn[2] < 0.45) & (state.severe == 0)
    fixed = np.isin(action, CLOSES_TICKETS)
    closes = (drawn[3] < 0.07) | fixed
    severe = np.where(opens, 1.0, np.where((state.severe > 0) & ~closes, state.severe + 1.0, 0.0))
    eases = np.where(severe > 0, 0.01, 0.09)
    arriving = BUILDS_UP * state.coming
    jump = np.where(drawn[2] < 0.0035, -0.35, np.where(drawn[2] > 0.9965, 0.30, 0.0))
    ahead = replace(
        state,
        day=state.day + WEEK,
        fit=share(state.fit + 0.01 * (traits.fit - state.fit) + 0.012 * noise[0]),
        skill=share(state.skill + learns * (target - state.skill) + 0.016 * noise[1]),
        champion=share(
            np.where(leaves, 0.08, state.champion + 0.014 * (traits.champion - state.champion) + 0.012 * noise[2])
        ),
        friction=share(state.friction * (1.0 - eases) + np.where(incident, 0.25 + 0.45 * drawn[2], 0.0)),
        severe=severe,
        need=state.need * np.exp(traits.growth / 52.0 + 0.018 * noise[3] + jump),
        coming=state.coming - arriving + push(action, now, traits.large, effect_scale),
        lift=(1.0 - FADES) * state.lift + arriving,
    )
    waiting = ahead.day <= traits.starts
    return _hold(state, ahead, waiting) if waiting.any() else ahead


def _hold(state: State, ahead: State, waiting: Flags) -> State:
    """Accounts that have not started yet stay as they are; only the day goes on."""
    kept = {
        name: np.where(waiting, getattr(state, name), getattr(ahead, name))
        for name in ("fit", "skill", "champion", "friction", "severe", "need")
    }
    return replace(
        ahead,
        fit=kept["fit"],
        skill=kept["skill"],
        champion=kept["champion"],
        friction=kept["friction"],
        severe=kept["severe"],
        need=kept["need"],
    )
