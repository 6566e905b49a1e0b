"""What an account is and stays: book, segment, size, terms, seasons and hidden tendencies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from consumption.world.arrays import Flags, Floats, Ints, Rows, months_later
from consumption.world.books import (
    ARR_MEDIAN,
    ARR_SPREAD,
    BOOK_SHARES,
    INDUSTRIES,
    MACHINES,
    REGIONS,
    RESELLER,
    SEASONAL,
    SEGMENT_SHARES,
    SOFTWARE,
)

_HERE_FROM_THE_START = 0.62


@dataclass(frozen=True)
class Traits(Rows):
    """One element an account.

    `created` and `starts` (of the first term) are days since 1970-01-01. `arr`, `quantity` and `second_share` are
    those of the first term: the main product's yearly value, its seats or machines, and what the second product
    costs for each unit of money spent on the main one. `dormant` is the share of the quantity that nobody uses.
    """

    number: Ints
    book: Ints
    segment: Ints
    industry: Ints
    region: Ints
    parent: Ints  # -1: none
    created: Ints
    starts: Ints
    months: Ints  # of a term
    auto_renews: Flags
    notice_days: Ints
    by_outcome: Flags
    credits: Flags
    arr: Floats
    quantity: Floats
    second: Floats
    second_share: Floats
    dormant: Floats
    season: Floats  # amplitude
    season_week: Floats  # of the year, when it is highest
    fit: Floats
    champion: Floats
    growth: Floats  # of what is needed, a year, as a log ratio
    restless: Floats  # hidden tendency to leave, log odds
    large: Floats


def draw_traits(accounts: int, first_day: int, weeks: int, rng: np.random.Generator) -> Traits:
    """Traits of `accounts` accounts, those that were there on `first_day` first, later ones by their start."""
    book = rng.choice(3, accounts, p=BOOK_SHARES)
    segment = rng.choice(3, accounts, p=SEGMENT_SHARES)
    industry = rng.integers(0, len(INDUSTRIES), accounts)
    drawn = _lognormal(np.array(ARR_MEDIAN)[segment], np.array(ARR_SPREAD)[segment], rng)
    arr = np.asarray(np.round(np.clip(drawn, 5e3, 1e6), -2), dtype=np.float64)
    quantity = np.maximum(np.round(4.3 * (arr / 12_000.0) ** 0.75 * np.exp(0.3 * rng.standard_normal(accounts))), 4)
    quantity = np.where(book == MACHINES, np.maximum(np.round(quantity * 0.38), 2), quantity)
    months = _term_months(segment, rng)
    created, starts = _beginnings(accounts, first_day, weeks, months, rng)
    seasonal = np.array(SEASONAL)[industry] & (rng.random(accounts) < 0.85)
    by_credit = (book == SOFTWARE) & (rng.random(accounts) < 0.45)
    fit = rng.beta(5.0, 3.2, accounts)
    return Traits(
        number=np.arange(accounts),
        book=book,
        segment=segment,
        industry=industry,
        region=rng.integers(0, len(REGIONS), accounts),
        parent=_parents(accounts, rng),
        created=created,
        starts=starts,
        months=months,
        auto_renews=(rng.random(accounts) < 0.65) | (months == 1),
        notice_days=np.where(months == 1, 7, rng.choice([30, 60, 90], accounts, p=[0.25, 0.35, 0.40])),
        by_outcome=(book == MACHINES) & (rng.random(accounts) < 0.30),
        credits=by_credit,
        arr=arr,
        quantity=quantity,
        second=(rng.random(accounts) < np.where(book == RESELLER, 0.55, 0.40)).astype(np.float64),
        second_share=rng.uniform(0.15, 0.40, accounts),
        dormant=np.where((book == RESELLER) & (rng.random(accounts) < 0.25), rng.uniform(0.15, 0.50, accounts), 0.0),
        season=np.where(seasonal, rng.uniform(0.45, 0.85, accounts), 0.04),
        season_week=(rng.integers(0, 52, len(INDUSTRIES))[industry] + rng.normal(0, 3, accounts)) % 52,
        fit=fit,
        champion=rng.beta(6.0, 2.5, accounts),
        growth=rng.normal(0.05, 0.14, accounts),
        restless=0.10 * rng.standard_normal(accounts),
        large=(segment == 2).astype(np.float64),
    )


def _lognormal(median: Floats, spread: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(median * np.exp(spread * rng.standard_normal(len(median))))


def _term_months(segment: Ints, rng: np.random.Generator) -> Ints:
    """Mostly a year; small accounts also by the month, large ones for several years."""
    drawn = rng.random(len(segment))
    monthly = drawn < np.array([0.20, 0.05, 0.0])[segment]
    several = drawn > np.array([0.97, 0.90, 0.75])[segment]
    return np.where(monthly, 1, np.where(several, np.where(drawn * 1e4 % 1 < 0.6, 24, 36), 12)).astype(np.int64)


def _beginnings(
    accounts: int, first_day: int, weeks: int, months: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """When each account was created, and when its first term within the history starts."""
    old = int(_HERE_FROM_THE_START * accounts)
    arrived = np.sort(first_day + rng.integers(7, 7 * (weeks - 1), accounts - old))
    term_days = (months[:old] * 30.4).astype(np.int64)
    running = first_day - (rng.random(old) * term_days).astype(np.int64)
    starts = _within_month(np.concatenate([running, arrived]))
    earlier = np.where(np.arange(accounts) < old, rng.integers(0, 4, accounts) * 12, 0)
    created = months_later(starts, -earlier) - rng.integers(1, 21, accounts)
    return created, starts


def _within_month(days: Ints) -> Ints:
    """The same day, or the 28th where the month goes further, so that every month has the day."""
    as_days = days.astype("datetime64[D]")
    first = as_days.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray((first + np.minimum(as_days - first, np.timedelta64(27, "D"))).astype(np.int64))


def _parents(accounts: int, rng: np.random.Generator) -> Ints:
    """About 8 % belong to one of a few holding accounts that were there before them."""
    holdings = max(accounts // 40, 1)
    child = (rng.random(accounts) < 0.08) & (np.arange(accounts) >= holdings)
    return np.where(child, rng.integers(0, holdings, accounts), -1)
