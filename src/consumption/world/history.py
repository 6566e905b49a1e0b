"""The past as it happened: the state stepped week by week, with what was decided, signed, changed and ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from consumption.world.arrays import Flags, Floats, Ints, months_later
from consumption.world.commerce import Odds, bought_less, bought_more, decision_day, odds
from consumption.world.ledger import NEVER, Books, Chosen, Terms
from consumption.world.policy import COMPLIES, choose, feel, propensities, under_review
from consumption.world.pulse import Pulse
from consumption.world.state import WEEK, State, first_state, pulse, step
from consumption.world.traits import Traits

SNAPSHOT_WEEKS = 4
_RECORDED_STATE = ("severe", "quantity", "second")
RECORDED = ("activity", "use", "skill", "champion", "friction", "breadth", "satisfied")


@dataclass(frozen=True)
class Course:
    """How long: `weeks` weeks from `first_day`, and `after` more that no file tells of.

    Accounts in `pinned` keep their contracts as they are until then. `effect_scale` 0 is a world in which no action
    has any effect.
    """

    first_day: int
    weeks: int
    after: int
    pinned: Ints
    effect_scale: float = 1.0


@dataclass(frozen=True)
class Past:
    """All of history, and the weeks after it up to where the truth looks.

    `weekly` holds, by the names of `RECORDED` and `severe`, `quantity`, `second`: weeks x accounts. `snapshots` are
    states at the start of every fourth week, counted back from `today`. `lost` is the day an account left (or
    `NEVER`), `noticed` the day it gave notice of that (or `NEVER`).
    """

    traits: Traits
    first_day: int
    weeks: int  # before today
    weekly: dict[str, Floats]
    snapshots: list[State]
    terms: Terms
    chosen: Chosen
    lost: Ints
    noticed: Ints

    @property
    def today(self) -> int:
        """The day that all this leads up to, since 1970-01-01: nothing in a file is of it or later."""
        return self.first_day + WEEK * self.weeks


def live_out(
    traits: Traits, course: Course, rng: np.random.Generator, progress: Callable[[int, int], None] | None = None
) -> Past:
    """All weeks of the course, one after the other; `progress` hears how many are done, and of how many."""
    n, weeks = len(traits.number), course.weeks
    state = first_state(traits, course.first_day, rng)
    books = Books(np.full(n, NEVER), np.full(n, NEVER), np.zeros(n, dtype=np.int64))
    books.sign(np.arange(n), traits.starts, state)
    recorded: dict[str, list[Floats]] = {name: [] for name in (*RECORDED, *_RECORDED_STATE)}
    snapshots = []
    for week in range(weeks + course.after):
        if week <= weeks and (weeks - week) % SNAPSHOT_WEEKS == 0:
            snapshots.append(state)
        state = _contracts(state, books, course.pinned if week < weeks else course.pinned[:0], rng)
        now = pulse(state)
        _record(recorded, state, now)
        state = step(state, _act(state, now, week, books, rng), rng, course.effect_scale)
        if progress:
            progress(week + 1, weeks + course.after)
    weekly = {name: np.stack(values) for name, values in recorded.items()}
    terms, chosen = books.terms(), books.decisions()
    return Past(traits, course.first_day, weeks, weekly, snapshots, terms, chosen, books.lost, books.noticed)


def in_force(state: State, lost: Ints) -> Flags:
    """Accounts whose contract has begun and not ended, on the day of the state."""
    return np.asarray((state.traits.starts <= state.day) & (lost > state.day))


def _record(recorded: dict[str, list[Floats]], state: State, now: Pulse) -> None:
    for name in RECORDED:
        recorded[name].append(getattr(now, name).astype(np.float32))
    for name in _RECORDED_STATE:
        recorded[name].append(getattr(state, name).astype(np.float32))


def _contracts(state: State, books: Books, pinned: Ints, rng: np.random.Generator) -> State:
    """What the customers do this week, drawn; the contracts as they are afterwards."""
    n = len(state.day)
    now = _held(odds(state, pulse(state)), pinned)
    drawn = rng.random((6, n))
    free = (state.traits.starts < state.day + WEEK) & (books.lost == NEVER)
    state = _decide(state, books, now, free, drawn)
    breaks = free & ~now.ends & ~state.noticed & (state.traits.starts < state.day - 28) & (drawn[1] < now.breaks)
    books.lost[breaks] = (state.day + (drawn[2] * WEEK).astype(np.int64))[breaks]
    ended = now.ends & (books.lost == NEVER) & (state.traits.starts < state.day + WEEK)
    last = ended & (state.leaving >= 1.0)
    books.lost[last] = state.ends[last]
    state = _renew(state, books, now, ended & ~last, drawn)
    return _grow_within_term(state, books, now, free & ~breaks & ~now.ends, drawn)


def _held(now: Odds, pinned: Ints) -> Odds:
    """The odds, but nothing changes for the pinned accounts."""
    kept = {name: getattr(now, name).copy() for name in ("leave", "breaks", "shrink", "grow")}
    for chance in kept.values():
        chance[pinned] = 0.0
    return replace(now, **kept)


def _decide(state: State, books: Books, now: Odds, free: Flags, drawn: Floats) -> State:
    """At the decision point: `leaving` becomes 1 for those who go, the probability they had for those who stay."""
    decides = free & now.decides
    goes = decides & (drawn[0] < now.leave)
    notice = goes & state.traits.auto_renews
    on = np.maximum(decision_day(state) - (drawn[2] * 5).astype(np.int64), state.day)
    books.noticed[notice] = on[notice]
    leaving = np.where(goes, 1.0 + now.leave, np.where(decides, now.leave, state.leaving))
    return replace(state, leaving=leaving, noticed=state.noticed | notice)


def _renew(state: State, books: Books, now: Odds, renews: Flags, drawn: Floats) -> State:
    """A new term from where the last one ends: 3 % dearer (but for monthly terms), larger, smaller or the same."""
    shrinks = renews & (drawn[3] < now.shrink)
    grows = renews & ~shrinks & (drawn[4] < now.grow)
    state = _resize(state, shrinks, grows, drawn[5])
    starts = state.ends
    state = replace(
        state,
        price=np.where(renews & (state.traits.months > 1), np.round(state.price * 1.03, 2), state.price),
        ends=np.where(renews, months_later(state.ends, state.traits.months), state.ends),
        leaving=np.where(renews, 0.0, state.leaving),
    )
    rows = np.flatnonzero(renews)
    books.term[rows] += 1
    books.sign(rows, starts[rows], state)
    return state


def _grow_within_term(state: State, books: Books, now: Odds, free: Flags, drawn: Floats) -> State:
    """Those who buy more before their term ends."""
    settled = (state.traits.starts < state.day - 28) & (state.leaving < 1.0)
    grows = free & settled & (drawn[4] < now.grow)
    state = _resize(state, np.zeros_like(grows), grows, drawn[5])
    rows = np.flatnonzero(grows)
    books.sign(rows, (state.day + (drawn[2] * WEEK).astype(np.int64))[rows], state)
    return state


def _resize(state: State, shrinks: Flags, grows: Flags, drawn: Floats) -> State:
    quantity, second = bought_less(state, shrinks, drawn)
    state = replace(state, quantity=quantity, second=second)
    quantity, second = bought_more(state, grows, drawn)
    return replace(state, quantity=quantity, second=second)


def _act(state: State, now: Pulse, week: int, books: Books, rng: np.random.Generator) -> Ints:
    """What is carried out this week, after policy and reps have chosen; everything chosen is noted."""
    n = len(state.day)
    live = (state.traits.starts + 14 < state.day) & (books.lost > state.day + WEEK)
    rows = under_review(state, np.full(n, week))
    rows = rows[live[rows]]
    chances = propensities(state.take(rows), now.take(rows), rng)
    chosen = choose(chances, rng)
    follows = rng.random(len(rows)) < COMPLIES
    books.chosen.append(
        (rows, state.day[rows], chosen, chances[np.arange(len(rows)), chosen], chances, follows & (chosen > 0))
    )
    action = np.zeros(n, dtype=np.int64)
    action[rows] = np.where(follows, chosen, 0)
    felt = feel(now, rng)
    felt[~live] = 0
    felt[rows] = 0
    own = np.flatnonzero(felt)
    none = np.full((len(own), chances.shape[1]), np.nan)
    on = state.day[own] + rng.integers(0, 5, len(own))
    books.chosen.append((own, on, felt[own], none[:, 0], none, np.ones(len(own), dtype=np.bool_)))
    return np.where(felt > 0, felt, action)
