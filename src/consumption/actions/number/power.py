"""What a book can prove, and when: said before anything is proven."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import polars as pl

from consumption.actions.holdout import HOLDOUT, TREATED

WEEKS = 26
USUAL_SPREAD = 0.29
"""Standard deviation of what half a year changes, as a share of yearly value: 7 in 100 leave, 18 move by 30 %."""


@dataclass(frozen=True)
class CanProve:
    """`effect`: the smallest, as a share of yearly value, that half a year proves in four books of five.

    `customers`: top parents that may count; `reached`: those that plans choose in half a year; `share`: held out;
    `counting_as`: customers of equal size that would tell as much.
    """

    customers: int
    reached: int
    counting_as: float
    share: float
    effect: float

    @property
    def text(self) -> str:
        """In a sentence for a lead."""
        if not math.isfinite(self.effect):
            return "nothing can be proven: no customer is held out"
        held = f"{self.customers:,} customers, {self.share:.0%} of them held out"
        reached = "" if self.reached >= self.customers else f", about {self.reached:,} chosen in half a year"
        sized = "" if self.counting_as > 0.8 * self.reached else f", worth {self.counting_as:,.0f} of equal size"
        return f"{held}{reached}{sized}: an effect of about {self.effect:.0%} of ARR can be proven after half a year"


def detectable(customers: float, share: float, spread: float = USUAL_SPREAD, *, power: float = 0.8) -> float:
    """The smallest effect, as a share of yearly value, whose 95 % interval leaves out zero with chance `power`.

    (z_.975 + z_power) spread sqrt(1 / held out + 1 / served), for customers of equal size; no end where nobody is
    held out.
    """
    if customers * share <= 0 or share >= 1:
        return math.inf
    normal = NormalDist()
    reach = normal.inv_cdf(0.975) + normal.inv_cdf(power)
    return reach * spread * math.sqrt(1.0 / (customers * share) + 1.0 / (customers * (1.0 - share)))


def can_prove(members: pl.DataFrame, ranked: pl.DataFrame, share: float, chosen_a_week: int) -> CanProve:
    """For the book as it is: `members` of the hold-out, `ranked` (RANKED), and what the first pass chooses a week."""
    counting = members.filter(pl.col("arm").is_in([HOLDOUT, TREATED])).select("account_id", "top_parent")
    worth = counting.join(ranked.select("account_id", "weight"), on="account_id")
    sizes = worth.sort("account_id").group_by("top_parent", maintain_order=True).agg(pl.col("weight").sum())["weight"]
    customers = sizes.len()
    reached = min(customers, WEEKS * chosen_a_week)
    alike = float(sizes.sum()) ** 2 / float((sizes**2).sum()) / customers if customers else 0.0
    as_many = reached * alike
    return CanProve(customers, reached, as_many, share, detectable(as_many, share, spread_of(ranked)))


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


def beforehand(share: float) -> str:
    """For a workspace without data yet: what books of some sizes can prove."""
    if share <= 0:
        return "no customer will be held out ([holdout] share = 0): what recommendations bring cannot be proven"
    sizes = ", ".join(f"{n:,}: {detectable(n, share):.0%}" for n in (300, 600, 2_000, 10_000))
    return (
        f"with {share:.0%} held out, the smallest effect that half a year can prove, as a share of ARR, "
        f"by customers of equal size that plans choose: {sizes}"
    )
