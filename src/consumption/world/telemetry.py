"""Daily telemetry of users, machines and credits, drawn from the weekly state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.world.arrays import Floats, Ints, logistic, moments, words
from consumption.world.books import (
    COMPUTE,
    CREDITS_A_SEAT,
    ERROR_SHOWN,
    EXPORT_FAILED,
    FAULT_RAISED,
    HOURS_A_MACHINE,
    HOURS_RUN,
    JOB_FINISHED,
    PRODUCTS,
)
from consumption.world.history import Past
from consumption.world.state import WEEK
from consumption.world.truth import account_ids
from consumption.world.users import Machines, Users, champions_gone, crowding, user_number

CHUNK_WEEKS = 26
_EVENTS = (
    *dict.fromkeys(feature for product in PRODUCTS for feature in product.features),
    HOURS_RUN,
    JOB_FINISHED,
    FAULT_RAISED,
    ERROR_SHOWN,
    EXPORT_FAILED,
)
_EVENT = {event: code for code, event in enumerate(_EVENTS)}
_PRODUCT = {product.name: code for code, product in enumerate(PRODUCTS)}
_FEATURES = np.array([[_EVENT[f] for f in p.features] + [0] * (10 - len(p.features)) for p in PRODUCTS])
_FEATURE_COUNT = np.array([len(p.features) for p in PRODUCTS])
_OFFICE = np.array([0.21, 0.21, 0.20, 0.19, 0.16, 0.02, 0.01])  # Monday to Sunday
_SHIFTS = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
_HOURS_A_DAY = HOURS_A_MACHINE / (365.25 / WEEK) / _SHIFTS.sum()
_LATE = 0.003
_THURSDAY = 3  # the weekday of day 0, with Monday 0


@dataclass(frozen=True)
class _Lines:
    """Raw events: -1 stands for none."""

    account: Ints
    day: Ints
    event: Ints
    user: Ints
    asset: Ints
    product: Ints
    quantity: Floats


def telemetry(
    past: Past, users: Users, machines: Machines, rng: np.random.Generator
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Half a year at a time: events that came at once (without `received_at`), and those that came late (with it)."""
    gone = champions_gone(past)
    for first in range(0, past.weeks, CHUNK_WEEKS):
        weeks = np.arange(first, min(first + CHUNK_WEEKS, past.weeks))
        parts = [
            _of_users(past, users, gone, weeks, rng),
            *_of_machines(past, machines, weeks, rng),
            _of_credits(past, weeks, rng),
        ]
        yield _frames(past, parts, rng)


def _weekday(day: Ints) -> Ints:
    return np.asarray((day + _THURSDAY) % WEEK)


def _office_days(past: Past, week: Ints, rng: np.random.Generator) -> Ints:
    """A day in each of these weeks, weighted as offices work."""
    offsets = np.arange(WEEK)
    weights = np.cumsum(_OFFICE[_weekday(past.first_day + offsets)])
    return np.asarray(past.first_day + WEEK * week + np.searchsorted(weights, rng.random(len(week)) * weights[-1]))


def _of_users(past: Past, users: Users, gone: Ints, weeks: Ints, rng: np.random.Generator) -> _Lines:
    """What users do: a place is active when the account's activity reaches its rank; the champion by itself."""
    at = np.ix_(weeks, users.account)
    weekly = past.weekly
    seats = weekly["quantity"][at] * users.seats * (1.0 - past.traits.dormant[users.account])
    position = (users.rank + 0.5) / np.where(users.seats > 0, np.maximum(seats, 1.0), users.places)
    activity = weekly["activity"][at]
    active = 0.92 * logistic((activity - position) / 0.07)
    # A place beyond those that this week's seats leave room for waits until more are bought: it tells nothing of it.
    room = np.maximum(np.ceil(seats * crowding(past)[users.account]), 1.0)
    active = np.where((users.seats > 0) & (users.rank >= room), 0.0, active)
    champion = (users.rank == 0) & (users.second == 0)
    presence = weekly["champion"][at]
    active = np.where(champion, np.clip(1.25 * presence - 0.10, 0.02, 0.97), active)
    active *= np.where(users.second == 1, weekly["second"][at], 1.0)
    on = rng.random(active.shape, dtype=np.float32) < active
    rows, place = np.nonzero(on)
    often = np.where(champion[place], 2.6 * presence[rows, place], 0.10 + 0.34 * activity[rows, place])
    extra = rng.poisson(users.pace[place] * often)
    rows, place = np.repeat(rows, 1 + extra), np.repeat(place, 1 + extra)
    week, account, product = weeks[rows], users.account[place], users.product[place]
    breadth = np.clip(weekly["breadth"][week, account] + users.curiosity[place], 0.08, 1.0)
    friction = weekly["friction"][week, account]
    n = len(week)
    return _Lines(
        account=account,
        day=_office_days(past, week, rng),
        event=_what(product, breadth, friction, rng),
        user=user_number(users, place, week, gone[week, account]),
        asset=np.full(n, -1),
        product=product,
        quantity=1.0 + np.floor(rng.exponential(0.3 + 1.4 * weekly["skill"][week, account])),
    )


