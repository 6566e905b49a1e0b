"""What a book can prove, and when, by the intervals that the number will have: said before anything is proven."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

import polars as pl
from scipy.stats import t as student

from consumption.actions.holdout import HOLDOUT, TREATED
from consumption.actions.number.arms import LEAST_MOVES, LEAST_PARENTS
from consumption.actions.number.sequence import LEVEL, half_width

WEEKS = 26
HORIZONS = (26, 52, 104)
"""Weeks after the first plan for which it is said what can be proven."""
MOST_EFFECT = 0.25
"""More than a book has to lose and to gain in half a year: who could prove only that can prove nothing."""
USUAL_SPREAD = 0.29
"""Standard deviation of what half a year changes, as a share of yearly value: 7 in 100 leave, 18 move by 30 %."""
USUAL_MOVES = 0.25
REACHED = 0.5
"""The sequence is tightest when half of the book has been followed for half a year: fixed before the first look."""
LEAST_SHARE = 0.01


def planned_sum(squares: float, share: float) -> float:
    """The variance of the sum for which the sequence is tightest; `squares`: of what customers are worth."""
    held = min(max(share, LEAST_SHARE), 1.0 - LEAST_SHARE)
    return USUAL_SPREAD**2 * held * (1.0 - held) * squares * REACHED


@dataclass(frozen=True)
class Followed:
    """Who counts at a look.

    `customers`: how many; `variance`: for how long on average, in half years; `effect`: how much of an action's
    effect of half a year has shown by then, from 0 to 1.
    """

    customers: float
    variance: float = 1.0
    effect: float = 1.0


@dataclass(frozen=True)
class Sized:
    """A book: how many `customers` may count, the `share` of them held out, and what half a year changes.

    `alike`: 1 where all are of one size, a half where they tell as much as half as many of one size; `spread`: the
    standard deviation of what half a year changes; `moves`: the share of customers that it changes.
    """

    customers: float
    share: float
    alike: float = 1.0
    spread: float = USUAL_SPREAD
    moves: float = USUAL_MOVES

    def detectable(self, look: Followed, *, power: float = 0.8) -> float:
        """The smallest effect of half a year whose interval in the total leaves out zero at that look with `power`.

        In the unit of one customer's mean worth: the half width of the sequence at the variance that the sum will
        have, and z_power standard errors above it, over the sum's scale. No end where nobody could be told apart.
        """
        held = look.customers * self.share
        least = LEAST_MOVES / max(self.moves * min(look.variance, 1.0), 1e-9)
        if held < max(LEAST_PARENTS, least) or self.share >= 1:
            return math.inf
        scale = look.customers * self.share * (1.0 - self.share)
        variance = self.spread**2 * scale / self.alike * look.variance
        planned = planned_sum(self.customers / self.alike, self.share)
        reach = half_width(variance * self._doubt(held) ** 2, planned, LEVEL)
        above = NormalDist().inv_cdf(power) * math.sqrt(variance)
        return (reach + above) / (scale * look.effect)

    def _doubt(self, held: float) -> float:
        """How much longer intervals are because the held-out are too few to know their variance."""
        freedom = max(held * self.alike - 1.0, 1.0) / (1.0 - self.share) ** 2
        tail = 0.5 + LEVEL / 2.0
        return float(student.ppf(tail, freedom)) / NormalDist().inv_cdf(tail)


@dataclass(frozen=True)
class Pace:
    """How customers come to count: `since` the first day, `reached` so far, `newly` a week from now on."""

    since: date
    today: date
    reached: int
    newly: float

    def at(self, weeks: int, customers: int) -> Followed:
        """So many weeks after the first day, taking those who count to have come evenly."""
        gone = (self.today - self.since).days / 7.0
        ahead = max(weeks - gone, 0.0)
        count = min(float(customers), self.reached + self.newly * ahead)
        left = max(customers - self.reached, 0)
        through = gone + (left / self.newly if self.newly > 0 else math.inf if left else 0.0)
        last = max(min(through, weeks), 1.0)
        shown = (_shown(weeks) - _shown(weeks - last)) / last / WEEKS
        return Followed(count, (weeks - last / 2.0) / WEEKS, shown)


def _shown(weeks: float) -> float:
    """The sum over time of min(weeks followed, half a year): after that an action has done what it does."""
    return weeks**2 / 2.0 if weeks <= WEEKS else WEEKS**2 / 2.0 + WEEKS * (weeks - WEEKS)


@dataclass(frozen=True)
class CanProve:
    """What a book can prove by some days.

    `customers`: top parents that may count, `held` of them held out; `newly`: how many come to count a week; `alike`:
    see `Sized`; `by`: days, and the smallest effect of half a year, as a share of yearly value (of accounts kept,
    where `money` is false), that the total proves by then in four books of five; None where that is nothing.
    """

    customers: int
    held: int
    newly: float
    alike: float
    by: tuple[tuple[date, float | None], ...]
    money: bool = True

    @property
    def text(self) -> str:
        """In a sentence for a lead."""
        if not self.held:
            return "nothing can be proven: no customer is held out"
        held = f"{self.customers:,} customers, {self.held:,} of them held out, {self.newly:,.0f} new a week"
        sized = "" if self.alike > 0.8 else f", as telling as {self.customers * self.alike:,.0f} of equal size"
        return f"{held}{sized}: {self._said}"

    @property
    def _said(self) -> str:
        told = [(day, effect) for day, effect in self.by if effect is not None]
        never = [day for day, effect in self.by if effect is None]
        if not told:
            return f"nothing can be proven by {never[-1]:%Y-%m-%d}" if never else "see what is proven"
        unit = "of ARR" if self.money else "of accounts kept"
        first, *later = [f"about {effect:.0%} {unit} by {day:%Y-%m-%d}" for day, effect in told]
        sooner = f"nothing by {never[-1]:%Y-%m-%d}; " if never else ""
        return f"{sooner}an effect of half a year can be proven if it is {', '.join([first, *later])}"


def can_prove(
    members: pl.DataFrame, ranked: pl.DataFrame, pace: Pace, *, horizon_days: int = 182, money: bool = True
) -> CanProve:
    """For the book as it is: `members` of the hold-out, `ranked` (RANKED, of so many days), the pace of counting."""
    counting = members.filter(pl.col("arm").is_in([HOLDOUT, TREATED])).select("account_id", "top_parent", "arm")
    customers = (
        counting.join(ranked.select("account_id", "weight"), on="account_id")
        .sort("account_id")
        .group_by("top_parent", maintain_order=True)
        .agg(pl.col("weight").sum(), held=(pl.col("arm") == HOLDOUT).any())
        .filter(pl.col("weight") > 0)
    )
    held, sizes = int(customers["held"].sum()), customers["weight"]
    if not held:
        return CanProve(customers.height, 0, pace.newly, 1.0, (), money)
    alike = float(sizes.sum()) ** 2 / float((sizes**2).sum()) / customers.height
    longer = 182 / horizon_days
    book = Sized(
        customers.height,
        held / customers.height,
        alike,
        spread_of(ranked) * math.sqrt(longer),
        min(moves_of(ranked) * longer, 1.0),
    )
    by = tuple(
        (day, effect if effect <= MOST_EFFECT else None)
        for weeks in HORIZONS
        if (day := pace.since + timedelta(weeks=weeks)) > pace.today
        for effect in [book.detectable(pace.at(weeks, customers.height))]
    )
    return CanProve(customers.height, held, pace.newly, alike, by, money)


def spread_of(ranked: pl.DataFrame) -> float:
    """The standard deviation of the change of yearly value that the probabilities of a RANKED frame imply."""
    if ranked.is_empty():
        return USUAL_SPREAD
    stays = 1.0 - pl.col("p_churn")
    shrinks, grows = ((stays * pl.col(f"p_{m}"), pl.col(f"s_{m}")) for m in ("contraction", "expansion"))
    squares = pl.col("p_churn") + shrinks[0] * shrinks[1] ** 2 + grows[0] * grows[1] ** 2
    mean = -pl.col("p_churn") - shrinks[0] * shrinks[1] + grows[0] * grows[1]
    square, first = ranked.select(square=squares.mean(), first=mean.mean()).row(0)
    return math.sqrt(max(float(square) - float(first) ** 2, 0.0))


def moves_of(ranked: pl.DataFrame) -> float:
    """The share of accounts whose yearly value is to be expected to change."""
    stays = 1.0 - pl.col("p_churn")
    moves = pl.col("p_churn") + stays * (pl.col("p_contraction") + pl.col("p_expansion"))
    return float(ranked.select(moves.mean()).item() or 0.0)


def beforehand(share: float) -> str:
    """For a workspace without data yet: what books of some sizes can prove."""
    if share <= 0:
        return "no customer will be held out ([holdout] share = 0): what recommendations bring cannot be proven"
    sizes = ", ".join(f"{n:,}: {_least(Sized(n, share).detectable(Followed(n)))}" for n in (300, 600, 2_000, 10_000))
    return (
        f"with {share:.0%} held out, the smallest effect of half a year that the total proves, looked at every week, "
        f"once so many customers of equal size have been followed for half a year, "
        f"as a share of ARR (without contracts, of accounts kept): {sizes}"
    )


def _least(effect: float) -> str:
    return f"{effect:.0%}" if effect <= MOST_EFFECT else "nothing"
