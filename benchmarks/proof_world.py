"""A year of one made-up book, week by week: who is chosen, served or withheld, and what their contracts do.

Accounts have a yearly value (lognormal), a risk that wanders, parents that some share, and one contract a year whose
end may lose, shrink or grow it. Each week a plan takes those worth most by a noisy reading of the risk, held-out ones
too; the hours of the held-out go to others, of both arms again, until none are left; what was reached rests for eight
weeks three times in four, served or withheld. Being served cuts the odds of losing at the contract's end, for as long
as the year lasts. The truth is known: what the expected loss of every account that counts would be with and without.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from consumption.actions.holdout import HOLDOUT, draw_members
from consumption.actions.number.counted import EXPECTED
from consumption.actions.rules import HoldoutRules
from consumption.lake.history import History
from consumption.tables import POPULATION, TIMESTAMP

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WEEKS = 52
START = date(2025, 1, 6)
SIZE = 0.3  # of a contraction or an expansion
RESTS = 8
TAKES = 3  # weeks until what was done shows


@dataclass(frozen=True)
class Book:
    """One world: accounts, share held out, share of the book chosen a week, and how far the odds of loss are cut."""

    accounts: int
    share: float
    chosen: float
    cut: float
    seed: int


@dataclass(frozen=True, eq=False)
class Lived:
    """One world after a year: what the lake would hold, and the truth.

    `truth(week)`: the effect on the accounts that counted by then, as a share of their yearly value.
    """

    book: Book
    members: pl.DataFrame
    history: History
    since: Ints
    renews: Ints
    worth: Floats
    gained: Floats

    def truth(self, start: int, end: int) -> float:
        """The expected effect in weeks `[start, end)` on all accounts that began to count before their end."""
        counts = (self.since >= 0) & (self.since < end)
        moved = counts & (self.renews > self.since) & (self.renews >= start) & (self.renews < end)
        total = float(self.worth[counts].sum())
        return float((self.worth * self.gained)[moved].sum()) / total if total else 0.0


def live(book: Book) -> Lived:
    """A year of this book."""
    rng = np.random.default_rng(book.seed)
    n = book.accounts
    worth: Floats = np.round(np.exp(rng.normal(10.0, 1.0, n)), 2).astype(np.float64)
    parent = np.where(rng.random(n) < 0.15, rng.integers(0, n, n), np.arange(n))
    parent = parent[parent]
    renews = rng.integers(0, WEEKS, n)
    members = _members(book, worth, parent)
    arms = members["arm"].to_numpy()
    risk = _risk(rng, n)
    at_end = risk[renews, np.arange(n)]
    acts = _Acts(book, rng, Drawn(worth, renews, risk, arms))
    rows = acts.year()
    plain, served = _chances(at_end, 0.0), _chances(at_end, book.cut)
    works = (acts.touched >= 0) & (renews >= acts.touched + TAKES)
    chance = np.where(works[:, None], served, plain)
    after = _after(worth, chance, rng.random(n))
    gained = np.where(renews >= acts.since + TAKES, _mean(served) - _mean(plain), 0.0)
    history = _history(worth, renews, after, _decisions(rows, members))
    return Lived(book, members, history, acts.since, renews, worth, gained)


def moment(week: int) -> datetime:
    """The beginning of a week."""
    return datetime(START.year, START.month, START.day, tzinfo=UTC) + timedelta(weeks=week)


def name(account: int) -> str:
    """The id of an account."""
    return f"a{account:05d}"


def _risk(rng: np.random.Generator, n: int) -> Floats:
    """Weeks x accounts: a standing part, and one that wanders with a half-life of about four months."""
    steady, moving = rng.normal(0, 0.7, n), rng.normal(0, 0.7, n)
    weeks = np.empty((WEEKS, n))
    for week in range(WEEKS):
        weeks[week] = steady + moving
        moving = 0.96 * moving + rng.normal(0, 0.7 * np.sqrt(1 - 0.96**2), n)
    return weeks


def _chances(risk: Floats, cut: float) -> Floats:
    """At a contract's end: columns lost, shrunk, grown."""
    odds = np.exp(-2.3 + 1.1 * risk) * (1.0 - cut)
    lost = odds / (1.0 + odds)
    return np.column_stack([lost, (1 - lost) * 0.10, (1 - lost) * 0.18])


def _mean(chances: Floats) -> Floats:
    return np.asarray(chances @ np.array([-1.0, -SIZE, SIZE]))


def _after(worth: Floats, chances: Floats, drawn: Floats) -> Floats:
    """The yearly value of the next contract; 0 where there is none."""
    step = np.cumsum(chances, axis=1)
    factor = np.select([drawn < step[:, 0], drawn < step[:, 1], drawn < step[:, 2]], [0.0, 1 - SIZE, 1 + SIZE], 1.0)
    return np.asarray(np.round(worth * factor, 2), dtype=np.float64)


