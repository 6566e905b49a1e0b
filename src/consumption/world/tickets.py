"""What customers say: tickets and answers to surveys, as the state of their account makes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from consumption.world.arrays import Flags, Ints
from consumption.world.history import Past
from consumption.world.state import WEEK

NOT_YET = -1
Part = dict[str, npt.NDArray[Any] | str]


def live_weeks(past: Past) -> Flags:
    """Weeks x accounts in which the account had a contract."""
    day = past.first_day + WEEK * np.arange(past.weeks)[:, None]
    return np.asarray((day >= past.traits.starts) & (day + WEEK <= past.lost))


def in_week(past: Past, week: Ints, rng: np.random.Generator) -> Ints:
    """A second within working hours of these weeks, since 1970-01-01."""
    day = past.first_day + WEEK * week + rng.integers(0, WEEK, len(week))
    return np.asarray(day * 86_400 + rng.integers(7 * 3_600, 18 * 3_600, len(week)))


def severe_tickets(past: Past, rng: np.random.Generator) -> Part:
    """A ticket for every spell of severe trouble: opened in the week before the state first counts it."""
    severe = past.weekly["severe"]
    running = severe > 0
    week, account = np.nonzero((severe == 1) & _padded_live(past))
    length = _spell_lengths(running)[week, account]
    opened = past.first_day * 86_400 + (WEEK * (week - 1)) * 86_400 + rng.integers(30_000, 4 * 86_400, len(week))
    closed = (
        past.first_day * 86_400
        + (WEEK * (week - 1 + length)) * 86_400
        + rng.integers(4 * 86_400, 6 * 86_400, len(week))
    )
    return {
        "account": account,
        "second": opened,
        "channel": "ticket",
        "text": "severe",
        "severity": np.where(rng.random(len(week)) < 0.45, 1, 2),
        "minutes": np.round(rng.uniform(60, 600, len(week))),
        "closed": closed,
    }


def _padded_live(past: Past) -> Flags:
    """Weeks x accounts, as far as was recorded: the account had a contract in this week and the one before."""
    live = live_weeks(past)
    padded = np.zeros(past.weekly["severe"].shape, dtype=np.bool_)
    padded[1 : past.weeks] = live[1:] & live[:-1]
    return padded


def _spell_lengths(running: Flags) -> Ints:
    """For each week and account, how many weeks from here on the spell still runs."""
    left = np.zeros(running.shape, dtype=np.int64)
    ahead = np.zeros(running.shape[1], dtype=np.int64)
    for week in range(running.shape[0] - 1, -1, -1):
        ahead = np.where(running[week], ahead + 1, 0)
        left[week] = ahead
    return left


def tickets(past: Past, live: Flags, rng: np.random.Generator) -> Part:
    """Everyday tickets: more of them the larger the account and the greater its friction."""
    rate = (
        0.015 + 0.006 * np.sqrt(past.weekly["quantity"][: past.weeks]) + 0.20 * past.weekly["friction"][: past.weeks]
    )
    count = rng.poisson(rate[live])
    week, account = (np.repeat(index, count) for index in np.nonzero(live))
    opened = in_week(past, week, rng)
    n = len(week)
    return {
        "account": account,
        "second": opened,
        "channel": "ticket",
        "text": "ticket",
        "severity": rng.choice([2, 3, 4], n, p=[0.06, 0.58, 0.36]),
        "minutes": np.round(rng.exponential(40, n) + 5),
        "closed": opened + (rng.exponential(4.0, n) * 86_400 + 3_600).astype(np.int64),
    }


def surveys(past: Past, live: Flags, rng: np.random.Generator) -> Part:
    """Twice a year each account is asked; those with a strong champion answer more often."""
    turn = (np.arange(past.weeks)[:, None] + 7 * past.traits.number) % 26 == 0
    week, account = np.nonzero(live & turn)
    at = (week, account)
    n = len(week)
    mood = (
        0.35
        + 0.55 * past.weekly["satisfied"][at]
        + 0.15 * past.weekly["champion"][at]
        - 0.35 * past.weekly["friction"][at]
    )
    answers = rng.random(n) < 0.20 + 0.45 * past.weekly["champion"][at]
    asked = in_week(past, week, rng)
    return {
        "account": account,
        "second": asked,
        "channel": "survey",
        "text": "nps",
        "measure": "nps",
        "score": np.where(answers, np.clip(np.round(10 * mood + 1.3 * rng.standard_normal(n)), 0, 10), np.nan),
        "closed": np.where(answers, asked + rng.integers(600, 9 * 86_400, n), NOT_YET),
    }


def ticket_surveys(past: Past, closed: Part, rng: np.random.Generator) -> list[Part]:
    """After some tickets the customer says how content it was (1 to 5) and how easy it was (1 to 7)."""
    parts: list[Part] = []
    for measure, asked, best in (("csat", 0.30, 5), ("ces", 0.12, 7)):
        rows = np.flatnonzero(rng.random(len(closed["account"])) < asked)
        account, second = np.asarray(closed["account"])[rows], np.asarray(closed["closed"])[rows]
        week = np.clip((second // 86_400 - past.first_day) // WEEK, 0, past.weeks - 1)
        mood = 0.85 - 0.6 * past.weekly["friction"][week, account] + 0.15 * rng.standard_normal(len(rows))
        answers = rng.random(len(rows)) < 0.6
        parts.append(
            {
                "account": account,
                "second": second,
                "channel": "survey",
                "text": measure,
                "measure": measure,
                "score": np.where(answers, np.clip(np.round(1 + mood * (best - 1)), 1, best), np.nan),
                "closed": np.where(answers, second + rng.integers(600, 3 * 86_400, len(rows)), NOT_YET),
            }
        )
    return parts
