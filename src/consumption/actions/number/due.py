"""Revenue that is due: what is up for renewal, what to expect of it, and how this quarter has gone so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from consumption.actions.number.arms import Interval
from consumption.actions.number.quarters import Quarter
from consumption.actions.number.worth import Worth
from consumption.features.in_force import in_force

Z_95 = 1.959964


@dataclass(frozen=True)
class Renewals:
    """Contracts whose term ends in a quarter, from the moment asked on.

    `worth`: their yearly value; `renewed`: what should still be in force, without growth; `after`: with growth, and
    its 95 % interval. Both None where no plan has ranked their accounts yet.
    """

    quarter: Quarter
    contracts: int
    worth: float
    renewed: float | None
    after: Interval | None


@dataclass(frozen=True)
class SoFar:
    """Of what was in force when the quarter began: the share kept without growth (GRR), and with it (NRR)."""

    quarter: Quarter
    worth: float
    gross: float
    net: float | None


@dataclass(frozen=True)
class Due:
    """The first line of the number.

    `in_force`: yearly value today; `expected`: at the quarter's end, of today's contracts; `target`: as typed in;
    `money` is false where there are no contracts: accounts count 1, and nothing comes up for renewal.
    """

    renewals: tuple[Renewals, ...]
    so_far: SoFar | None
    in_force: float
    expected: float | None
    target: float | None
    money: bool

    @property
    def gap(self) -> float | None:
        """What is missing to the target; below zero where it is passed."""
        base = self.expected if self.expected is not None else self.in_force
        return None if self.target is None else self.target - base


@dataclass(frozen=True)
class Horizon:
    """How far ahead probabilities look: `days`, beginning `lead` days from now."""

    days: int
    lead: int

    @property
    def reach(self) -> int:
        """The last day they tell about."""
        return self.days + self.lead


def renewals(
    contracts: pl.DataFrame, ranked: pl.DataFrame | None, quarter: Quarter, today: date, horizon: Horizon
) -> Renewals:
    """`contracts`: rows of that table as known, in one currency; `ranked`: RANKED frame of the same day.

    Expected after: ARR (1 - p_c)(1 - p_k s_k + p_e s_e), an account's contracts moving together. Where a term ends
    later than probabilities look, they are stretched: 1 - (1 - p)^(days / reach).
    """
    ends = pl.col("ends_on")
    rows = contracts.filter(in_force(today), ends >= today, ends >= quarter.start, ends < quarter.end)
    rows = rows.filter(pl.col("arr") > 0)
    worth = float(rows["arr"].sum())
    if ranked is None:
        return Renewals(quarter, rows.height, worth, None, None)
    told = rows.join(ranked, on="account_id", how="left", suffix="_ranked").with_columns(_stretched(today, horizon))
    by_account = told.group_by("account_id", maintain_order=True).agg(
        pl.col("arr").sum(),
        *((pl.col(name) * pl.col("arr")).sum() / pl.col("arr").sum() for name in ("renewed", "after", "square")),
    )
    arr = pl.col("arr")
    variance = (arr**2 * (pl.col("square") - pl.col("after") ** 2).clip(0)).sum()
    sums = by_account.select((arr * pl.col("renewed")).sum(), after=(arr * pl.col("after")).sum(), variance=variance)
    renewed, after, var = (float(x) for x in sums.row(0))
    reach = Z_95 * math.sqrt(var)
    return Renewals(quarter, rows.height, worth, renewed, Interval(after, max(after - reach, 0.0), after + reach))


def _stretched(today: date, horizon: Horizon) -> list[pl.Expr]:
    """Shares of a contract: `renewed` (no growth), `after` (with it), and the expected `square` of what is after."""
    times = ((pl.col("ends_on") - today).dt.total_days() / horizon.reach).clip(lower_bound=1.0)
    churn, shrink, grow = (
        1.0 - (1.0 - pl.col(f"p_{m}").fill_null(0.0)) ** times for m in ("churn", "contraction", "expansion")
    )
    grow = pl.min_horizontal(grow, 1.0 - shrink)
    less, more = 1.0 - pl.col("s_contraction").fill_null(0.0), 1.0 + pl.col("s_expansion").fill_null(0.0)
    same = 1.0 - shrink - grow
    return [
        ((1.0 - churn) * (shrink * less + same + grow)).alias("renewed"),
        ((1.0 - churn) * (shrink * less + same + grow * more)).alias("after"),
        ((1.0 - churn) * (shrink * less**2 + same + grow * more**2)).alias("square"),
    ]


def so_far(worth: Worth, accounts: pl.Series, quarter: Quarter, today: date) -> SoFar | None:
    """Of these accounts (customers): what the quarter has kept; None on its first day, or with nothing in force."""
    if today <= quarter.start or not len(accounts):
        return None
    asked = pl.DataFrame({"account_id": accounts})
    # What ended on the quarter's first morning is this quarter's loss, as it is in what is proven.
    start = worth.on(asked.with_columns(day=pl.lit(quarter.start - timedelta(days=1))))
    now = worth.on(asked.with_columns(day=pl.lit(today)))
    base = float(start.sum())
    if base <= 0:
        return None
    rows = pl.DataFrame({"start": start, "now": now}).filter(pl.col("start") > 0)
    kept = float(rows.select(pl.min_horizontal("start", "now").sum()).item())
    return SoFar(quarter, base, kept / base, float(rows["now"].sum()) / base if worth.money else None)