def _members(book: Book, worth: Floats, parent: Ints) -> pl.DataFrame:
    rows = {
        "account_id": [name(i) for i in range(len(worth))],
        "top_parent": [name(i) for i in parent],
        "arr": worth,
        "weight": worth,
        "segment": ["all"] * len(worth),
    }
    made = pl.DataFrame(rows).with_columns(
        pl.lit(None, dtype).alias(column) for column, dtype in POPULATION.schema.items() if column not in rows
    )
    rules = HoldoutRules(share=book.share, salt=str(book.seed))
    return draw_members(made, None, rules, as_of=moment(0)).sort("account_id")


@dataclass(frozen=True, eq=False)
class Drawn:
    """The accounts of a world: yearly value, week of renewal, risk (weeks x accounts) and arm."""

    worth: Floats
    renews: Ints
    risk: Floats
    arms: NDArray[np.object_]


class _Acts:
    """Who is chosen in each week of the year."""

    def __init__(self, book: Book, rng: np.random.Generator, drawn: Drawn) -> None:
        self.book, self.rng, self.drawn = book, rng, drawn
        self.since = np.full(book.accounts, -1)  # the first choice, where that was the first pass's
        self.reached = np.zeros(book.accounts, dtype=bool)  # by any pass
        self.touched = np.full(book.accounts, -1)  # the first time it was served
        self.rests = np.zeros(book.accounts, dtype=np.int64)

    def year(self) -> list[tuple[int, int, bool, bool, float]]:
        """Rows of account, week, withheld, second pass, and the change expected anyway."""
        rows: list[tuple[int, int, bool, bool, float]] = []
        for week in range(WEEKS):
            rows += self._week(week)
        return rows

    def _week(self, week: int) -> list[tuple[int, int, bool, bool, float]]:
        worth, arms = self.drawn.worth, self.drawn.arms
        read = self.drawn.risk[week] + self.rng.normal(0, 0.5, len(worth))
        ahead = self.drawn.renews - week
        near = (ahead > 0) & (ahead <= 26)
        plain = _mean(_chances(read, 0.0))
        value = np.where(ahead > 0, worth * (_mean(_chances(read, 0.3)) - plain) * np.where(near, 1.0, 0.4), -1.0)
        value[self.rests > week] = -1.0
        held = arms == HOLDOUT
        order = np.argsort(-value)
        first = order[: int(np.ceil(self.book.chosen * len(value)))]
        first = first[value[first] > 0]
        second = _filling(order[len(first) :], value, held, int(held[first].sum()))
        reached = np.concatenate([first, second])
        served = reached[~held[reached]]
        # Three in four rest afterwards; the rest may be chosen again next week.
        self.rests[reached[self.rng.random(len(reached)) < 0.75]] = week + RESTS
        self.touched[served] = np.where(self.touched[served] < 0, week, self.touched[served])
        fresh = first[~self.reached[first] & (arms[first] != "exempt")]
        self.since[fresh] = week
        self.reached[reached] = True
        expected = np.where(near, plain, 0.0)
        return [(int(a), week, bool(held[a]), False, float(expected[a])) for a in first] + [
            (int(a), week, bool(held[a]), True, float(expected[a])) for a in second
        ]


def _filling(order: Ints, value: Floats, held: Flags, free: int) -> Ints:
    """The next best accounts, until as many of them are served as places were free."""
    rest = order[value[order] > 0]
    served = np.cumsum(~held[rest])
    return rest[: int(np.searchsorted(served, free) + 1)] if free else rest[:0]


def _decisions(rows: list[tuple[int, int, bool, bool, float]], members: pl.DataFrame) -> pl.DataFrame:
    arms = members["arm"].to_list()
    told = [
        {
            "decision_id": f"d{week:02d}{account:05d}",
            "account_id": name(account),
            "timestamp": moment(week),
            "action": "none" if withheld else "help",
            "would_be": "help" if withheld else None,
            "decided_by": "policy",
            "attributes": json.dumps({"arm": arms[account], "second_pass": second, EXPECTED: round(expected, 6)}),
        }
        for account, week, withheld, second, expected in rows
    ]
    return pl.DataFrame(told, schema_overrides={"timestamp": TIMESTAMP, "would_be": pl.String()})


def _history(worth: Floats, renews: Ints, after: Floats, decisions: pl.DataFrame) -> History:
    """Contracts that end in the middle of their week, and the next one, known from the day before it starts."""
    ends = [START + timedelta(weeks=int(week), days=3) for week in renews]
    ids = [name(i) for i in range(len(worth))]
    year = timedelta(days=364)
    common = {"contract_id": ids, "account_id": ids, "product": ["p"] * len(ids), "quantity": [1.0] * len(ids)}
    old = pl.DataFrame({**common, "starts_on": [e - year for e in ends], "ends_on": ends, "arr": worth})
    new = pl.DataFrame({**common, "starts_on": ends, "ends_on": [e + year for e in ends], "arr": after})
    contracts = pl.concat([old, new.filter(pl.col("arr") > 0)])
    return History.of(contracts=contracts, decisions=decisions)