def _what(product: Ints, breadth: Floats, friction: Floats, rng: np.random.Generator) -> Ints:
    """Features from basic to advanced, as far as the user's breadth reaches; errors where there is friction."""
    n = len(product)
    known = np.maximum(breadth * (_FEATURE_COUNT[product] - 1), 1.0)
    drawn = rng.random(n)
    feature = np.where(drawn < 0.25, 0, 1 + np.floor((np.maximum(drawn - 0.25, 0.0) / 0.75) ** 1.15 * known)).astype(
        np.int64
    )
    event = _FEATURES[product, np.minimum(feature, _FEATURE_COUNT[product] - 1)]
    fails = rng.random(n)
    limit = 0.008 + 0.11 * friction
    return np.where(fails < 0.3 * limit, _EVENT[EXPORT_FAILED], np.where(fails < limit, _EVENT[ERROR_SHOWN], event))


def _of_machines(past: Past, machines: Machines, weeks: Ints, rng: np.random.Generator) -> Iterator[_Lines]:
    """Run-hours of each machine and working day (0 where it reports but stands still), jobs finished, faults."""
    at = np.ix_(weeks, machines.account)
    there = past.weekly["quantity"][at] > machines.rank
    there &= weeks[:, None] < machines.silent_from
    there &= rng.random(there.shape) > 0.02
    rows, machine = np.nonzero(there)
    week, account = weeks[rows], machines.account[machine]
    friction = past.weekly["friction"][week, account]
    activity = past.weekly["activity"][week, account] * machines.pace[machine]
    days = past.first_day + np.arange(WEEK)
    days = days[_SHIFTS[_weekday(days)] > 0] - past.first_day
    each = np.repeat(np.arange(len(week)), len(days))
    day = past.first_day + WEEK * week[each] + np.tile(days, len(week))
    n = len(each)
    runs = rng.random(n) > 0.02 + 0.30 * friction[each]
    hours = _HOURS_A_DAY * _SHIFTS[_weekday(day)] * activity[each] * np.exp(0.15 * rng.standard_normal(n))
    hours = np.where(runs, np.minimum(np.round(hours, 1), 24.0), 0.0)
    yield _machine_lines(account[each], day, HOURS_RUN, machine[each], hours)
    done = np.flatnonzero((hours > 0) & (rng.random(n) < 0.15))
    jobs = 1.0 + np.floor(hours[done] * rng.random(len(done)))
    yield _machine_lines(account[each][done], day[done], JOB_FINISHED, machine[each][done], jobs)
    faults = np.repeat(np.arange(len(week)), rng.poisson(0.01 + 0.45 * friction))
    on = past.first_day + WEEK * week[faults] + rng.integers(0, WEEK, len(faults))
    yield _machine_lines(account[faults], on, FAULT_RAISED, machine[faults], np.ones(len(faults)))


def _machine_lines(account: Ints, day: Ints, event: str, machine: Ints, quantity: Floats) -> _Lines:
    n = len(account)
    return _Lines(
        account=account,
        day=day,
        event=np.full(n, _EVENT[event]),
        user=np.full(n, -1),
        asset=10_000 + machine,
        product=np.full(n, -1),  # a machine serves every contract of its account
        quantity=quantity,
    )


def _of_credits(past: Past, weeks: Ints, rng: np.random.Generator) -> _Lines:
    """Credits burned, three lines a week, by programs and so without a user."""
    buys = past.traits.credits & (past.weekly["second"][weeks] > 0)
    rows, account = (np.repeat(index, 3) for index in np.nonzero(buys))
    week = weeks[rows]
    n = len(week)
    a_week = past.weekly["quantity"][week, account] * CREDITS_A_SEAT / (365.25 / WEEK)
    burned = a_week / 3 * past.weekly["activity"][week, account] * np.exp(0.25 * rng.standard_normal(n))
    return _Lines(
        account=account,
        day=_office_days(past, week, rng),
        event=np.full(n, _EVENT[COMPUTE.features[0]]),
        user=np.full(n, -1),
        asset=np.full(n, -1),
        product=np.full(n, _PRODUCT[COMPUTE.name]),
        quantity=np.maximum(np.round(burned), 1.0),
    )


def _frames(past: Past, parts: list[_Lines], rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The events as tables, in the order of time; none before an account's first contract or after its last."""
    account, day, event, user, asset, product, quantity = (
        np.concatenate([getattr(part, name) for part in parts]) for name in _Lines.__dataclass_fields__
    )
    live = np.flatnonzero((day >= past.traits.starts[account]) & (day < past.lost[account]))
    n = len(live)
    second = np.clip(rng.normal(46_500, 9_500, n), 0, 86_399).astype(np.int64)
    moment = day[live] * 86_400 + second
    live, moment = live[(order := np.argsort(moment, kind="stable"))], moment[order]
    delay = rng.integers(3_600, 96 * 3_600, n)
    frame = pl.DataFrame(
        {
            "account_id": account_ids(past.traits.number).gather(account[live]),
            "timestamp": moments("timestamp", moment),
            "event": words("event", _EVENTS, event[live]),
            "user_id": _ids("user_id", "u_", user[live]),
            "asset_id": _ids("asset_id", "m_", asset[live]),
            "product": words("product", [p.name for p in PRODUCTS], product[live]),
            "quantity": quantity[live],
            "received_at": moments("received_at", moment + delay),
        }
    )
    late = pl.Series(rng.random(n) < _LATE)
    arrived = pl.Series(moment + delay < past.today * 86_400)
    return frame.filter(~late).drop("received_at"), frame.filter(late & arrived)


def _ids(name: str, prefix: str, numbers: Ints) -> pl.Series:
    column = pl.Series(name, numbers)
    return pl.select(pl.when(column >= 0).then(prefix + column.cast(pl.String)).alias(name)).to_series()
