"""The best use of the hours there are: at most one action an account, every cap kept, what must be done first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from consumption.actions.allocation import Floats, Ints, Problem, bound
from consumption.actions.encode import CANDIDATES, encode, without_idle_caps
from consumption.actions.filling import fill
from consumption.actions.improving import improved
from consumption.actions.plan_given import MANDATORY, NotAPlan, candidates_of, hours_of, limits_of
from consumption.actions.prices import prices
from consumption.actions.shortage import Short, shortages
from consumption.errors import ConsumptionError

__all__ = ["NotAPlan", "NotEnoughHours", "Plan", "plan", "solve"]


class NotEnoughHours(ConsumptionError):
    """What must be done does not fit the hours there are, or the limits of its actions."""

    status = 409

    def __init__(self, short: Sequence[Short]) -> None:
        hours = "give these owners more hours this week, move accounts to another owner"
        limits = "raise the limits of these actions"
        remedies = [text for text, is_count in ((hours, False), (limits, True)) if is_count in _kinds(short)]
        super().__init__(
            problem=f"mandatory actions do not fit: {'; '.join(cap.text for cap in short)}",
            remedy=f"{', '.join(remedies)}, or make fewer mandatory",
        )


def _kinds(short: Sequence[Short]) -> set[bool]:
    """Whether a count of an action is among the caps, and whether hours are."""
    return {cap.action is not None for cap in short}


@dataclass(frozen=True)
class Plan:
    """What was chosen, what the caps are worth, and how far the plan may be from the best there is.

    `chosen`: the columns of the candidates, at most one row an account, by account. `prices`: owner, skill, action,
    price: what one more hour (or one more of an action) would add. `bound`: no plan is worth more.
    `gap` = (bound - value) / bound.
    """

    chosen: pl.DataFrame
    prices: pl.DataFrame
    bound: float
    gap: float

    @property
    def value(self) -> float:
        """What the plan is worth."""
        return float(self.chosen["value"].sum())


def plan(candidates: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None = None) -> Plan:
    """Choose at most one action an account so that their values add up to the most that the caps allow.

    `candidates`: a row an account and action: account_id, action, value, hours, owner, skill, optionally `mandatory`
    (this account gets one of its mandatory rows, before anything else). `hours`: owner, skill, hours: caps what is
    chosen of that owner and skill, a null skill all of that owner's; all rows bind, and a candidate that no row
    covers has no hours. `limits`: the most of an action. What is worth nothing is not chosen, unless it must be.
    Lazy frames are collected; names may be categories or whole numbers, numbers of any kind, `mandatory` 1 and 0.

    Raises NotAPlan for what cannot be read, NotEnoughHours where the mandatory ones do not fit: it names the caps
    that are too low.
    """
    candidates, hours, limits = candidates_of(candidates), hours_of(hours), limits_of(limits)
    must = candidates[MANDATORY] if MANDATORY in candidates.columns else None
    if must is not None and must.any():
        return _around_mandatory(candidates, must, hours, limits)
    return _free_plan(candidates, hours, limits)


def _free_plan(candidates: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None) -> Plan:
    encoded = encode(candidates, hours, limits)
    problem = encoded.problem
    picks, priced = solve(problem, exact=True)
    rows = np.sort(problem.rows(picks))
    chosen = candidates[rows.tolist()].sort("account_id", "action", "owner", "skill")
    most = max(bound(problem, priced), float(chosen["value"].sum()))
    price = encoded.caps.select("owner", "skill", "action").with_columns(
        price=pl.Series(priced[:-1], dtype=pl.Float64)
    )
    return Plan(chosen, price, most, _gap(most, float(chosen["value"].sum())))


def solve(problem: Problem, *, exact: bool) -> tuple[Ints, Floats]:
    """The column chosen for each account (-1: none) and the price of each cap.

    Where `exact`, prices of caps that intertwine come from the linear programme, and their repair is improved;
    without, prices come from halving brackets, which is quick enough to be drawn many times. Owners with one cap of
    hours get their best week in both.
    """
    slim = without_idle_caps(problem)
    priced = prices(slim, exact=exact)
    picks = fill(slim, priced)
    return (improved(slim, priced, picks) if exact else picks), priced


def _around_mandatory(
    candidates: pl.DataFrame, must: pl.Series, hours: pl.DataFrame, limits: Mapping[str, int] | None
) -> Plan:
    """First what must be done, then the rest in what is left."""
    named = candidates.filter(must)
    first = _mandatory(named, hours, limits)
    spent = first.group_by("owner").agg(pl.col("hours").sum().alias("spent"))
    part = first.group_by("owner", "skill").agg(pl.col("hours").sum().alias("spent_on_skill"))
    left = (
        hours.join(spent, on="owner", how="left", maintain_order="left")
        .join(part, on=["owner", "skill"], how="left", maintain_order="left")
        .with_columns(pl.when(pl.col("skill").is_null()).then("spent").otherwise("spent_on_skill").alias("gone"))
        .select("owner", "skill", hours=(pl.col("hours") - pl.col("gone").fill_null(0)).clip(0))
    )
    counts = dict(first["action"].value_counts().iter_rows())
    fewer = {a: max(n - counts.get(a, 0), 0) for a, n in limits.items()} if limits else None
    others = candidates.join(named.select("account_id").unique(), on="account_id", how="anti", maintain_order="left")
    rest = _free_plan(others, left, fewer)
    chosen = pl.concat([first, rest.chosen]).sort("account_id", "action", "owner", "skill")
    if named.height == first.height:
        most = rest.bound + float(first["value"].sum())
    else:
        most = _most_with_mandatory(named, others, hours, limits)
    most = max(most, float(chosen["value"].sum()))
    return Plan(chosen, rest.prices, most, _gap(most, float(chosen["value"].sum())))


def _most_with_mandatory(
    named: pl.DataFrame, others: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None
) -> float:
    """No plan in which every mandatory account gets one of its rows is worth more.

    Their rows are lifted so that prices let them in; every such plan gains the same by it, which is taken off again.
    """
    lift = _lift(named)
    lifted = pl.concat([named.with_columns(value=pl.col("value") + lift), others])
    problem = encode(lifted, hours, limits).problem
    _, priced = solve(problem, exact=True)
    return bound(problem, priced) - lift * named["account_id"].n_unique()


def _lift(named: pl.DataFrame) -> float:
    """So much that placing one more mandatory account is worth more than any choice among their rows."""
    values: Floats = named["value"].to_numpy()
    return float(1.0 + 2.0 * np.abs(values).max()) * (named["account_id"].n_unique() + 1)


def _mandatory(named: pl.DataFrame, hours: pl.DataFrame, limits: Mapping[str, int] | None) -> pl.DataFrame:
    """One mandatory row for every account that has any; as many as possible come first, then their value."""
    lifted = named.select(*CANDIDATES).with_row_index("__row").with_columns(value=pl.col("value") + _lift(named))
    found = _free_plan(lifted, hours, limits).chosen
    chosen = named[found["__row"].cast(pl.Int64).sort().to_list()]
    missing = named.join(chosen.select("account_id"), on="account_id", how="anti")
    if missing.height:
        raise NotEnoughHours(shortages(named, missing, hours, limits))
    return chosen


def _gap(most: float, value: float) -> float:
    return max(most - value, 0.0) / most if most > 0 else 0.0
